import type { ClusterId } from '../kube/cluster-id.ts';
import { CLUSTERSET_PROPERTY, propertyValue } from '../kube/cluster-property.ts';
import type { MemberResource } from '../kube/member-event.ts';
import { compareText, isJsonObject, keyString, parseKeyString, type KubeObject } from '../kube/object.ts';
import { type IpFamily, parseIpFamily } from './ip-family.ts';
import { cutName, isOverlong } from './row-name.ts';

const CLUSTERSET_KEY = keyString({ namespace: '', name: CLUSTERSET_PROPERTY });
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const NO_FAMILIES: ReadonlySet<IpFamily> = new Set();

/** What is known of one resource of a member. */
interface ResourceContent {
  readonly objects: Map<string, KubeObject>;
  /** The member's complete state is in, in this registration. */
  synced: boolean;
  /** It was complete once, so that what is here may be used while the member is read anew. */
  usable: boolean;
  /** Keys kept from before the member was registered anew, neither seen again nor deleted since. */
  readonly unconfirmed: Set<string>;
}

/** All that is held of one member, and which of its exports a change of it concerns (keys in `keyString` form). */
export interface MemberContent {
  readonly cluster: ClusterId;
  fingerprint: string | undefined;
  /** How far its clock is ahead of ours, coarsely; 0 when it is right. */
  clockSkewSeconds: number;
  readonly resources: Readonly<Record<MemberResource, ResourceContent>>;
  /** By Service key, then by slice key. */
  readonly slices: Map<string, Map<string, IpFamily>>;
  /** Objects of projected kinds that share a cut row name, by the key that an object of exactly this name would have. */
  readonly overlong: Map<string, Set<string>>;
}

export function createMemberContent(cluster: ClusterId, fingerprint: string | undefined): MemberContent {
  return {
    cluster,
    fingerprint,
    clockSkewSeconds: 0,
    resources: {
      serviceexports: emptyContent(),
      services: emptyContent(),
      namespaces: emptyContent(),
      clusterproperties: emptyContent(),
      endpointslices: emptyContent(),
    },
    slices: new Map(),
    overlong: new Map(),
  };
}

function emptyContent(): ResourceContent {
  return { objects: new Map(), synced: false, usable: false, unconfirmed: new Set() };
}

/** The member will be read anew: what is held stays in use until the new complete state says otherwise. */
export function restartContent({ resources }: MemberContent): void {
  for (const content of Object.values(resources)) {
    content.synced = false;
    for (const key of content.objects.keys()) content.unconfirmed.add(key);
  }
}

/** The keys that the complete state did not bring back. */
export function finishSync(member: MemberContent, resource: MemberResource): readonly string[] {
  const content = member.resources[resource];
  const vanished = [...content.unconfirmed];
  content.unconfirmed.clear();
  content.synced = true;
  content.usable = true;
  return vanished;
}

/** An object that is put or, with `object` undefined, removed. */
export interface Replacement {
  readonly resource: MemberResource;
  readonly key: string;
  readonly object: KubeObject | undefined;
}

/** What of a member a change concerns, by key. */
export interface Touched {
  readonly exports: readonly string[];
  readonly properties: readonly string[];
}

const NOTHING_TOUCHED: Touched = { exports: [], properties: [] };

/** Puts or removes one object; gives what of this member that concerns. */
export function replaceObject(member: MemberContent, replacement: Replacement): Touched {
  const { resource, key, object } = replacement;
  const { objects, unconfirmed } = member.resources[resource];
  const previous = objects.get(key);
  unconfirmed.delete(key);
  if (previous === object) return NOTHING_TOUCHED;
  const clusterSetBefore = memberClusterSet(member);
  if (object === undefined) objects.delete(key);
  else objects.set(key, object);
  switch (resource) {
    case 'serviceexports':
      return touchedExports([key, ...claimRowName(member, replacement)]);
    case 'services':
      return member.resources.serviceexports.objects.has(key) ? touchedExports([key]) : NOTHING_TOUCHED;
    case 'endpointslices':
      return touchedExports(indexSlice(member, key, { previous, object }));
    case 'clusterproperties':
      // Every row says which ClusterSet its member belongs to.
      return clusterSetBefore === memberClusterSet(member)
        ? { exports: [], properties: [key, ...claimRowName(member, replacement)] }
        : { exports: exportKeys(member), properties: [key, ...propertyKeys(member)] };
    case 'namespaces':
      return NOTHING_TOUCHED;
  }
}

