import { CONVERSION_DATA_ANNOTATION } from '../kube/domain.ts';
import { parseJson, stringifyJson } from '../kube/json.ts';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import { canonicalJson, isList, presentEntries } from './canonical-json.ts';

/**
 * What v1alpha2 cannot express, kept in one annotation of the v1alpha2 object. `spec` and `status` hold the fields that
 * neither form knows (below `ports` and `clusters`: the unknown fields of their items), or the whole value if it is no
 * object.
 */
export interface ConversionData {
  readonly spec?: JsonValue;
  readonly status?: JsonValue;
  /** Fields at the root of the storage form whose name means something else in v1alpha2. */
  readonly root?: JsonObject;
  /** Paths that were present but empty, which cannot be told from absent ones afterwards. */
  readonly empty?: readonly string[];
  /** The value that the storage form itself had under our annotation key. */
  readonly shadow?: string;
}

const FORMAT = 1;
/** kube-apiserver's limit for the keys and values of all annotations of one object together. */
const ANNOTATIONS_BYTES_MAX = 262_144;
/** Deeper values are left out: writing JSON recurses. */
const VALUE_DEPTH_MAX = 500;

/**
 * The annotation's value: canonical JSON (sorted keys, no spaces). When all annotations together would exceed the
 * API server's limit, the largest parts are left out and `truncated` says so: refusing the object would make whole
 * lists fail. undefined when not even that fits.
 */
export function encodeConversionData(
  data: ConversionData,
  otherAnnotations: Readonly<Record<string, string>>,
): string | undefined {
  const bytesMax = ANNOTATIONS_BYTES_MAX - annotationBytes(otherAnnotations) - byteLength(CONVERSION_DATA_ANNOTATION);
  const whole = partsOf(data);
  const parts = whole.filter((part) => !isDeeperThan(part.value, VALUE_DEPTH_MAX));
  for (;;) {
    const text = canonicalJson(assemble(parts, data.empty, parts.length < whole.length));
    if (byteLength(text) <= bytesMax) return text;
    if (parts.length === 0) return undefined;
    parts.splice(indexOfLargest(parts), 1);
  }
}

/** undefined: not written by this server, or by a later format of it. */
export function parseConversionData(text: unknown): ConversionData | undefined {
  if (typeof text !== 'string') return undefined;
  const value = parseQuietly(text);
  if (!isJsonObject(value) || value['v'] !== FORMAT) return undefined;
  return isConversionData(value) ? value : undefined;
}

function isConversionData(value: JsonObject): value is JsonObject & ConversionData {
  const { root, empty, shadow } = value;
  return (
    (root === undefined || isJsonObject(root)) &&
    (shadow === undefined || typeof shadow === 'string') &&
    (empty === undefined || (isList(empty) && empty.every((path) => typeof path === 'string')))
  );
}

function parseQuietly(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** What is kept or left out as one: a field of a section, or a whole member. */
interface Part {
  readonly section: 'spec' | 'status' | 'root' | 'shadow';
  /** undefined: the value is the whole section. */
  readonly field: string | undefined;
  readonly value: JsonValue;
}

const SECTIONS = ['spec', 'status', 'root'] as const;

function partsOf(data: ConversionData): Part[] {
  const sections = SECTIONS.flatMap((section): Part[] => {
    const value = data[section];
    if (value === undefined) return [];
    if (!isJsonObject(value)) return [{ section, field: undefined, value }];
    return presentEntries(value).map(([field, fieldValue]) => ({ section, field, value: fieldValue }));
  });
  return data.shadow === undefined
    ? sections
    : [...sections, { section: 'shadow', field: undefined, value: data.shadow }];
}

function assemble(parts: readonly Part[], empty: readonly string[] | undefined, truncated: boolean): JsonObject {
  const members = new Map<string, JsonValue>([['v', FORMAT]]);
  if (empty !== undefined && empty.length > 0) members.set('empty', empty);
  if (truncated) members.set('truncated', true);
  for (const { section, field, value } of parts) {
    const before = members.get(section);
    const fields = isJsonObject(before) ? Object.entries(before) : [];
    members.set(section, field === undefined ? value : Object.fromEntries([...fields, [field, value]]));
  }
  return Object.fromEntries(members);
}

function indexOfLargest(parts: readonly Part[]): number {
  const sizes = parts.map((part) => byteLength(stringifyJson(part.value)));
  return sizes.indexOf(Math.max(...sizes));
}

function annotationBytes(annotations: Readonly<Record<string, string>>): number {
  return Object.entries(annotations).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
}

function isDeeperThan(value: JsonValue, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depthMax === 0) return true;
  return Object.values(value).some(
    (item: JsonValue | undefined) => item !== undefined && isDeeperThan(item, depthMax - 1),
  );
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
