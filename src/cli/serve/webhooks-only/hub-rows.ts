import { readExportRow, readProfileRow } from '../../../clusterset/index.ts';
import { type ClusterId, parseClusterId } from '../../../kube/cluster-id.ts';
import { CLUSTER_LABEL } from '../../../kube/domain.ts';
import type { MemberEvent, MemberResource } from '../../../kube/member-event.ts';
import { keyOf, keyString, type KubeObject, type ObjectKey, parseKeyString, textAt } from '../../../kube/object.ts';
import type { StaleMembers } from '../../../members/index.ts';
import { createHubMembers, type HubMembers } from './hub-members.ts';

/** What is read from the hub's API. */
export type HubResource = 'serviceexports' | 'clusterproperties' | 'clusterprofiles';

/** What the hub's watch of one resource tells. */
export interface RowDifference {
  readonly applied: readonly KubeObject[];
  readonly deleted: readonly ObjectKey[];
}

/** Turns what the hub shows of all members into what each of them would tell itself. */
export interface HubRows {
  readonly changed: (resource: HubResource, difference: RowDifference) => void;
  /** The first complete state of the resource is in. */
  readonly synced: (resource: HubResource) => void;
  readonly asked: HubMembers['asked'];
  /** The hub said which members it cannot answer for now. */
  readonly report: (stale: StaleMembers) => void;
  readonly standing: HubMembers['standing'];
  readonly profiles: HubMembers['profiles'];
  /** The members that the hub told of, but for the own one. */
  readonly clusters: () => readonly ClusterId[];
}

export interface HubRowsDeps {
  /** Speaks for itself: what the hub shows of it is older. */
  readonly own: ClusterId;
  readonly emit: (event: MemberEvent) => void;
}

/** What one row made known, to be taken back with it. */
interface Told {
  readonly cluster: ClusterId;
  readonly objects: readonly { readonly resource: MemberResource; readonly key: ObjectKey }[];
}

interface Cluster {
  /** Rows and profiles that name it; without any it is no member any more. */
  readonly rows: Record<HubResource, number>;
  /** Exports of which the hub itself does not know yet whether they have a Service. */
  readonly unjudged: Set<string>;
  readonly synced: Set<MemberResource>;
}

interface State {
  readonly deps: HubRowsDeps;
  readonly clusters: Map<ClusterId, Cluster>;
  readonly members: HubMembers;
  readonly told: Readonly<Record<HubResource, Map<string, Told>>>;
  readonly synced: Set<HubResource>;
}

/** What a complete state of a resource of the hub makes completely known of each member. */
const KNOWN_WITH: Readonly<Record<HubResource, readonly MemberResource[]>> = {
  serviceexports: ['services', 'serviceexports', 'endpointslices'],
  clusterproperties: ['clusterproperties'],
  clusterprofiles: [],
};

export function createHubRows(deps: HubRowsDeps): HubRows {
  const state: State = {
    deps,
    clusters: new Map(),
    members: createHubMembers(),
    told: { serviceexports: new Map(), clusterproperties: new Map(), clusterprofiles: new Map() },
    synced: new Set(),
  };
  return {
    changed: (resource, { applied, deleted }) => {
      for (const row of applied) putRow(state, resource, row);
      for (const key of deleted) dropRow(state, resource, keyString(key));
    },
    synced: (resource) => {
      state.synced.add(resource);
      for (const cluster of state.clusters.keys()) tellSynced(state, cluster);
    },
    asked: state.members.asked,
    report: (stale) => {
      state.members.report(stale);
      for (const cluster of state.clusters.keys()) tellSynced(state, cluster);
    },
    standing: state.members.standing,
    profiles: state.members.profiles,
    clusters: () => [...state.clusters.keys()].sort(),
  };
}

function putRow(state: State, resource: HubResource, row: KubeObject): void {
  const rowKey = keyString(keyOf(row));
  const read = resource === 'clusterprofiles' ? takeProfile(state, row) : readRow(resource, row);
  if (read === undefined || read.cluster === state.deps.own) {
    replaceTold(state, { resource, rowKey, next: undefined });
    return;
  }
  const { cluster, objects, isJudged } = read;
  const known = objects.map(({ resource: of, object }) => ({ resource: of, key: keyOf(object) }));
  enter(state, cluster);
  const { unjudged } = clusterOf(state, cluster);
  if (isJudged) unjudged.delete(rowKey);
  else unjudged.add(rowKey);
  // While the hub does not know the Service, what was known of it before stands.
  const kept = isJudged ? [] : (state.told[resource].get(rowKey)?.objects ?? []);
  replaceTold(state, { resource, rowKey, next: { cluster, objects: unite(known, kept) } });
  for (const { resource: of, object } of objects) {
    state.deps.emit({ type: 'changed', cluster, resource: of, applied: [object], deleted: [] });
  }
  tellSynced(state, cluster);
}

