import type { FieldCause } from '../../src/kube/api-errors.ts';
import { badRequest, fieldInvalid, fieldRequired, invalid } from '../../src/kube/api-errors.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonObject, textAt } from '../../src/kube/object.ts';
import type { ExpectedType } from './decode-object.ts';
import { groupVersion } from './decode-object.ts';

/** Fields of metadata that only the server sets; what a create brings of them is dropped. */
const SYSTEM_FIELDS: ReadonlySet<string> = new Set([
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
]);

/** The object in the namespace of the path. Throws 400 when it names another one. */
export function inNamespace(object: JsonObject, namespace: string): JsonObject {
  const given = textAt(object, 'metadata', 'namespace') ?? '';
  if (given === namespace) return object;
  if (given !== '' && namespace !== '') {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return withMetadataFields(object, { namespace });
}

/** Throws 400 unless the object has the name of the path. */
export function assertNamed(object: JsonObject, name: string): void {
  const given = textAt(object, 'metadata', 'name') ?? '';
  if (given === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (given === name) return;
  throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

/**
 * A server-side apply may leave name and namespace out. Throws 400 when it names others than the path, and gives the
 * object with both.
 */
export function inPlaceOfPath(object: JsonObject, name: string, namespace: string): JsonObject {
  const placed = inNamespace(object, namespace);
  const named = (textAt(placed, 'metadata', 'name') ?? '') === '' ? withMetadataFields(placed, { name }) : placed;
  assertNamed(named, name);
  return named;
}

/** An object that is to be created, without what only the server sets. Throws 422 when it has no name and no kind. */
export function newObject(object: JsonObject, expected: ExpectedType): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const own = Object.fromEntries(Object.entries(metadata).filter(([field]) => !SYSTEM_FIELDS.has(field)));
  const created = { ...object, metadata: own };
  const isNamed = [own['name'], own['generateName']].some((name) => typeof name === 'string' && name !== '');
  const name = isNamed ? [] : [fieldRequired('metadata.name', 'name or generateName is required')];
  refuse(created, [...name, ...typeFaults(created, expected)], expected);
  return created;
}

/** Throws 422 unless the object is of the type that its path serves. */
export function assertTyped(object: JsonObject, expected: ExpectedType): void {
  refuse(object, typeFaults(object, expected), expected);
}

/** Upstream finds a wrong type only when it validates, so that it is named like any other field. */
function typeFaults(object: JsonObject, expected: ExpectedType): readonly FieldCause[] {
  const { kind, apiVersion } = object;
  const wanted = groupVersion(expected);
  return [
    ...(kind === expected.kind ? [] : [fieldInvalid('kind', kind, `must be ${expected.kind}`)]),
    ...(apiVersion === wanted ? [] : [fieldInvalid('apiVersion', apiVersion, `must be ${wanted}`)]),
  ];
}

function refuse(object: JsonObject, causes: readonly FieldCause[], expected: ExpectedType): void {
  if (causes.length === 0) return;
  const [group = ''] = (textAt(object, 'apiVersion') ?? groupVersion(expected)).split('/', 1);
  const kind = textAt(object, 'kind') ?? expected.kind;
  throw invalid({ group, kind }, textAt(object, 'metadata', 'name') ?? '', causes);
}

function withMetadataFields(object: JsonObject, fields: JsonObject): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, ...fields } };
}
