import { goJsonType } from './go-json.ts';
import { parsePointer } from './json-pointer.ts';
import type { JsonObject, JsonValue } from './object.ts';
import { isJsonList, isJsonObject } from './object.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import { ownValue } from './own-property.ts';
import type { JsonPatchRules, PatchedDocument, Place } from './patched-document.ts';
import {
  addMember,
  areEqual,
  copied,
  isTooDeep,
  memberAt,
  openDocument,
  PatchFault,
  placeAt,
  removeMember,
  replaceMember,
} from './patched-document.ts';
import { NESTING_DEPTH_MAX } from './strict-json.ts';

/** Upstream's bound on the operations of one patch. */
export const OPERATIONS_MAX = 10_000;

/** A well-formed list of operations; what each means is looked at when its turn comes, as upstream does. */
export type JsonPatch = readonly JsonObject[];

export type JsonPatchFailure =
  | { readonly type: 'malformed' | 'tooManyOperations'; readonly message: string }
  | {
      readonly type: 'notApplicable';
      readonly message: string;
      /** Which operation, counted from 0. */
      readonly operation: number;
    };

/** The messages are those of kube-apiserver. */
export function parseJsonPatch(value: JsonValue): Outcome<JsonPatch, JsonPatchFailure> {
  if (value === null) return succeeded([]);
  if (!isJsonList(value)) return failed(notOfType(value, 'jsonpatch.Patch'));
  const operations: JsonObject[] = [];
  for (const item of value) {
    if (item !== null && !isJsonObject(item)) return failed(notOfType(item, 'jsonpatch.Operation'));
    operations.push(item ?? {});
  }
  if (operations.length <= OPERATIONS_MAX) return succeeded(operations);
  const message = `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${operations.length}`;
  return failed({ type: 'tooManyOperations', message });
}

/**
 * Applies a JSON patch (RFC 6902): all operations or none. The document is never changed; what the patch does not touch
 * is shared with it. Inherited keys are never followed. With the rules of kube-apiserver, requests that it accepts
 * succeed here too: `replace` adds an absent member, `test` takes an absent member for null, and an index may be
 * negative or have leading zeros; on the other hand only `replace` and `test` know the root.
 */
export function applyJsonPatch(
  document: JsonValue,
  patch: JsonPatch,
  rules: JsonPatchRules = 'rfc6902',
): Outcome<JsonValue, JsonPatchFailure> {
  const patched = openDocument(document, rules);
  for (const [operation, item] of patch.entries()) {
    try {
      apply(patched, item);
    } catch (error) {
      if (!(error instanceof PatchFault)) throw error;
      return failed({ type: 'notApplicable', message: error.message, operation });
    }
  }
  if (!isTooDeep(patched.root)) return succeeded(patched.root);
  const message = `the patch nests deeper than ${NESTING_DEPTH_MAX}`;
  return failed({ type: 'notApplicable', message, operation: patch.length - 1 });
}

type Operation = (document: PatchedDocument, operation: JsonObject) => void;

const OPERATIONS: Readonly<Record<string, Operation>> = { add, remove, replace, move, copy, test };

function apply(document: PatchedDocument, operation: JsonObject): void {
  const name = textOf(operation, 'op') ?? 'unknown';
  const perform = ownValue(OPERATIONS, name);
  if (perform === undefined) throw new PatchFault(`Unexpected kind: ${name}`);
  perform(document, operation);
}

function add(document: PatchedDocument, operation: JsonObject): void {
  const path = pathOf(operation, 'add operation failed to decode path: missing value');
  const value = valueOf(operation, 'add');
  put(document, value, {
    path,
    missing: `add operation does not apply: doc is missing path: "${path}": missing value`,
    prefix: `error in add for path: '${path}'`,
  });
}

function remove(document: PatchedDocument, operation: JsonObject): void {
  const path = pathOf(operation, 'remove operation failed to decode path: missing value');
  const source = memberOf(
    document,
    path,
    `remove operation does not apply: doc is missing path: "${path}": missing value`,
  );
  takeOut(document, source, `error in remove for path: '${path}'`);
}

function replace(document: PatchedDocument, operation: JsonObject): void {
  const path = pathOf(operation, `replace operation failed to decode path: ${NO_PATH}`);
  const value = valueOf(operation, 'replace');
  if (path === '') {
    document.root = value;
    return;
  }
  const absent = `replace operation does not apply: doc is missing key: ${path}: missing value`;
  const target = memberOf(
    document,
    path,
    `replace operation does not apply: doc is missing path: ${path}: missing value`,
  );
  const current = explained(
    () => memberAt(document, target.place),
    () => absent,
  );
  if (current === undefined && document.rules === 'rfc6902') throw new PatchFault(absent);
  replaceMember(document, target.tokens, value);
}