function dropRow(state: State, resource: HubResource, rowKey: string): void {
  if (resource === 'clusterprofiles') state.members.put(parseKeyString(rowKey), undefined);
  replaceTold(state, { resource, rowKey, next: undefined });
}

interface ReadRow {
  readonly cluster: ClusterId;
  readonly objects: readonly { readonly resource: MemberResource; readonly object: KubeObject }[];
  readonly isJudged: boolean;
}

/** A profile holds nothing of its member; it says that there is one. */
function takeProfile({ members }: State, row: KubeObject): ReadRow | undefined {
  const profile = readProfileRow(row);
  members.put(keyOf(row), profile);
  if (profile === undefined || profile.membership === 'none') return undefined;
  return { cluster: profile.cluster, objects: [], isJudged: true };
}

function readRow(resource: HubResource, row: KubeObject): ReadRow | undefined {
  if (resource === 'serviceexports') return readExport(row);
  const cluster = parseClusterId(textAt(row.metadata, 'labels', CLUSTER_LABEL) ?? '');
  if (!cluster.ok) return undefined;
  const name = row.metadata.name.slice(cluster.value.length + 1);
  const property: KubeObject = { ...row, metadata: { ...row.metadata, name } };
  return { cluster: cluster.value, objects: [{ resource: 'clusterproperties', object: property }], isJudged: true };
}

/** The Service first: an export is judged by it. */
function readExport(row: KubeObject): ReadRow | undefined {
  const read = readExportRow(row);
  if (read === undefined) return undefined;
  const { cluster, service, serviceExport, isJudged } = read;
  const services = service === undefined ? [] : [{ resource: 'services', object: service } as const];
  return { cluster, isJudged, objects: [...services, { resource: 'serviceexports', object: serviceExport }] };
}

function unite(known: Told['objects'], kept: Told['objects']): Told['objects'] {
  const ids = new Set(known.map(({ resource, key }) => `${resource} ${keyString(key)}`));
  return [...known, ...kept.filter(({ resource, key }) => !ids.has(`${resource} ${keyString(key)}`))];
}

interface Replacement {
  readonly resource: HubResource;
  readonly rowKey: string;
  readonly next: Told | undefined;
}

/** Takes back what the row told before and no longer tells. */
function replaceTold(state: State, { resource, rowKey, next }: Replacement): void {
  const told = state.told[resource];
  const before = told.get(rowKey);
  if (next === undefined) told.delete(rowKey);
  else told.set(rowKey, next);
  if (next !== undefined) clusterOf(state, next.cluster).rows[resource] += 1;
  if (before === undefined) return;
  const same = new Set(
    next?.cluster === before.cluster ? next.objects.map(({ resource: of, key }) => `${of} ${keyString(key)}`) : [],
  );
  for (const { resource: of, key } of before.objects) {
    if (same.has(`${of} ${keyString(key)}`)) continue;
    state.deps.emit({ type: 'changed', cluster: before.cluster, resource: of, applied: [], deleted: [key] });
  }
  if (next?.cluster !== before.cluster) clusterOf(state, before.cluster).unjudged.delete(rowKey);
  leave(state, before.cluster, resource);
}

function clusterOf({ clusters }: State, cluster: ClusterId): Cluster {
  const known = clusters.get(cluster) ?? {
    rows: { serviceexports: 0, clusterproperties: 0, clusterprofiles: 0 },
    unjudged: new Set(),
    synced: new Set(),
  };
  clusters.set(cluster, known);
  return known;
}

function enter(state: State, cluster: ClusterId): void {
  if (state.clusters.has(cluster)) return;
  clusterOf(state, cluster);
  state.deps.emit({ type: 'registered', cluster, fingerprint: undefined });
}

function leave(state: State, cluster: ClusterId, resource: HubResource): void {
  const { rows } = clusterOf(state, cluster);
  rows[resource] -= 1;
  if (Object.values(rows).some((count) => count > 0)) {
    tellSynced(state, cluster);
    return;
  }
  state.clusters.delete(cluster);
  state.deps.emit({ type: 'left', cluster });
}

/**
 * That nothing is shown of a member means nothing before the hub has read it. Services count as read once the hub itself has
 * read them.
 */
function tellSynced(state: State, cluster: ClusterId): void {
  const { rows, synced, unjudged } = clusterOf(state, cluster);
  const isRead = state.members.isRead(cluster);
  for (const from of state.synced) {
    if (rows[from] === 0 && !isRead) continue;
    for (const resource of KNOWN_WITH[from]) {
      if (synced.has(resource) || (resource === 'services' && unjudged.size > 0)) continue;
      synced.add(resource);
      state.deps.emit({ type: 'synced', cluster, resource });
    }
  }
}
