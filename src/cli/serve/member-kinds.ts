import { rowNameOf } from '../../clusterset/index.ts';
import { fieldForbidden } from '../../kube/api-errors.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import { CLUSTER_LABEL } from '../../kube/domain.ts';
import type { ObjectKey, ObjectMeta } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { ProjectedKind, ShownRow } from '../../members/write/index.ts';
import { atRevision } from '../../store/index.ts';

/**
 * The kind as one member has it: the same objects, addressed by their own names, taken and given as they are there. Only
 * the resourceVersion is the hub's.
 */
export function kindInMember(kind: ProjectedKind, member: string): ProjectedKind {
  const rowKey = (key: ObjectKey): ObjectKey => rowKeyOf(member, key);
  return {
    ...kind,
    ownNames: true,
    parseRowName: (name) => succeeded({ cluster: member, name }),
    row: (key) => ownRow(kind.row(rowKey(key)), key),
    couldHold: (key) => kind.couldHold(rowKey(key)),
    previewRow: (cluster, object) => (kind.previewRow(cluster, object) === undefined ? undefined : object),
    unproject: (wanted, { origin }) => {
      if (isMarked(wanted.metadata.labels)) return failed(MARKED);
      const { name, uid, resourceVersion } = origin.metadata;
      const identity = Object.entries({ uid, resourceVersion }).filter(([, value]) => value !== undefined);
      return succeeded({ ...wanted, metadata: { ...wanted.metadata, name, ...Object.fromEntries(identity) } });
    },
    unprojectNew: (object) => {
      if (isMarked(object.metadata.labels)) return failed(MARKED);
      // eslint-disable-next-line @typescript-eslint/no-unused-vars -- taken out only to leave the rest
      const { uid, resourceVersion, ...metadata } = object.metadata;
      return succeeded({ ...object, metadata });
    },
    unprojectApplied: (applied) =>
      textAt(applied, 'metadata', 'labels', CLUSTER_LABEL) === undefined ? succeeded(applied) : failed(MARKED),
  };
}

/** By this label rows are known, so that none is ever read as an object of a member. */
const MARKED = [
  fieldForbidden(
    `metadata.labels[${CLUSTER_LABEL}]`,
    'marks the rows of this API; an object with this label is not read from a member',
  ),
];

function isMarked(labels: ObjectMeta['labels']): boolean {
  return labels?.[CLUSTER_LABEL] !== undefined;
}

/** The row that shows an object of a member. */
export function rowKeyOf(member: string, { namespace, name }: ObjectKey): ObjectKey {
  const cluster = parseClusterId(member);
  return { namespace, name: cluster.ok ? rowNameOf(cluster.value, name) : `${member}.${name}` };
}

/** The row of a name that was cut could also be that of another object. */
function ownRow(shown: ShownRow | undefined, { name }: ObjectKey): ShownRow | undefined {
  if (shown?.origin.metadata.name !== name) return undefined;
  return { ...shown, row: atRevision(shown.origin, shown.originSince) };
}
