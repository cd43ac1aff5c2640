import { goQuoted } from './go-quote.ts';
import type { JsonValue } from './object.ts';
import { isJsonList, isJsonObject } from './object.ts';
import { ownValue, setOwn } from './own-property.ts';
import { NESTING_DEPTH_MAX } from './strict-json.ts';

/** How much all copy operations of one JSON patch may add, as upstream. */
export const COPIED_BYTES_MAX = 3 * 1024 * 1024;
/**
 * Bounds the work of one JSON patch: elements of lists that are moved aside, and members that are compared. Without it
 * ten thousand small operations on one long list would keep the process busy for many seconds.
 */
export const PATCH_STEPS_MAX = 50_000_000;

/** RFC 6902 to the letter, or as the library of kube-apiserver reads it. */
export type JsonPatchRules = 'rfc6902' | 'kubernetes';

/** An operation that cannot be done; caught where the patch is applied. */
export class PatchFault extends Error {}

type Container = Record<string, JsonValue | undefined> | JsonValue[];

/** A document on its way through a patch: what is changed is copied first, and only once. */
export interface PatchedDocument {
  root: JsonValue;
  readonly rules: JsonPatchRules;
  /** The containers that are our own copies and so may be changed in place. */
  readonly owned: Map<unknown, Container>;
  copiedBytes: number;
  steps: number;
}

/** A place in a document: a container and the name of one of its members. */
export interface Place {
  readonly container: JsonValue;
  readonly token: string;
}

export function openDocument(root: JsonValue, rules: JsonPatchRules): PatchedDocument {
  return { root, rules, owned: new Map(), copiedBytes: 0, steps: 0 };
}

/** undefined when something on the way is absent or no container; the last token need not exist. */
export function placeAt(document: PatchedDocument, tokens: readonly string[]): Place | undefined {
  let container: JsonValue | undefined = document.root;
  for (const token of tokens.slice(0, -1)) {
    container = childOf(document, container, token);
    if (container === undefined) return undefined;
  }
  const token = tokens.at(-1);
  return token === undefined || !isContainer(container) ? undefined : { container, token };
}

/** The member at a place, undefined if an object has none; throws the fault of an index that a list does not have. */
export function memberAt(document: PatchedDocument, { container, token }: Place): JsonValue | undefined {
  if (!isJsonList(container)) return isJsonObject(container) ? ownValue(container, token) : undefined;
  return elementAt(container, listIndex(document.rules, token, container.length));
}

export function addMember(document: PatchedDocument, tokens: readonly string[], value: JsonValue): void {
  const { container, token } = ownedPlace(document, tokens);
  if (!Array.isArray(container)) setOwn(container, token, value);
  else if (token === '-') container.push(value);
  else {
    // Counted from the end, -1 is the place behind the last element.
    const at = insertionIndex(document.rules, token, container.length);
    spend(document, container.length - at);
    container.splice(at, 0, value);
  }
}

/** The place must be there. */
export function replaceMember(document: PatchedDocument, tokens: readonly string[], value: JsonValue): void {
  const { container, token } = ownedPlace(document, tokens);
  if (Array.isArray(container)) container[listIndex(document.rules, token, container.length)] = value;
  else setOwn(container, token, value);
}

/** The place must be there. */
export function removeMember(document: PatchedDocument, tokens: readonly string[]): void {
  const { container, token } = ownedPlace(document, tokens);
  if (!Array.isArray(container)) {
    Reflect.deleteProperty(container, token);
    return;
  }
  const at = listIndex(document.rules, token, container.length);
  spend(document, container.length - at);
  container.splice(at, 1);
}

/** A copy that shares nothing with the document, and is paid for. */
export function copied(document: PatchedDocument, value: JsonValue): JsonValue {
  const copy = { bytes: 0 };
  const result = copyDeep(value, copy, 1);
  document.copiedBytes += copy.bytes;
  if (document.copiedBytes > COPIED_BYTES_MAX) {
    throw new PatchFault(
      'Unable to complete the copy, the accumulated size increase of copy is ' +
        `${document.copiedBytes}, exceeding the limit ${COPIED_BYTES_MAX}`,
    );
  }
  return result;
}

/** Equality of JSON values; integers are compared exactly, whether or not they fit a double. */
export function areEqual(document: PatchedDocument, a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (isJsonList(a)) return isJsonList(b) && areListsEqual(document, a, b);
  if (isJsonObject(a)) return isJsonObject(b) && areObjectsEqual(document, a, b);
  if (typeof a === 'bigint' && typeof b === 'number') return Number.isInteger(b) && BigInt(b) === a;
  if (typeof a === 'number' && typeof b === 'bigint') return areEqual(document, b, a);
  return a === b;
}

/** True if containers are nested deeper than any text that we read. */
export function isTooDeep(value: JsonValue | undefined, depth = 0): boolean {
  if (!isContainer(value)) return false;
  if (depth >= NESTING_DEPTH_MAX) return true;
  const members = isJsonList(value) ? value : Object.values(value);
  return members.some((member) => isTooDeep(member, depth + 1));
}

