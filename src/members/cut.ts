import { CLUSTER_LABEL, IMPORTED_SERVICE_LABEL } from '../kube/domain.ts';
import type { JsonObject, KubeObject, ObjectKey, ObjectMeta } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ResourceSource } from './member-resource.ts';
import { isDnsLabel, parseKey, parseMetadata, type Scope } from './object-metadata.ts';
import { cutServiceSpec } from './service-spec.ts';
import type { Sharing } from './sharing.ts';

/** The label by which EndpointSlices name their Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** What kube-apiserver takes as one request; an object can hardly be larger in etcd. */
export const OBJECT_BYTES_MAX = 1_572_864;

/** Deeper documents are an attack on whoever walks them. */
const OBJECT_DEPTH_MAX = 200;

/** Says that a Service is made for a ServiceImport; for which one does not matter. */
const IMPORTED_MARK: Readonly<Record<string, string>> = { [IMPORTED_SERVICE_LABEL]: '' };

/** An object as the core gets it, or why it does not. `key` is undefined when the name itself cannot be used. */
export type Cut =
  | { readonly type: 'kept'; readonly object: KubeObject }
  /** Our own output, published into this member: reading it back in would make a loop. */
  | { readonly type: 'own'; readonly key: ObjectKey | undefined }
  /** Legal, but no rule needs it. */
  | { readonly type: 'unwanted'; readonly key: ObjectKey }
  | { readonly type: 'invalid'; readonly key: ObjectKey | undefined; readonly problem: string };

/**
 * Reads one object of a member into the form that MemberEvent promises. Projected kinds are kept whole, because a write
 * goes back through them; of the others only what the rules read remains.
 */
export function parseMemberObject(value: unknown, source: ResourceSource, sharing: Sharing): Cut {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) {
    return { type: 'invalid', key: undefined, problem: 'not an object with metadata' };
  }
  const key = parseKey(value['metadata'], source.scope);
  const labels = value['metadata']['labels'];
  if (isJsonObject(labels) && labels[CLUSTER_LABEL] !== undefined) return { type: 'own', key };
  const metadata = parseMetadata(value['metadata'], source.scope);
  if (!metadata.ok) return { type: 'invalid', key, problem: metadata.error };
  const object = cutObject(value, metadata.value, { source, sharing });
  if (!object.ok) return { type: 'invalid', key, problem: object.error };
  if (exceedsLimits(object.value)) return { type: 'invalid', key, problem: 'larger or deeper than any object may be' };
  return { type: 'kept', object: object.value };
}

/**
 * Reads one row of our own API, as who reads the ClusterSet through a hub gets it: checked like an object of a member, and
 * whole but for what only the history of its fields says.
 */
export function parseRow(value: unknown, scope: Scope): Cut {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) {
    return { type: 'invalid', key: undefined, problem: 'not an object with metadata' };
  }
  const key = parseKey(value['metadata'], scope);
  const metadata = parseMetadata(value['metadata'], scope);
  if (!metadata.ok) return { type: 'invalid', key, problem: metadata.error };
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return { type: 'invalid', key, problem: 'apiVersion or kind is missing' };
  }
  const entries = Object.entries(metadata.value).filter(([field]) => field !== 'managedFields');
  const cut = { ...Object.fromEntries(entries), name: metadata.value.name };
  const object: KubeObject = { ...value, apiVersion, kind, metadata: cut };
  if (exceedsLimits(object)) return { type: 'invalid', key, problem: 'larger or deeper than any object may be' };
  return { type: 'kept', object };
}

interface CutContext {
  readonly source: ResourceSource;
  readonly sharing: Sharing;
}

