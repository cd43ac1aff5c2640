/** Any JSON value; integers beyond 2^53 are bigint so that a round trip loses nothing. */
export type JsonValue =
  null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

export type JsonObject = Readonly<Record<string, JsonValue | undefined>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** metav1.ObjectMeta as it is on the wire: timestamps are strings, absent keys are absent. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly JsonObject[];
}

/** A whole Kubernetes object. Fields that this program does not know are kept under their own keys. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: JsonValue;
  readonly status?: JsonValue;
  readonly [field: string]: unknown;
}

/** Where an object lives within one resource; `namespace` is '' for cluster-scoped resources. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** One string per key, unique because neither part may contain '/'. */
export function keyString(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

/** The inverse of `keyString`. */
export function parseKeyString(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export function keyOf(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** Kubernetes orders lists by namespace, then name, both bytewise; UTF-16 order equals it for legal names (ASCII). */
export function compareKeys(a: ObjectKey, b: ObjectKey): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

/** Order by code unit, never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** True for a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON list; unlike Array.isArray it keeps the type of the elements. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** True for a JSON object that has what every Kubernetes object has; the types of its metadata are not looked at. */
export function isKubeObject(value: unknown): value is KubeObject {
  return (
    isJsonObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isJsonObject(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}

/** The text at a path of keys, or undefined when anything on the way is absent or the end is not a text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at = value;
  for (const key of path) at = isJsonObject(at) ? at[key] : undefined;
  return typeof at === 'string' ? at : undefined;
}
