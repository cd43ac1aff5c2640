import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import { typeFault } from './body-value.ts';
import { withMetadata } from './decode-object.ts';
import type { ObjectPath } from './decode-request.ts';
import { patchedFault } from './field-validation.ts';
import { goJson } from '../../src/kube/go-json.ts';
import { metadataFault } from './object-meta.ts';
import { assertNamed, assertTyped, inNamespace } from './object-address.ts';

/**
 * What a patch made of an object, if it still is one: of the same type, with metadata of the right types, at the same
 * address. Throws the 422 or 400 of kube-apiserver.
 */
export function checkPatched(patched: JsonValue, path: ObjectPath): JsonObject {
  const fault = patchedTypeFault(patched);
  if (fault !== undefined || !isJsonObject(patched)) throw patchedFault(patched, fault ?? '');
  const wrong = metadataFault(patched['metadata']);
  if (wrong !== undefined) throw patchedFault(patched, wrong);
  const placed = inNamespace(withMetadata(patched), path.namespace);
  assertNamed(placed, path.name);
  assertTyped(placed, path);
  return placed;
}

function patchedTypeFault(patched: JsonValue): string | undefined {
  const fault = typeFault(patched);
  if (fault !== undefined) return fault;
  const missing = ['kind', 'apiVersion'].find((field) => !isJsonObject(patched) || (patched[field] ?? '') === '');
  if (missing === undefined) return undefined;
  return `Object '${missing === 'kind' ? 'Kind' : missing}' is missing in '${goJson(patched)}'`;
}
