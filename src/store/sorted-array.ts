import type { ObjectKey } from '../kube/object.ts';
import { compareKeys, compareText } from '../kube/object.ts';
import type { StoredObject } from './types.ts';

/** What stands at a key instead of what a list shows there; `stored` undefined means nothing. */
export interface Replacement {
  readonly key: ObjectKey;
  readonly stored: StoredObject | undefined;
}

export type Replacements = ReadonlyMap<string, Replacement>;

/** A new sorted array with the replacements in place; the very same array if there are none. O(n + k log n). */
export function replaceSorted(items: readonly StoredObject[], replacements: Replacements): readonly StoredObject[] {
  if (replacements.size === 0) return items;
  const sorted = [...replacements.values()].sort((a, b) => compareKeys(a.key, b.key));
  const result: StoredObject[] = [];
  let from = 0;
  for (const { key, stored } of sorted) {
    const at = lowerBound(items, from, (item) => compareKeys(item.key, key) < 0);
    append(result, items.slice(from, at));
    if (stored !== undefined) result.push(stored);
    const found = items[at];
    from = found !== undefined && compareKeys(found.key, key) === 0 ? at + 1 : at;
  }
  append(result, items.slice(from));
  return result;
}

/** The part of a sorted array that lies in `namespace`; '' means everything. */
export function inNamespace(items: readonly StoredObject[], namespace: string): readonly StoredObject[] {
  if (namespace === '') return items;
  const from = lowerBound(items, 0, (item) => compareText(item.key.namespace, namespace) < 0);
  const to = lowerBound(items, from, (item) => item.key.namespace === namespace);
  return items.slice(from, to);
}

/** The first index at or after `from` whose element is not before the wanted place. */
export function lowerBound<T>(items: readonly T[], from: number, isBefore: (item: T) => boolean): number {
  let low = from;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && isBefore(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function append(target: StoredObject[], items: readonly StoredObject[]): void {
  for (const item of items) target.push(item);
}
