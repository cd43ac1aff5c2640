import { notFound } from '../kube/api-errors.ts';
import { ApiStatusError } from '../kube/api-status.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import type { StoreReader } from '../store/types.ts';
import type { EmbeddedKind } from './kind.ts';

/** Namespaces that every cluster has and nobody may delete. */
export const PROTECTED_NAMESPACES: readonly string[] = ['default', 'kube-public', 'kube-system'];

/** What namespaces mean for the objects in them. */
export interface Namespaces {
  /** Throws unless an object may be created there: 404 without the namespace, 403 while it is on its way out. */
  readonly assertAccepts: (kind: EmbeddedKind, key: ObjectKey) => void;
  readonly isProtected: (kind: EmbeddedKind, key: ObjectKey) => boolean;
  readonly isLeaving: (namespace: string) => boolean;
  readonly content: (namespace: string) => readonly { readonly kind: EmbeddedKind; readonly key: ObjectKey }[];
}

export function createNamespaces(reader: StoreReader, kinds: readonly EmbeddedKind[]): Namespaces {
  const find = (name: string): KubeObject | undefined => reader.get('namespaces', { namespace: '', name })?.object;
  const isLeaving = (name: string): boolean => find(name)?.metadata.deletionTimestamp !== undefined;
  const namespaced = kinds.filter(({ served }) => served.definition.scope === 'Namespaced');
  return {
    assertAccepts: (kind, { namespace, name }) => {
      if (namespace === '') return;
      if (find(namespace) === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
      if (isLeaving(namespace)) throw terminating(kind, { namespace, name });
    },
    isProtected: ({ served }, { name }) =>
      served.definition.resource === 'namespaces' && PROTECTED_NAMESPACES.includes(name),
    isLeaving,
    content: (namespace) =>
      namespaced.flatMap((kind) =>
        reader.list({ resource: kind.served.definition.resource, namespace }).items.map(({ key }) => ({ kind, key })),
      ),
  };
}

function terminating({ served }: EmbeddedKind, { namespace, name }: ObjectKey): ApiStatusError {
  const { group, definition } = served;
  const subject = group === '' ? definition.resource : `${definition.resource}.${group}`;
  const because = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return new ApiStatusError('Forbidden', `${subject} "${name}" is forbidden: ${because}`, {
    details: {
      name,
      ...(group === '' ? {} : { group }),
      kind: definition.resource,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  });
}
