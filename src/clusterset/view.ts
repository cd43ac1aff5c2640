import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberEvent } from '../kube/member-event.ts';
import type { ObjectChange } from '../kube/object-change.ts';
import { keyOf, keyString, type JsonObject, type KubeObject, type ObjectKey, parseKeyString } from '../kube/object.ts';
import { formatTime } from '../kube/time.ts';
import { type ClusterSetOptions, deriveKey, judgeKey, type KeyVerdict } from './key-derivation.ts';
import { isProjectedResource, type MemberContent } from './member-content.ts';
import { createMemberFacts, type ExportState, type MemberFacts } from './member-facts.ts';
import { createMemberIndex, exporterOf, type MemberIndex, readExporter } from './member-index.ts';
import { createPropertyRows, type PropertyRows, type ShownObject } from './property-rows.ts';
import { createPublished, importAddress, type Published, rowAddress } from './published.ts';
import { parseRowName } from './row-name.ts';
import { findWithoutNamespace, type Supposed, supposeExporters, type Supposition } from './supposition.ts';
import { decodeTransitions, encodeTransitions } from './transitions.ts';

/**
 * The whole ClusterSet as one state: member events in, store changes out. What it shows in the end depends on the
 * members' objects only, never on the order in which members spoke.
 */
export interface ClusterSetView {
  /** Takes in what a member tells, in time proportional to the event; computes nothing yet. */
  readonly apply: (event: MemberEvent) => void;
  /** How many names wait to be computed anew. */
  readonly dirtyCount: () => number;
  /**
   * Computes up to `keysMax` waiting names, at least one, and no further one once `isLate`; gives what differs from what
   * was given last, nothing where nothing does.
   */
  readonly takeChanges: (nowMs: number, keysMax: number, isLate?: () => boolean) => readonly ObjectChange[];
  /** The same for one name that waits, before its turn; nothing where it does not wait. */
  readonly takeChangesOf: (key: ObjectKey, nowMs: number) => readonly ObjectChange[];
  /** For who only asks: names that changed need not wait to be computed. */
  readonly forgetChanges: () => void;
  /** The members that could hold this object although it is not shown, because they have not been read yet. */
  readonly couldHold: (resource: string, key: ObjectKey) => readonly ClusterId[];
  /** All exports of a name, judged and merged as of now: why its ServiceImport is as it is. */
  readonly explain: (key: ObjectKey) => KeyVerdict;
  /** The row of this name and the member's object that it shows, as of the last `takeChanges`. */
  readonly rowAt: (key: ObjectKey) => ShownObject | undefined;
  /** The rows of the members' ClusterProperties. */
  readonly properties: Pick<PropertyRows, 'rowAt' | 'preview'>;
  /** The row that an object would have if a member held it; undefined while the member is not known. */
  readonly previewRow: (cluster: ClusterId, serviceExport: KubeObject, nowMs: number) => KubeObject | undefined;
  /** Single facts that admission rules look up. */
  readonly facts: MemberFacts;
  /**
   * What a change of one member would make of a name, judged by the same rules on a copy; the view stays as it is.
   * Undefined when no member of that name is registered.
   */
  readonly suppose: (key: ObjectKey, supposition: Supposition) => Supposed | undefined;
  /**
   * When the conditions of what is shown changed last, to be kept over a restart. In documents that are made when they
   * are asked for, each true then, so that they can be taken over many turns.
   */
  readonly exportTransitions: () => Iterable<JsonObject>;
  /** Takes back one of these documents, before the first `takeChanges`; what cannot be read is left out. */
  readonly restoreTransitions: (document: unknown) => void;
}

interface ViewState {
  readonly options: ClusterSetOptions;
  readonly index: MemberIndex;
  readonly published: Published;
  readonly properties: PropertyRows;
}

/**
 * A member is used as soon as its ServiceExports were read once; its exports count when the Service and the member's
 * ClusterSet are known too. A member that is registered anew keeps counting with what was known of it, so that half a
 * reading removes and narrows nothing; what did not come back goes with the `synced` event of its resource. Only `left`
 * takes a member's content away at once.
 */
export function createClusterSetView(options: ClusterSetOptions): ClusterSetView {
  const index = createMemberIndex(options.clusterSet);
  const published = createPublished();
  const properties = createPropertyRows(index);
  const state: ViewState = { options, index, published, properties };
  return {
    apply: index.apply,
    dirtyCount: () => index.dirty.size + index.dirtyProperties.size,
    takeChanges: (nowMs, keysMax, isLate = () => false) => {
      const changes = takeChanges(state, { now: formatTime(nowMs), keysMax, isLate });
      if (published.hasRestored() && index.dirty.size === 0 && isAllRead(index)) published.forgetRestored();
      return changes;
    },
    takeChangesOf: (key, nowMs) => [
      ...(index.dirty.delete(keyString(key)) ? republish(state, keyString(key), formatTime(nowMs)) : []),
      ...properties.takeChangesOf(keyString(key)),
    ],
    forgetChanges: () => {
      index.dirty.clear();
      index.dirtyProperties.clear();
    },
    couldHold: (resource, key) => findPossibleHolders(state, resource, key),
    explain: (key) => judgeKey(key, index.exportersAt(keyString(key)), options),
    suppose: (key, supposition) => supposeChange(state, key, supposition),
    rowAt: (key) => {
      const row = published.rowAt(key);
      if (row === undefined) return undefined;
      return { cluster: row.input.cluster, row: row.derived.object, origin: row.input.serviceExport };
    },
    properties,
    previewRow: (cluster, serviceExport, nowMs) => previewRow(state, { cluster, serviceExport }, formatTime(nowMs)),
    facts: { ...createMemberFacts(index), exportState: (key) => exportState(state, key) },
    exportTransitions: () => encodeTransitions(published.records()),
    restoreTransitions: (document) => published.restore(decodeTransitions(document)),
  };
}

