import type { CelList, CelValue } from '@bufbuild/cel';
import { customList } from './custom-values.ts';
import { MADE_LIST_ITEMS_MAX } from './limits.ts';

/** Items of lists that grew by `+`, and how many of them the list has: one array serves a whole chain of sums. */
const grown = new WeakMap<CelList, CelValue[]>();

/** `left + right`, in time of `right` where `left` is itself the newest of such sums, as it is in map() and filter(). */
export function joinLists(left: CelList, right: CelList): CelList {
  if (left.size + right.size > MADE_LIST_ITEMS_MAX) {
    throw new Error(`a list of more than ${String(MADE_LIST_ITEMS_MAX)} items`);
  }
  const shared = grown.get(left);
  const items = shared?.length === left.size ? shared : [...left];
  for (const item of right) items.push(item);
  const sum = customList(items.length, (index) => items[index]);
  grown.set(sum, items);
  return sum;
}
