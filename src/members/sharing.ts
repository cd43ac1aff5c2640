import { stringifyJson } from '../kube/json.ts';
import type { JsonObject } from '../kube/object.ts';

/**
 * Equal parts of many objects kept once: most Services of a cluster have one of few specs, and names of namespaces come
 * back thousands of times.
 */
export interface Sharing {
  readonly text: (text: string) => string;
  readonly object: (object: JsonObject) => JsonObject;
}

/** Beyond this many entries the table starts anew: what is in use stays in use, only later equals are not found. */
const SHARED_ENTRIES_MAX = 100_000;

/** Larger objects are rarely equal to another, and would make the table large. */
const SHARED_CHARS_MAX = 2_000;

export function createSharing(): Sharing {
  const texts = new Map<string, string>();
  const objects = new Map<string, JsonObject>();
  return {
    text: (text) => kept(texts, text, text),
    object: (object) => {
      const identity = stringifyJson(object);
      return identity.length > SHARED_CHARS_MAX ? object : kept(objects, identity, object);
    },
  };
}

function kept<T>(table: Map<string, T>, identity: string, value: T): T {
  const known = table.get(identity);
  if (known !== undefined) return known;
  if (table.size >= SHARED_ENTRIES_MAX) table.clear();
  table.set(identity, value);
  return value;
}
