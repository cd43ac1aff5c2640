import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import { isJsonObject, keyString, type KubeObject } from '../kube/object.ts';
import { exhausted } from '../kube/outcome.ts';
import type { Exporter } from './exporter.ts';
import {
  createMemberContent,
  exportKeys,
  finishSync,
  type MemberContent,
  memberClusterSet,
  ownsRowName,
  propertyKeys,
  type Replacement,
  replaceObject,
  restartContent,
  sliceFamilies,
} from './member-content.ts';

/** All members' content, and which names a change of it concerns. Keys are in `keyString` form. */
export interface MemberIndex {
  readonly apply: (event: MemberEvent) => void;
  /** Names that must be computed anew, in the order in which they were first touched. */
  readonly dirty: Set<string>;
  /** Properties whose rows must be made anew, and in which members. */
  readonly dirtyProperties: Map<string, Set<ClusterId>>;
  readonly members: ReadonlyMap<string, MemberContent>;
  /** Members of which something that the rules judge by was not read completely; nearly always nobody. */
  readonly unread: ReadonlySet<MemberContent>;
  /** The exports of a name in all members that were read. */
  readonly exportersAt: (key: string) => readonly Exporter[];
}

/** Whether an export counts depends on these, so their first complete state concerns all exports of the member. */
const JUDGED_RESOURCES: ReadonlySet<MemberResource> = new Set(['serviceexports', 'services', 'clusterproperties']);

interface IndexState {
  readonly members: Map<string, MemberContent>;
  readonly unread: Set<MemberContent>;
  /** The members that export a name, used or not. */
  readonly exportersOf: Map<string, Set<ClusterId>>;
  readonly dirty: Set<string>;
  readonly dirtyProperties: Map<string, Set<ClusterId>>;
}

/** `clusterSet` undefined: what set a member belongs to does not matter. */
export function createMemberIndex(clusterSet: string | undefined): MemberIndex {
  const state: IndexState = {
    members: new Map(),
    unread: new Set(),
    exportersOf: new Map(),
    dirty: new Set(),
    dirtyProperties: new Map(),
  };
  const { members, unread, exportersOf, dirty, dirtyProperties } = state;
  return {
    apply: (event) => {
      const member = members.get(event.cluster);
      if (event.type === 'registered') register(state, event.cluster, event.fingerprint);
      // What a member says before it is registered or after it left is of no concern.
      else if (member !== undefined) applyToMember(state, member, event);
    },
    dirty,
    dirtyProperties,
    members,
    unread,
    exportersAt: (key) => {
      const exporters: Exporter[] = [];
      for (const cluster of exportersOf.get(key) ?? []) {
        const member = members.get(cluster);
        const exporter = member === undefined ? undefined : readExporter(member, key, clusterSet);
        if (exporter !== undefined) exporters.push(exporter);
      }
      return exporters;
    },
  };
}

function register(state: IndexState, cluster: ClusterId, fingerprint: string | undefined): void {
  const known = state.members.get(cluster);
  if (known !== undefined && !isOtherCluster(known, fingerprint)) {
    restartContent(known);
    state.unread.add(known);
    setClock(state, known, 0);
    if (fingerprint !== undefined) identify(state, known, fingerprint);
    return;
  }
  if (known !== undefined) remove(state, known);
  const member = createMemberContent(cluster, fingerprint);
  state.members.set(cluster, member);
  state.unread.add(member);
}

/** A new cluster under an old name: what the old one held says nothing about it. */
function isOtherCluster(known: MemberContent, fingerprint: string | undefined): boolean {
  return known.fingerprint !== undefined && fingerprint !== undefined && known.fingerprint !== fingerprint;
}

type LaterEvent = Exclude<MemberEvent, { type: 'registered' }>;

function applyToMember(state: IndexState, member: MemberContent, event: LaterEvent): void {
  switch (event.type) {
    case 'changed':
      change(state, member, event);
      break;
    case 'synced':
      finish(state, member, event.resource);
      break;
    case 'identified':
      identify(state, member, event.fingerprint);
      break;
    case 'clock':
      setClock(state, member, event.skewSeconds);
      break;
    case 'left':
      remove(state, member);
      break;
    default:
      exhausted(event);
  }
}

function change(state: IndexState, member: MemberContent, event: Extract<MemberEvent, { type: 'changed' }>): void {
  const { resource, deleted, applied } = event;
  for (const key of deleted) put(state, member, { resource, key: keyString(key), object: undefined });
  for (const object of applied) {
    const key = readKey(object);
    if (key !== undefined) put(state, member, { resource, key, object });
  }
}

