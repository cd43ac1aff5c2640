import { compareKeys, keyString } from '../kube/object.ts';
import type { LabelIndex } from './label-index.ts';
import { createLabelIndex } from './label-index.ts';
import type { Replacement } from './sorted-array.ts';
import { replaceSorted } from './sorted-array.ts';
import type { StoredObject, StoreEvent } from './types.ts';

/** The objects of one resource in key order. The arrays it hands out are never changed afterwards. */
export interface SortedObjects {
  apply(event: StoreEvent): void;
  all(): readonly StoredObject[];
  /** Those of `all()` that have this value of a label, in key order. */
  withLabel: LabelIndex['find'];
}

/** Up to this many changes an unread resource costs no copying at all; sorting so many takes about a millisecond. */
const UNFOLDED_MAX = 2048;

/**
 * Keeps the last sorted array and the changes since. Only a reader pays for folding them in, once per state that is
 * really read; without readers the array is folded now and then, so that memory stays bounded and no reader ever waits
 * for long.
 */
export function createSortedObjects(entries: Iterable<StoredObject>): SortedObjects {
  let items: readonly StoredObject[] = [...entries].sort((a, b) => compareKeys(a.key, b.key));
  let changes = new Map<string, Replacement>();
  const labels = createLabelIndex(() => items);

  const fold = (): readonly StoredObject[] => {
    if (changes.size > 0) {
      labels.replace(changes);
      items = replaceSorted(items, changes);
      changes = new Map();
    }
    return items;
  };

  return {
    apply: ({ type, current }) => {
      const stored = type === 'DELETED' ? undefined : current;
      changes.set(keyString(current.key), { key: current.key, stored });
      if (changes.size > UNFOLDED_MAX) fold();
    },
    all: fold,
    withLabel: (label, value) => {
      fold();
      return labels.find(label, value);
    },
  };
}
