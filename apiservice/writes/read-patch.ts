import { badRequest, patchNotApplicable, requestTooLarge, unsupportedMediaType } from '../../src/kube/api-errors.ts';
import { goJsonType } from '../../src/kube/go-json.ts';
import { goQuoted } from '../../src/kube/go-quote.ts';
import type { JsonPatch } from '../../src/kube/json-patch.ts';
import { applyJsonPatch, parseJsonPatch } from '../../src/kube/json-patch.ts';
import { mergePatch } from '../../src/kube/merge-patch.ts';
import type { JsonValue } from '../../src/kube/object.ts';
import { isJsonList, isJsonObject } from '../../src/kube/object.ts';
import type { StrictJson } from '../../src/kube/strict-json.ts';
import { parseStrictJson, STRICT_FAULTS_MAX } from '../../src/kube/strict-json.ts';
import { duplicateField } from './body-value.ts';
import type { GoStruct } from './go-struct.ts';
import { structFault, TEXT } from './go-struct.ts';
import type { FieldValidation } from './write-options.ts';

const PATCH_TYPES = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/apply-patch+yaml': 'apply',
} as const;

export type PatchType = (typeof PATCH_TYPES)[keyof typeof PATCH_TYPES];

/** A patch that is worked out here, on an object as the client sees it. */
export interface Patch {
  readonly type: 'json' | 'merge';
  /** What a strict reader finds wrong with the patch itself, each as kube-apiserver words it. */
  readonly strictFaults: readonly string[];
  /** What the patch makes of an object; throws 422. The result may be anything: see `checkPatched`. */
  readonly apply: (document: Readonly<Record<string, unknown>>) => JsonValue;
}

/** Which patch a media type means. Throws the 415 of a custom resource, which has no strategic merge. */
export function patchTypeOf(contentType: string | undefined): PatchType {
  const [type = ''] = (contentType ?? '').split(';', 1);
  const found = Object.entries(PATCH_TYPES).find(([name]) => name === type);
  if (found === undefined) throw unsupportedMediaType(Object.keys(PATCH_TYPES));
  return found[1];
}

/** Reads a JSON patch or a merge patch. Throws the 400 or 413 of kube-apiserver, whose words depend on the validation. */
export function readPatch(type: Patch['type'], body: Buffer, validation: FieldValidation): Patch {
  const parsed = parseStrictJson(body.toString('utf8'));
  const isStrict = validation !== 'Ignore';
  if (type === 'json') {
    if (!parsed.ok) throw badRequest(isStrict ? `${UNDECODABLE}${parsed.error}` : parsed.error);
    return readJsonPatch(parsed.value, isStrict);
  }
  if (!parsed.ok) throw badRequest(isStrict ? `${UNDECODABLE}${parsed.error}` : NO_PATCH);
  return readMergePatch(parsed.value, isStrict);
}

const UNDECODABLE = 'error decoding patch: ';
const NO_PATCH = 'Invalid JSON Patch';

/** One operation, as upstream reads it to find what is not known or doubled. */
const OPERATION: GoStruct = {
  type: 'struct',
  go: 'handlers.jsonPatchOp',
  name: 'jsonPatchOp',
  fields: { op: TEXT, path: TEXT, from: TEXT, value: { type: 'any' } },
};

function readJsonPatch({ value, duplicates }: StrictJson, isStrict: boolean): Patch {
  if (isStrict) refuseUndecodable(value);
  const parsed = parseJsonPatch(value);
  if (!parsed.ok) {
    const { type, message } = parsed.error;
    throw type === 'tooManyOperations' ? requestTooLarge(message) : badRequest(message);
  }
  const operations = parsed.value;
  return {
    type: 'json',
    strictFaults: isStrict ? jsonPatchFaults(operations, duplicates) : [],
    apply: (document) => applied(document, operations),
  };
}

function refuseUndecodable(value: JsonValue): void {
  if (value !== null && !isJsonList(value)) {
    const text = `json: cannot unmarshal ${goJsonType(value)} into Go value of type []handlers.jsonPatchOp`;
    throw badRequest(`${UNDECODABLE}${text}`);
  }
  for (const operation of value ?? []) {
    const fault = structFault(operation, OPERATION, false);
    if (fault !== undefined) throw badRequest(`${UNDECODABLE}${fault}`);
  }
}

/** Doubled keys, then unknown ones, each with the place in the patch. */
function jsonPatchFaults(operations: JsonPatch, duplicates: readonly string[]): readonly string[] {
  const unknown = operations.flatMap((operation, index) =>
    Object.keys(operation)
      .filter((key) => !Object.hasOwn(OPERATION.fields, key))
      .map((key) => `unknown field ${goQuoted(`[${index}].${key}`)}`),
  );
  const faults = [...duplicates.map(duplicateField), ...unknown].slice(0, STRICT_FAULTS_MAX);
  return faults.map((fault) => `json patch ${fault}`);
}

function applied(document: unknown, operations: JsonPatch): JsonValue {
  if (!isJsonObject(document)) throw new Error('only an object can be patched');
  const result = applyJsonPatch(document, operations, 'kubernetes');
  if (result.ok) return result.value;
  const { error } = result;
  throw patchNotApplicable(
    error.type === 'notApplicable' ? `operation ${error.operation}: ${error.message}` : error.message,
  );
}

function readMergePatch({ value, duplicates }: StrictJson, isStrict: boolean): Patch {
  if (!isJsonObject(value)) {
    if (!isStrict || value === null) throw badRequest(NO_PATCH);
    const text = `json: cannot unmarshal ${goJsonType(value)} into Go value of type map[string]interface {}`;
    throw badRequest(`${UNDECODABLE}${text}`);
  }
  return {
    type: 'merge',
    strictFaults: isStrict ? duplicates.map(duplicateField) : [],
    apply: (document) => mergePatch(document, value),
  };
}
