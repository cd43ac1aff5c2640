import type { SubresourceContent } from '../../../apiservice/types.ts';
import { explainVerdict } from '../../clusterset/index.ts';
import type { ClusterSetOptions, ClusterSetView, Provenance, ProvenanceContext } from '../../clusterset/index.ts';
import type { ObjectKey, ObjectMeta } from '../../kube/object.ts';
import { formatRevision } from '../../kube/revision.ts';
import type { StoreReader } from '../../store/types.ts';
import type { Pump } from './pump.ts';
import type { OneSubresource } from './subresource-answers.ts';

export interface ExplainDeps {
  readonly options: ClusterSetOptions;
  readonly view: Pick<ClusterSetView, 'explain'>;
  readonly contactOf: ProvenanceContext['contactOf'];
  readonly deriveNow: Pump['deriveNow'];
}

/** Explains a name from the members' objects as they are now, after what is served has caught up with them. */
export function createExplain(deps: ExplainDeps): (key: ObjectKey) => Provenance | undefined {
  const { options, view, contactOf, deriveNow } = deps;
  return (key) => {
    deriveNow(key);
    return explainVerdict(view.explain(key), { options, contactOf });
  };
}

export interface ProvenanceDeps {
  readonly explain: (key: ObjectKey) => Provenance | undefined;
  readonly store: Pick<StoreReader, 'get'>;
}

/** `serviceimports/NAME/provenance`. It is there as soon as somebody exports the name, valid or not. */
export function createProvenanceAnswers({ explain, store }: ProvenanceDeps): OneSubresource {
  return {
    get: ({ namespace, name }): SubresourceContent | undefined => {
      const key = { namespace, name };
      const provenance = explain(key);
      return provenance && { metadata: metadataOf(key, store), ...provenance };
    },
  };
}

/** Of the ServiceImport that is explained, as subresources have it; only its name where there is none. */
function metadataOf(key: ObjectKey, store: ProvenanceDeps['store']): ObjectMeta {
  const stored = store.get('serviceimports', key);
  if (stored === undefined) return { name: key.name, namespace: key.namespace };
  const { uid, creationTimestamp } = stored.object.metadata;
  return {
    name: key.name,
    namespace: key.namespace,
    ...(uid === undefined ? {} : { uid }),
    resourceVersion: formatRevision(stored.revision),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  };
}