function finish(state: IndexState, member: MemberContent, resource: MemberResource): void {
  const wasSynced = member.resources[resource].synced;
  for (const key of finishSync(member, resource)) put(state, member, { resource, key, object: undefined });
  if (isRead(member)) state.unread.delete(member);
  if (wasSynced) return;
  if (JUDGED_RESOURCES.has(resource)) touch(state, member, exportKeys(member));
  if (resource === 'clusterproperties') touchProperties(state, member, propertyKeys(member));
}

function isRead({ resources }: MemberContent): boolean {
  return resources.serviceexports.synced && resources.services.synced && resources.clusterproperties.synced;
}

function identify(state: IndexState, member: MemberContent, fingerprint: string): void {
  if (member.fingerprint === fingerprint) return;
  member.fingerprint = fingerprint;
  touch(state, member, exportKeys(member));
  touchProperties(state, member, propertyKeys(member));
}

function setClock(state: IndexState, member: MemberContent, skewSeconds: number): void {
  if (member.clockSkewSeconds === skewSeconds) return;
  member.clockSkewSeconds = skewSeconds;
  touch(state, member, exportKeys(member));
}

function remove(state: IndexState, member: MemberContent): void {
  const keys = exportKeys(member);
  state.members.delete(member.cluster);
  state.unread.delete(member);
  for (const key of keys) removeExporter(state.exportersOf, key, member.cluster);
  touch(state, member, keys);
  touchProperties(state, member, propertyKeys(member));
}

function put(state: IndexState, member: MemberContent, replacement: Replacement): void {
  const touched = replaceObject(member, replacement);
  if (replacement.resource === 'serviceexports') {
    const { key, object } = replacement;
    if (object === undefined) removeExporter(state.exportersOf, key, member.cluster);
    else addExporter(state.exportersOf, key, member.cluster);
  }
  touch(state, member, touched.exports);
  touchProperties(state, member, touched.properties);
}

/** Nothing of a member is shown before its exports were read, so nothing of it can have changed. */
function touch(state: IndexState, member: MemberContent, keys: readonly string[]): void {
  if (!member.resources.serviceexports.usable) return;
  for (const key of keys) state.dirty.add(key);
}

/** The same for its properties. */
function touchProperties({ dirtyProperties }: IndexState, member: MemberContent, keys: readonly string[]): void {
  if (!member.resources.clusterproperties.usable) return;
  for (const key of keys) {
    const clusters = dirtyProperties.get(key);
    if (clusters === undefined) dirtyProperties.set(key, new Set([member.cluster]));
    else clusters.add(member.cluster);
  }
}

/** A member's export of a name as the rules see it; undefined while the member's exports were never read. */
export function readExporter(member: MemberContent, key: string, clusterSet: string | undefined): Exporter | undefined {
  const { serviceexports } = member.resources;
  const serviceExport = serviceexports.objects.get(key);
  if (serviceExport === undefined || !serviceexports.usable) return undefined;
  return exporterOf(member, { key, serviceExport, clusterSet });
}

export interface ExportInMember {
  readonly key: string;
  readonly serviceExport: KubeObject;
  /** The ClusterSet that is served. */
  readonly clusterSet: string | undefined;
}

/** An export, there or only supposed, with all else that is known of its member. */
export function exporterOf(member: MemberContent, { key, serviceExport, clusterSet }: ExportInMember): Exporter {
  const { services, clusterproperties } = member.resources;
  const service = services.objects.get(key);
  const isSetUnknown = clusterSet !== undefined && !clusterproperties.usable;
  const isServiceUnknown = service === undefined && !services.synced;
  return {
    cluster: member.cluster,
    fingerprint: member.fingerprint,
    clockSkewSeconds: member.clockSkewSeconds,
    serviceExport,
    service,
    sliceFamilies: sliceFamilies(member, key),
    memberClusterSet: memberClusterSet(member),
    hasRow: ownsRowName(member, 'serviceexports', key),
    unknownContent: isSetUnknown ? 'clusterproperties' : isServiceUnknown ? 'services' : undefined,
  };
}

function addExporter(exportersOf: Map<string, Set<ClusterId>>, key: string, cluster: ClusterId): void {
  const exporters = exportersOf.get(key);
  if (exporters === undefined) exportersOf.set(key, new Set([cluster]));
  else exporters.add(cluster);
}

function removeExporter(exportersOf: Map<string, Set<ClusterId>>, key: string, cluster: ClusterId): void {
  const exporters = exportersOf.get(key);
  exporters?.delete(cluster);
  if (exporters?.size === 0) exportersOf.delete(key);
}

/** Undefined for what cannot be addressed: such an object is passed over. */
function readKey(object: unknown): string | undefined {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  if (!isJsonObject(metadata)) return undefined;
  const { name, namespace = '' } = metadata;
  if (typeof name !== 'string' || name === '' || name.includes('/')) return undefined;
  return typeof namespace === 'string' && !namespace.includes('/') ? keyString({ namespace, name }) : undefined;
}