interface Turn {
  readonly now: string;
  readonly keysMax: number;
  readonly isLate: () => boolean;
}

function takeChanges(state: ViewState, { now, keysMax, isLate }: Turn): readonly ObjectChange[] {
  const { index, properties } = state;
  const changes: ObjectChange[] = [];
  let keys = 0;
  for (const key of index.dirty) {
    if (keys >= keysMax) return changes;
    keys += 1;
    index.dirty.delete(key);
    changes.push(...republish(state, key, now));
    if (isLate()) return changes;
  }
  for (const key of index.dirtyProperties.keys()) {
    if (keys >= keysMax) return changes;
    keys += 1;
    changes.push(...properties.takeChangesOf(key));
    if (isLate()) return changes;
  }
  return changes;
}

/** Computes one name anew and gives the changes of its ServiceImport and rows. */
function republish({ options, index, published }: ViewState, key: string, now: string): readonly ObjectChange[] {
  const objectKey = parseKeyString(key);
  const verdict = judgeKey(objectKey, index.exportersAt(key), options);
  const objects = deriveKey(verdict, options, {
    before: published.at(key),
    restored: (cluster, uid) =>
      published.restored(cluster === undefined ? importAddress(objectKey) : rowAddress(cluster, objectKey), uid),
    now,
  });
  return published.replace(key, objects);
}

function exportState(state: ViewState, key: ObjectKey): ExportState {
  const { merge } = judgeKey(key, state.index.exportersAt(keyString(key)), state.options);
  if (merge !== undefined) return 'exported';
  return findPossibleHolders(state, 'serviceimports', key).length > 0 ? 'unknown' : 'none';
}

function supposeChange(state: ViewState, key: ObjectKey, supposition: Supposition): Supposed | undefined {
  const { index, options } = state;
  const { cluster } = supposition;
  if (!index.members.has(cluster)) return undefined;
  const exporters = supposeExporters(index, key, { supposition, clusterSet: options.clusterSet });
  const unread = findPossibleHolders(state, 'serviceimports', key);
  return {
    cluster,
    before: judgeKey(key, index.exportersAt(keyString(key)), options),
    after: judgeKey(key, exporters, options),
    clusters: index.members.size,
    withoutNamespace: findWithoutNamespace(index, key.namespace),
    unread: unread.filter((member) => member !== cluster).sort(),
  };
}

/** Judged beside the exports that there are; nothing of it is kept. */
function previewRow(
  { options, index, published }: ViewState,
  supposed: { readonly cluster: ClusterId; readonly serviceExport: KubeObject },
  now: string,
): KubeObject | undefined {
  const { cluster, serviceExport } = supposed;
  const member = index.members.get(cluster);
  if (member === undefined) return undefined;
  const objectKey = keyOf(serviceExport);
  const key = keyString(objectKey);
  const exporter = exporterOf(member, { key, serviceExport, clusterSet: options.clusterSet });
  const others = index.exportersAt(key).filter((other) => other.cluster !== cluster);
  const verdict = judgeKey(objectKey, [...others, { ...exporter, hasRow: true }], options);
  const objects = deriveKey(verdict, options, { before: published.at(key), restored: () => [], now });
  return objects.rows.get(cluster)?.derived.object;
}

function findPossibleHolders(state: ViewState, resource: string, key: ObjectKey): readonly ClusterId[] {
  const { members, unread } = state.index;
  if (resource === 'serviceimports') {
    const holders = [...unread].filter((member) => couldExport(member, key, state.options));
    return holders.map(({ cluster }) => cluster);
  }
  if (!isProjectedResource(resource)) return [];
  const address = parseRowName(key.name);
  const member = address.ok ? members.get(address.value.cluster) : undefined;
  return member === undefined || member.resources[resource].synced ? [] : [member.cluster];
}

/** Its exports are not all known, or it has this one and whether it counts is not known. */
function couldExport(member: MemberContent, key: ObjectKey, { clusterSet }: ClusterSetOptions): boolean {
  if (!member.resources.serviceexports.synced) return true;
  return readExporter(member, keyString(key), clusterSet)?.unknownContent !== undefined;
}

/** All that the rules judge by was read of every member; false while nobody is registered. */
function isAllRead({ members, unread }: MemberIndex): boolean {
  return members.size > 0 && unread.size === 0;
}