function move(document: PatchedDocument, operation: JsonObject): void {
  const from = fromOf(operation, 'move');
  const source = memberOf(
    document,
    from,
    `move operation does not apply: doc is missing from path: ${from}: missing value`,
  );
  const value = takeOut(document, source, `error in move for path: '${source.place.token}'`);
  const path = pathOf(operation, `move operation failed to decode path: ${NO_PATH}`);
  put(document, value, {
    path,
    missing: `move operation does not apply: doc is missing destination path: ${path}: missing value`,
    prefix: `error in move for path: '${path}'`,
  });
}

function copy(document: PatchedDocument, operation: JsonObject): void {
  const from = fromOf(operation, 'copy');
  const value = valueToCopy(document, from);
  const path = pathOf(operation, 'copy operation failed to decode path: missing value');
  const missing = `copy operation does not apply: doc is missing destination path: ${path}: missing value`;
  assertPlace(document, path, missing);
  put(document, copied(document, value), { path, missing, prefix: 'error while adding value during copy' });
}

function test(document: PatchedDocument, operation: JsonObject): void {
  const path = pathOf(operation, `test operation failed to decode path: ${NO_PATH}`);
  const isLenient = document.rules === 'kubernetes';
  const expected = isLenient ? (ownValue(operation, 'value') ?? null) : valueOf(operation, 'test');
  const found = valueToTest(document, path);
  if (!areEqual(document, isLenient ? (found ?? null) : found, expected)) {
    throw new PatchFault(`testing value ${path} failed: test failed`);
  }
}

function valueToCopy(document: PatchedDocument, from: string): JsonValue {
  if (from === '' && document.rules === 'rfc6902') return document.root;
  const source = memberOf(
    document,
    from,
    `copy operation does not apply: doc is missing from path: ${from}: missing value`,
  );
  const prefix = `error in copy for from: '${from}'`;
  const value = explained(
    () => memberAt(document, source.place),
    (why) => `${prefix}: ${why}`,
  );
  if (value === undefined) throw new PatchFault(`${prefix}: missing value`);
  return value;
}

function valueToTest(document: PatchedDocument, path: string): JsonValue | undefined {
  if (path === '') return document.root;
  const { place } = memberOf(document, path, `test operation does not apply: is missing path: ${path}: missing value`);
  return explained(
    () => memberAt(document, place),
    (why) => `error in test for path: '${path}': ${why}`,
  );
}

interface Destination {
  readonly path: string;
  /** What is said when there is no such place. */
  readonly missing: string;
  /** What comes in front of the fault of an index. */
  readonly prefix: string;
}

function put(document: PatchedDocument, value: JsonValue, { path, missing, prefix }: Destination): void {
  if (path === '' && document.rules === 'rfc6902') {
    document.root = value;
    return;
  }
  const { tokens } = memberOf(document, path, missing);
  explained(
    () => addMember(document, tokens, value),
    (why) => `${prefix}: ${why}`,
  );
}

function takeOut(document: PatchedDocument, { place, tokens }: Member, prefix: string): JsonValue {
  const value = explained(
    () => memberAt(document, place),
    (why) => `${prefix}: ${why}`,
  );
  if (value === undefined) {
    throw new PatchFault(`${prefix}: Unable to remove nonexistent key: ${place.token}: missing value`);
  }
  removeMember(document, tokens);
  return value;
}

interface Member {
  readonly tokens: readonly string[];
  readonly place: Place;
}

function memberOf(document: PatchedDocument, pointer: string, missing: string): Member {
  const tokens = parsePointer(pointer);
  const place = tokens === undefined ? undefined : placeAt(document, tokens);
  if (tokens === undefined || place === undefined) throw new PatchFault(missing);
  return { tokens, place };
}

function assertPlace(document: PatchedDocument, path: string, missing: string): void {
  if (path !== '' || document.rules === 'kubernetes') memberOf(document, path, missing);
}

/** What `attempt` gives; the message of its fault becomes what `explain` makes of it. */
function explained<T>(attempt: () => T, explain: (why: string) => string): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof PatchFault) throw new PatchFault(explain(error.message));
    throw error;
  }
}

const NO_PATH = 'operation missing path field: missing value';

function pathOf(operation: JsonObject, missing: string): string {
  return textOr(operation, 'path', missing);
}

function fromOf(operation: JsonObject, name: string): string {
  return textOr(
    operation,
    'from',
    `${name} operation failed to decode from: operation, missing from field: missing value`,
  );
}

function textOr(operation: JsonObject, field: string, missing: string): string {
  const text = textOf(operation, field);
  if (text === undefined) throw new PatchFault(missing);
  return text;
}

function textOf(operation: JsonObject, field: string): string | undefined {
  const value = ownValue(operation, field);
  return typeof value === 'string' ? value : undefined;
}

function valueOf(operation: JsonObject, name: string): JsonValue {
  const value = ownValue(operation, 'value');
  if (value === undefined) throw new PatchFault(`${name} operation, missing value field: missing value`);
  return value;
}

function notOfType(value: JsonValue, type: string): JsonPatchFailure {
  return { type: 'malformed', message: `json: cannot unmarshal ${goJsonType(value)} into Go value of type ${type}` };
}
