import { badRequest } from '../../src/kube/api-errors.ts';
import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import { NO_DOUBLE, parseYamlBody, readTypedBody } from './body-value.ts';
import { goJsonType } from '../../src/kube/go-json.ts';
import { metadataFault, withoutNulls } from './object-meta.ts';

/** What the path of a request says about the object in its body. */
export interface ExpectedType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** An object that was sent, and what a strict reader would find wrong with it. */
export interface DecodedObject {
  readonly object: JsonObject;
  /** Keys that are given twice, each as kube-apiserver words it; see field-validation.ts. */
  readonly strictFaults: readonly string[];
}

/** How much of a body an error shows, as upstream. */
const SUMMARY_BYTES_MAX = 30;
/** Upstream quotes a whole body that tells no kind; this much of it is enough. */
const QUOTED_BYTES_MAX = 4096;

/**
 * The object in the body of a create or update: JSON or YAML, of the right version, with metadata of the right types.
 * Throws the 400 or 415 of kube-apiserver. A wrong kind is no such fault (see `typeFaults`).
 */
export function decodeObject(body: Buffer, contentType: string | undefined, expected: ExpectedType): DecodedObject {
  const typed = readTypedBody(body, contentType);
  if (!typed.ok)
    throw typed.error.startsWith(NO_DOUBLE)
      ? unhandled(expected, expected, typed.error)
      : unrecognized(expected, typed.error, body);
  const { value, group, version, kind, strictFaults } = typed.value;
  if (!isJsonObject(value) || kind === '') {
    throw unrecognized(expected, `Object 'Kind' is missing in '${quotedPart(body)}'`, body);
  }
  const fault = metadataFault(value['metadata']);
  if (fault !== undefined) throw unhandled({ kind, version }, expected, fault);
  if (group !== expected.group || version !== expected.version) {
    const [found, wanted] = [groupVersion({ group, version }), groupVersion(expected)];
    throw badRequest(`the API version in the data (${found}) does not match the expected API version (${wanted})`);
  }
  return { object: withMetadata(value), strictFaults };
}

/**
 * The object in the body of a server-side apply, which is YAML or JSON. It must be of the expected type and must not
 * bring managedFields; everything else is for the one who applies it to judge. Throws the 400 of kube-apiserver.
 */
export function decodeApplied(body: Buffer, expected: ExpectedType): DecodedObject {
  const { object, strictFaults } = readApplied(body);
  const { apiVersion, kind, metadata } = object;
  if (apiVersion !== groupVersion(expected) || kind !== expected.kind) {
    throw badRequest(`invalid object type: ${shownType(apiVersion)}, Kind=${typeof kind === 'string' ? kind : ''}`);
  }
  if (isJsonObject(metadata) && (metadata['managedFields'] ?? null) !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  return { object, strictFaults };
}

function readApplied(body: Buffer): DecodedObject {
  const parsed = parseYamlBody(body);
  if (!parsed.ok) throw badRequest(`error decoding YAML: error converting YAML to JSON: ${parsed.error}`);
  const { value, strictFaults } = parsed.value;
  if (value === null) return { object: {}, strictFaults };
  if (isJsonObject(value)) return { object: value, strictFaults };
  const text = `json: cannot unmarshal ${goJsonType(value)} into Go value of type map[string]interface {}`;
  throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${text}`);
}

/** `things.example.com/v1`, or `v1` in the core group. */
export function groupVersion({ group, version }: Pick<ExpectedType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The 400 of a body of which not even the kind can be read. */
export function unrecognized({ kind }: Pick<ExpectedType, 'kind'>, why: string, body: Buffer): Error {
  const text = `the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`;
  return badRequest(text);
}

/** The 400 of a body that says what it is, but is not. */
export function unhandled(found: Pick<ExpectedType, 'kind' | 'version'>, expected: ExpectedType, why: string): Error {
  return badRequest(`${found.kind} in version "${found.version}" cannot be handled as a ${expected.kind}: ${why}`);
}

/** Metadata is there afterwards, and has no nulls. */
export function withMetadata(object: JsonObject): JsonObject {
  return { ...object, metadata: withoutNulls(object['metadata']) };
}

/** Go prints the empty type as a slash. */
function shownType(apiVersion: JsonValue | undefined): string {
  if (typeof apiVersion !== 'string' || apiVersion === '') return '/';
  return apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
}

function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const start = body.subarray(0, SUMMARY_BYTES_MAX);
  const text = start.toString('utf8').startsWith('{') ? start.toString('utf8') : start.toString('hex');
  return body.length > SUMMARY_BYTES_MAX ? `${text} ...` : text;
}

function quotedPart(body: Buffer): string {
  const text = body.subarray(0, QUOTED_BYTES_MAX).toString('utf8');
  return body.length > QUOTED_BYTES_MAX ? `${text} ...` : text;
}
