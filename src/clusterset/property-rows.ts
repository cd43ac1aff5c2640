import type { ClusterId } from '../kube/cluster-id.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import type { ObjectChange } from '../kube/object-change.ts';
import { type KubeObject, type ObjectKey, parseKeyString } from '../kube/object.ts';
import { projectClusterProperty } from './cluster-property.ts';
import { rowUid } from './identity.ts';
import { type MemberContent, memberClusterSet, ownsRowName } from './member-content.ts';
import type { MemberIndex } from './member-index.ts';
import { originOf } from './projected-metadata.ts';
import { rowNameOf } from './row-name.ts';

const RESOURCE = 'clusterproperties';

/** A row and the member's object that it shows. */
export interface ShownObject {
  readonly cluster: ClusterId;
  readonly row: KubeObject;
  readonly origin: KubeObject;
}

/** The rows of all members' ClusterProperties: each stands alone, so that only what was touched is made anew. */
export interface PropertyRows {
  /** Makes the touched rows of one property anew, in `keyString` form; gives what differs from what was given last. */
  readonly takeChangesOf: (key: string) => readonly ObjectChange[];
  /** The row of this name, as of the last changes. */
  readonly rowAt: (key: ObjectKey) => ShownObject | undefined;
  /** The row that an object would have if a member held it; undefined while the member is not known. */
  readonly preview: (cluster: ClusterId, property: KubeObject) => KubeObject | undefined;
}

interface PropertyRow extends ShownObject {
  readonly fingerprint: string | undefined;
  readonly clusterSet: string | undefined;
}

type Index = Pick<MemberIndex, 'members' | 'dirtyProperties'>;

export function createPropertyRows({ members, dirtyProperties }: Index): PropertyRows {
  const rows = new Map<string, PropertyRow>();
  return {
    takeChangesOf: (key) => {
      const clusters = dirtyProperties.get(key);
      dirtyProperties.delete(key);
      const changes: ObjectChange[] = [];
      for (const cluster of clusters ?? [])
        changes.push(...renew(rows, { cluster, key, member: members.get(cluster) }));
      return changes;
    },
    rowAt: ({ namespace, name }) => (namespace === '' ? rows.get(name) : undefined),
    preview: (cluster, property) => {
      const member = members.get(cluster);
      return member === undefined ? undefined : makeRow(member, property, undefined).row;
    },
  };
}

interface Renewed {
  readonly cluster: ClusterId;
  readonly key: string;
  /** Undefined once it left. */
  readonly member: MemberContent | undefined;
}

/** The row of a cut name may have gone to another property meanwhile, whose it then stays. */
function renew(rows: Map<string, PropertyRow>, { cluster, key, member }: Renewed): readonly ObjectChange[] {
  const { name } = parseKeyString(key);
  const rowName = rowNameOf(cluster, name);
  const address = { resource: RESOURCE, key: { namespace: '', name: rowName } };
  const shown = rows.get(rowName);
  const held = heldProperty(member, key);
  if (held === undefined) {
    if (shown?.origin.metadata.name !== name) return [];
    rows.delete(rowName);
    return [{ ...address, object: undefined }];
  }
  const next = makeRow(held.member, held.property, shown);
  rows.set(rowName, next);
  if (next.row === shown?.row) return [];
  const change = { ...address, object: next.row, ...originOf(cluster, held.property) };
  // An object with another uid is another object: clients must see the old one go.
  const isNew = shown !== undefined && shown.row.metadata.uid !== next.row.metadata.uid;
  return isNew ? [{ ...address, object: undefined }, change] : [change];
}

/** Undefined where there is none, or where another one has the row. */
function heldProperty(
  member: MemberContent | undefined,
  key: string,
): { readonly member: MemberContent; readonly property: KubeObject } | undefined {
  const property = member?.resources.clusterproperties.objects.get(key);
  if (member === undefined || property === undefined) return undefined;
  return ownsRowName(member, RESOURCE, key) ? { member, property } : undefined;
}

/** What did not change is the same object as before. */
function makeRow(member: MemberContent, property: KubeObject, shown: PropertyRow | undefined): PropertyRow {
  const { cluster, fingerprint } = member;
  const clusterSet = memberClusterSet(member);
  const isSame = shown?.origin === property && shown.fingerprint === fingerprint && shown.clusterSet === clusterSet;
  if (isSame) return shown;
  const made = projectClusterProperty({ cluster, property, uid: rowUid(member, property), clusterSet });
  const row = shown !== undefined && deepEqual(shown.row, made) ? shown.row : made;
  return { cluster, row, origin: property, fingerprint, clusterSet };
}