function touchedExports(exports: readonly string[]): Touched {
  return exports.length === 0 ? NOTHING_TOUCHED : { exports, properties: [] };
}

export function exportKeys({ resources }: MemberContent): readonly string[] {
  return [...resources.serviceexports.objects.keys()];
}

export function propertyKeys({ resources }: MemberContent): readonly string[] {
  return [...resources.clusterproperties.objects.keys()];
}

/** The ClusterSet that the member's property names (KEP-2149). */
export function memberClusterSet({ resources }: MemberContent): string | undefined {
  const value = propertyValue(resources.clusterproperties.objects.get(CLUSTERSET_KEY));
  return value === '' ? undefined : value;
}

export function sliceFamilies({ slices }: MemberContent, serviceKey: string): ReadonlySet<IpFamily> {
  const families = slices.get(serviceKey);
  return families === undefined ? NO_FAMILIES : new Set(families.values());
}

/** The kinds of which each member's object has a row. */
export type ProjectedResource = Extract<MemberResource, 'serviceexports' | 'clusterproperties'>;

export function isProjectedResource(resource: string): resource is ProjectedResource {
  return resource === 'serviceexports' || resource === 'clusterproperties';
}

/**
 * Whether this object, held or imagined, has the row of its name. A cut name may be another object's real one, which then
 * has it; of several objects with one cut name the first has it.
 */
export function ownsRowName(member: MemberContent, resource: ProjectedResource, key: string): boolean {
  const claimed = cutKey(member.cluster, key);
  if (claimed === undefined) return true;
  if (member.resources[resource].objects.has(claimed)) return false;
  const rivals = [key, ...(member.overlong.get(claimed) ?? [])].sort(compareText);
  return rivals[0] === key;
}

function cutKey(cluster: ClusterId, key: string): string | undefined {
  const { namespace, name } = parseKeyString(key);
  return isOverlong(cluster, name) ? keyString({ namespace, name: cutName(cluster, name) }) : undefined;
}

/**
 * Gives the other objects whose row name may now be free or taken. Keys of exports have a namespace and keys of
 * properties have none, so that one map holds both.
 */
function claimRowName(member: MemberContent, { key, object }: Replacement): readonly string[] {
  const claimed = cutKey(member.cluster, key);
  if (claimed === undefined) return [...(member.overlong.get(key) ?? [])];
  const rivals = member.overlong.get(claimed) ?? new Set();
  if (object !== undefined) rivals.add(key);
  else rivals.delete(key);
  if (rivals.size === 0) member.overlong.delete(claimed);
  else member.overlong.set(claimed, rivals);
  return [...rivals];
}

interface SliceChange {
  readonly previous: KubeObject | undefined;
  readonly object: KubeObject | undefined;
}

function indexSlice(member: MemberContent, sliceKey: string, { previous, object }: SliceChange): readonly string[] {
  const keys = new Set<string>();
  for (const slice of [previous, object]) {
    const serviceKey = slice === undefined ? undefined : serviceKeyOf(slice);
    if (serviceKey === undefined) continue;
    const family = slice === object ? parseIpFamily(slice?.['addressType']) : undefined;
    putFamily(member.slices, serviceKey, { sliceKey, family });
    if (member.resources.serviceexports.objects.has(serviceKey)) keys.add(serviceKey);
  }
  return [...keys];
}

function serviceKeyOf({ metadata }: KubeObject): string | undefined {
  const labels: unknown = metadata.labels;
  const name = isJsonObject(labels) ? labels[SERVICE_NAME_LABEL] : undefined;
  return typeof name === 'string' ? keyString({ namespace: metadata.namespace ?? '', name }) : undefined;
}

function putFamily(
  slices: MemberContent['slices'],
  serviceKey: string,
  { sliceKey, family }: { readonly sliceKey: string; readonly family: IpFamily | undefined },
): void {
  const families = slices.get(serviceKey) ?? new Map<string, IpFamily>();
  if (family === undefined) families.delete(sliceKey);
  else families.set(sliceKey, family);
  if (families.size === 0) slices.delete(serviceKey);
  else slices.set(serviceKey, families);
}