function areListsEqual(document: PatchedDocument, a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
  if (a.length !== b.length) return false;
  spend(document, a.length);
  return a.every((item, index) => areEqual(document, item, b[index]));
}

function areObjectsEqual(
  document: PatchedDocument,
  a: Readonly<Record<string, JsonValue | undefined>>,
  b: Readonly<Record<string, JsonValue | undefined>>,
): boolean {
  const keys = Object.keys(a);
  spend(document, keys.length);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && areEqual(document, a[key], b[key]))
  );
}

function spend(document: PatchedDocument, steps: number): void {
  document.steps += steps;
  if (document.steps > PATCH_STEPS_MAX) {
    throw new PatchFault(`the patch takes more than ${PATCH_STEPS_MAX} steps on this object`);
  }
}

function copyDeep(value: JsonValue | undefined, copy: { bytes: number }, depth: number): JsonValue {
  if (!isContainer(value)) {
    copy.bytes += typeof value === 'string' ? Buffer.byteLength(value) + 2 : String(value).length;
    return value ?? null;
  }
  if (depth > NESTING_DEPTH_MAX) throw new PatchFault(`the patch nests deeper than ${NESTING_DEPTH_MAX}`);
  copy.bytes += 2;
  if (isJsonList(value)) {
    copy.bytes += value.length;
    return value.map((item) => copyDeep(item, copy, depth + 1));
  }
  const result: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(value)) {
    copy.bytes += Buffer.byteLength(key) + 4;
    setOwn(result, key, copyDeep(item, copy, depth + 1));
  }
  return result;
}

/** The container of a place that is known to exist, copied with all above it if it is not ours yet. */
function ownedPlace(
  document: PatchedDocument,
  tokens: readonly string[],
): { readonly container: Container; readonly token: string } {
  let container = owned(document, document.root);
  document.root = container;
  for (const token of tokens.slice(0, -1)) {
    const child = owned(document, childOf(document, container, token));
    if (Array.isArray(container)) container[listIndex(document.rules, token, container.length)] = child;
    else setOwn(container, token, child);
    container = child;
  }
  return { container, token: tokens.at(-1) ?? '' };
}

function owned(document: PatchedDocument, value: JsonValue | undefined): Container {
  const known = document.owned.get(value);
  if (known !== undefined) return known;
  if (!isContainer(value)) throw new Error('a place without a container');
  const copy: Container = isJsonList(value) ? [...value] : { ...value };
  document.owned.set(copy, copy);
  return copy;
}

/** Where an index that is no index, or none of this list, ends the way. */
function childOf(document: PatchedDocument, container: JsonValue | undefined, token: string): JsonValue | undefined {
  if (!isContainer(container)) return undefined;
  if (!isJsonList(container)) return ownValue(container, token);
  try {
    return memberAt(document, { container, token });
  } catch (error) {
    if (error instanceof PatchFault) return undefined;
    throw error;
  }
}

function isContainer(
  value: JsonValue | undefined,
): value is Exclude<JsonValue, null | boolean | number | bigint | string> {
  return typeof value === 'object' && value !== null;
}

function elementAt(list: readonly JsonValue[], index: number): JsonValue {
  const element = list[index];
  if (element === undefined) throw new Error('an index outside of its list');
  return element;
}

/** An index of an element that the list has. */
function listIndex(rules: JsonPatchRules, token: string, length: number): number {
  const index = parseIndex(rules, token);
  const at = index < 0 ? index + length : index;
  if (at < 0 || at >= length)
    throw new PatchFault(`Unable to access invalid index: ${index}: invalid index referenced`);
  return at;
}

/** An index at which an element may be put in. */
function insertionIndex(rules: JsonPatchRules, token: string, length: number): number {
  try {
    return listIndex(rules, token, length + 1);
  } catch (error) {
    if (!(error instanceof PatchFault) || !error.message.startsWith('strconv.Atoi')) throw error;
    throw new PatchFault(`value was not a proper array index: '${token}': ${error.message}`);
  }
}

/** Kubernetes reads any integer, and counts negative ones from the end; RFC 6901 knows neither signs nor leading zeros. */
function parseIndex(rules: JsonPatchRules, token: string): number {
  const form = rules === 'kubernetes' ? /^[+-]?[0-9]+$/ : /^(0|[1-9][0-9]*)$/;
  if (!form.test(token)) throw new PatchFault(`strconv.Atoi: parsing ${goQuoted(token)}: invalid syntax`);
  const index = Number(token);
  // Go's int has 64 bits; what is between its end and 2^53 is beyond any list in either case.
  if (Math.abs(index) >= 2 ** 63) throw new PatchFault(`strconv.Atoi: parsing ${goQuoted(token)}: value out of range`);
  return index === 0 ? 0 : index;
}
