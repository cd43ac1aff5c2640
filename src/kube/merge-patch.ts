import type { JsonObject, JsonValue } from './object.ts';
import { isJsonList, isJsonObject } from './object.ts';
import { ownValue, setOwn } from './own-property.ts';

/**
 * JSON merge patch (RFC 7396): null removes, objects are merged, everything else is replaced. Where the RFC is silent it
 * does what kube-apiserver does: objects inside a new list lose their null members, null elements of lists stay.
 * Neither argument is changed; what the patch does not touch is shared with the document.
 */
export function mergePatch(document: unknown, patch: JsonObject): JsonObject {
  const merged: Record<string, JsonValue | undefined> = isJsonObject(document) ? { ...document } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === undefined) continue;
    if (change === null) Reflect.deleteProperty(merged, key);
    else setOwn(merged, key, mergedValue(ownValue(merged, key), change));
  }
  return merged;
}

function mergedValue(current: JsonValue | undefined, change: JsonValue): JsonValue {
  if (isJsonObject(change)) return mergePatch(current, change);
  // A list in the place of an object is taken as it is: kube-apiserver looks for nulls only where it did not merge.
  return isJsonObject(current) ? change : withoutNullMembers(change);
}

function withoutNullMembers(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return mergePatch(undefined, value);
  return isJsonList(value) ? value.map(withoutNullMembers) : value;
}
