import { stringifyJson } from '../kube/json.ts';
import type { JsonValue } from '../kube/object.ts';
import { compareText, isJsonObject } from '../kube/object.ts';

/** JSON with sorted keys and without spaces: equal values give equal texts. */
export function canonicalJson(value: JsonValue): string {
  return stringifyJson(sorted(value));
}

/** The fields that are there; a null field counts as absent, as kube-apiserver prunes it. */
export function presentEntries(object: Readonly<Record<string, unknown>>): [key: string, value: JsonValue][] {
  return Object.entries(object).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined && entry[1] !== null,
  );
}

function sorted(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [[key, sorted(item)] as const],
  );
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareText(a, b)));
}

export function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}
