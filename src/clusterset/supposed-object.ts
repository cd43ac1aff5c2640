import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube/object.ts';
import { IP_FAMILIES, type IpFamily, parseIpFamily } from './ip-family.ts';
import { AFFINITY_TIMEOUT_DEFAULT_SECONDS } from './whole-value.ts';

/** What is supposed of one object of a member. */
export type SupposedObject =
  /** As it is, there or not. */
  | { readonly type: 'unchanged' }
  | { readonly type: 'absent' }
  /** As applied: whole or a manifest, with or without what kube-apiserver fills in. */
  | { readonly type: 'replaced'; readonly object: KubeObject };

/** What becomes of an object that is there, or is not. `complete` adds what the API server would. */
export function supposeObject(
  supposed: SupposedObject,
  existing: KubeObject | undefined,
  complete: (object: KubeObject, existing: KubeObject | undefined) => KubeObject,
): KubeObject | undefined {
  if (supposed.type === 'unchanged') return existing;
  return supposed.type === 'absent' ? undefined : complete(supposed.object, existing);
}

/**
 * An export that is there keeps its age and, once it is being deleted, goes on being deleted; a new one without an age is
 * made at `now` (RFC 3339, whole seconds), which makes it the youngest.
 */
export function completeServiceExport(
  now: string,
): (object: KubeObject, existing: KubeObject | undefined) => KubeObject {
  return (object, existing) => {
    const { metadata } = object;
    const known = existing?.metadata;
    const deletionTimestamp = metadata.deletionTimestamp ?? known?.deletionTimestamp;
    return {
      ...object,
      metadata: {
        ...metadata,
        creationTimestamp: metadata.creationTimestamp ?? known?.creationTimestamp ?? now,
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      },
    };
  };
}

/**
 * An applied Service with what kube-apiserver keeps and fills in, so that it neither differs nor conflicts where a real one
 * would not. Defaults are those of core/v1; a port without a protocol needs none, it is read as TCP. The cluster IP and
 * the IP families of a Service that is there are kept. The families of a new one are chosen by its cluster: they stay
 * unknown unless the manifest leaves no choice, and what is unknown never conflicts.
 */
export function completeService(service: KubeObject, existing: KubeObject | undefined): KubeObject {
  const spec = specOf(service);
  const kept = keptSpec(existing);
  const clusterIP = isPresent(spec['clusterIP']) ? spec['clusterIP'] : kept['clusterIP'];
  const type = textOf(spec['type']) ?? 'ClusterIP';
  const addressed = { ...spec, ...(clusterIP === undefined ? {} : { clusterIP }) };
  if (type === 'ExternalName') return { ...service, spec: { ...addressed, type } };
  return {
    ...service,
    spec: {
      ...addressed,
      type,
      ...completeAffinity(spec),
      internalTrafficPolicy: textOf(spec['internalTrafficPolicy']) ?? 'Cluster',
      // Always said, because a list that the policy makes longer must not stay as it was written.
      ipFamilies: chooseFamilies(addressed, kept) ?? null,
    },
  };
}

/** The configuration of an affinity that is off is dropped. */
function completeAffinity(spec: JsonObject): JsonObject {
  const sessionAffinity = textOf(spec['sessionAffinity']) ?? 'None';
  if (sessionAffinity !== 'ClientIP') return { sessionAffinity, sessionAffinityConfig: null };
  const config = spec['sessionAffinityConfig'];
  const clientIp = isJsonObject(config) && isJsonObject(config['clientIP']) ? config['clientIP'] : {};
  const timeoutSeconds = clientIp['timeoutSeconds'] ?? AFFINITY_TIMEOUT_DEFAULT_SECONDS;
  return { sessionAffinity, sessionAffinityConfig: { clientIP: { ...clientIp, timeoutSeconds } } };
}

/** An ExternalName Service has no addresses that could be kept. */
function keptSpec(existing: KubeObject | undefined): JsonObject {
  if (existing === undefined || isPresent(existing.metadata.deletionTimestamp)) return {};
  const spec = specOf(existing);
  return spec['type'] === 'ExternalName' ? {} : spec;
}

/** As kube-apiserver decides; undefined where the member cluster's own families decide. */
function chooseFamilies(spec: JsonObject, kept: JsonObject): readonly IpFamily[] | undefined {
  const given = familiesOf(spec['ipFamilies']);
  const before = familiesOf(kept['ipFamilies']);
  const families = given.length > 0 ? given : before;
  const policy = policyOf(spec, kept);
  if (given.length === IP_FAMILIES.length) return given;
  if (policy === 'RequireDualStack') return withBoth(families);
  if (policy === 'PreferDualStack') return preferBoth(families, { spec, kept });
  return families.length === 0 ? undefined : families.slice(0, 1);
}

/** A new headless Service without a selector gets every family, any other new one a single family. */
function policyOf(spec: JsonObject, kept: JsonObject): string | undefined {
  const isBare = spec['clusterIP'] === 'None' && !hasEntries(spec['selector']);
  return textOf(spec['ipFamilyPolicy']) ?? textOf(kept['ipFamilyPolicy']) ?? (isBare ? 'RequireDualStack' : undefined);
}

/** How many there are depends on the cluster, unless they were chosen before or addresses are there already. */
function preferBoth(
  families: readonly IpFamily[],
  { spec, kept }: { readonly spec: JsonObject; readonly kept: JsonObject },
): readonly IpFamily[] | undefined {
  const before = familiesOf(kept['ipFamilies']);
  if (kept['ipFamilyPolicy'] === 'PreferDualStack' && families[0] === before[0]) return before;
  return Array.isArray(spec['clusterIPs']) && families.length > 0 ? families : undefined;
}

function withBoth(families: readonly IpFamily[]): readonly IpFamily[] | undefined {
  return families.length === 0 ? undefined : [...new Set([...families, ...IP_FAMILIES])];
}

function familiesOf(value: JsonValue | undefined): readonly IpFamily[] {
  if (!Array.isArray(value)) return [];
  const items: readonly unknown[] = value;
  return [...new Set(items.map(parseIpFamily).filter((family) => family !== undefined))];
}

function specOf(object: KubeObject): JsonObject {
  return isJsonObject(object.spec) ? object.spec : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function hasEntries(value: unknown): boolean {
  return value === true || (isJsonObject(value) && Object.keys(value).length > 0);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
