import { compareKeys } from '../kube/object.ts';
import type { Replacement, Replacements } from './sorted-array.ts';
import { lowerBound, replaceSorted } from './sorted-array.ts';
import type { StoredObject } from './types.ts';

/** Label keys of one resource that are indexed; the one asked for least recently makes room for the next. */
export const INDEXED_LABELS_MAX = 4;

/** Finds the objects of a resource by a label without looking at the others. */
export interface LabelIndex {
  /** In key order. The first question about a label walks all objects. */
  find(label: string, value: string): readonly StoredObject[];
  /** To be told before the objects are replaced. Makes anew what the replaced objects are in, and nothing else. */
  replace(replacements: Replacements): void;
}

/** The objects with each value of a label, in key order. */
type ByValue = Map<string, readonly StoredObject[]>;

/** `items` gives the objects in key order, as they are now. */
export function createLabelIndex(items: () => readonly StoredObject[]): LabelIndex {
  /** By label; the last is the one that was asked for last. */
  const labels = new Map<string, ByValue>();
  return {
    find: (label, value) => {
      const byValue = labels.get(label) ?? indexBy(items(), label);
      labels.delete(label);
      labels.set(label, byValue);
      const [oldest] = labels.keys();
      if (labels.size > INDEXED_LABELS_MAX && oldest !== undefined) labels.delete(oldest);
      return byValue.get(value) ?? [];
    },
    replace: (replacements) => {
      if (labels.size === 0) return;
      const changes = [...replacements].map(([place, next]) => ({ place, next, before: objectAt(items(), next.key) }));
      for (const [label, byValue] of labels) replaceIn(byValue, label, changes);
    },
  };
}

function indexBy(items: readonly StoredObject[], label: string): ByValue {
  const byValue = new Map<string, StoredObject[]>();
  for (const item of items) {
    const value = valueOf(item, label);
    if (value === undefined) continue;
    const known = byValue.get(value);
    if (known === undefined) byValue.set(value, [item]);
    else known.push(item);
  }
  return byValue;
}

interface Change {
  /** Key of the object as text. */
  readonly place: string;
  readonly before: StoredObject | undefined;
  readonly next: Replacement;
}

function replaceIn(byValue: ByValue, label: string, changes: readonly Change[]): void {
  const replaced = new Map<string, Map<string, Replacement>>();
  const note = (value: string | undefined, place: string, replacement: Replacement): void => {
    if (value === undefined) return;
    const known = replaced.get(value) ?? new Map<string, Replacement>();
    replaced.set(value, known.set(place, replacement));
  };
  for (const { place, before, next } of changes) {
    note(valueOf(before, label), place, { key: next.key, stored: undefined });
    // An object that keeps its value is put in the place of what it was.
    note(valueOf(next.stored, label), place, next);
  }
  for (const [value, replacements] of replaced) {
    const objects = replaceSorted(byValue.get(value) ?? [], replacements);
    if (objects.length > 0) byValue.set(value, objects);
    else byValue.delete(value);
  }
}

function objectAt(items: readonly StoredObject[], key: Replacement['key']): StoredObject | undefined {
  const found = items[lowerBound(items, 0, (item) => compareKeys(item.key, key) < 0)];
  return found !== undefined && compareKeys(found.key, key) === 0 ? found : undefined;
}

function valueOf(stored: StoredObject | undefined, label: string): string | undefined {
  const labels = stored?.object.metadata.labels;
  return labels !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
}