function cutObject(value: JsonObject, metadata: ObjectMeta, context: CutContext): Outcome<KubeObject, string> {
  const { apiVersion, kind, resource } = context.source;
  switch (resource) {
    case 'serviceexports':
    case 'clusterproperties':
      return wholeObject(value, metadata, context.source);
    case 'services': {
      const spec = cutServiceSpec(value['spec']);
      if (!spec.ok) return spec;
      const shared = context.sharing.object(spec.value);
      return succeeded({ apiVersion, kind, metadata: cutServiceMetadata(metadata, context.sharing), spec: shared });
    }
    case 'namespaces': {
      const object = { apiVersion, kind, metadata: cutNamespaceMetadata(metadata, context.sharing) };
      const status = value['status'];
      const phase = isJsonObject(status) ? status['phase'] : undefined;
      return succeeded(typeof phase === 'string' ? { ...object, status: context.sharing.object({ phase }) } : object);
    }
    case 'endpointslices':
      return cutEndpointSlice(value, metadata, context);
  }
}

/** Every field stays, known or not; only the version it says it is in becomes the one that we store. */
function wholeObject(value: JsonObject, metadata: ObjectMeta, source: ResourceSource): Outcome<KubeObject, string> {
  for (const field of ['spec', 'status']) {
    const part = value[field];
    if (part !== undefined && part !== null && !isJsonObject(part)) return failed(`${field} is not an object`);
  }
  return succeeded({ ...value, apiVersion: source.apiVersion, kind: source.kind, metadata });
}

function cutMetadata(metadata: ObjectMeta, sharing: Sharing): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  return {
    name,
    ...(namespace === undefined || namespace === '' ? {} : { namespace: sharing.text(namespace) }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

/** Rules select namespaces by their labels, and read them. */
function cutNamespaceMetadata(metadata: ObjectMeta, sharing: Sharing): ObjectMeta {
  const cut = cutMetadata(metadata, sharing);
  return metadata.labels === undefined ? cut : { ...cut, labels: metadata.labels };
}

/** Only the few Services that are made for a ServiceImport carry a label, all the same object. */
function cutServiceMetadata(metadata: ObjectMeta, sharing: Sharing): ObjectMeta {
  const cut = cutMetadata(metadata, sharing);
  return isImported(metadata) ? { ...cut, labels: IMPORTED_MARK } : cut;
}

/** The group of the owner does not matter: some platforms have a ServiceImport of their own. */
function isImported({ labels, ownerReferences = [] }: ObjectMeta): boolean {
  return labels?.[IMPORTED_SERVICE_LABEL] !== undefined || ownerReferences.some(({ kind }) => kind === 'ServiceImport');
}

/** The address family of a selectorless headless Service is all that slices are read for. */
function cutEndpointSlice(value: JsonObject, metadata: ObjectMeta, context: CutContext): Outcome<KubeObject, string> {
  const { apiVersion, kind } = context.source;
  const addressType = value['addressType'];
  if (typeof addressType !== 'string') return failed('addressType is missing');
  const service = metadata.labels?.[SERVICE_NAME_LABEL];
  if (!isDnsLabel(service)) return failed(`label ${SERVICE_NAME_LABEL} is missing or no DNS label`);
  const labels = { [SERVICE_NAME_LABEL]: service };
  const shared = context.sharing.text(addressType);
  const object = { apiVersion, kind, metadata: { ...cutMetadata(metadata, context.sharing), labels } };
  return succeeded({ ...object, addressType: shared });
}

/** Walks without recursion, and no further than the limits. Sizes are of the JSON text, nearly. */
function exceedsLimits(object: KubeObject): boolean {
  const open: { value: unknown; depth: number }[] = [{ value: object, depth: 0 }];
  let bytes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    bytes += ownBytes(next.value);
    if (bytes > OBJECT_BYTES_MAX || next.depth > OBJECT_DEPTH_MAX) return true;
    if (typeof next.value !== 'object' || next.value === null) continue;
    const fields: [string, unknown][] = Object.entries(next.value);
    for (const [key, value] of fields) {
      bytes += key.length + 3;
      open.push({ value, depth: next.depth + 1 });
    }
  }
  return false;
}

function ownBytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) + 3 : 6;
}
