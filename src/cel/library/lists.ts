import { celFunc, type CelFunc, type CelList, celList, celMethod, CelScalar, isCelList, listType } from '@bufbuild/cel';
import type { CelValue } from '@bufbuild/cel';
import { MADE_LIST_ITEMS_MAX } from '../limits.ts';
import { compareValues, sameValue } from './values.ts';

const { BOOL, DYN, INT } = CelScalar;
const LIST = listType(DYN);

/** The list library of Kubernetes, and what cel-go's second one has without optionals and macros. */
export const LISTS: readonly CelFunc[] = [
  celMethod('isSorted', LIST, [], BOOL, function () {
    const items = [...this];
    return items.every((item, index) => index === 0 || compareValues(items[index - 1] ?? null, item) <= 0);
  }),
  celMethod('sum', LIST, [], DYN, function () {
    return sum([...this]);
  }),
  celMethod('min', LIST, [], DYN, function () {
    return extreme(this, 'min', -1);
  }),
  celMethod('max', LIST, [], DYN, function () {
    return extreme(this, 'max', 1);
  }),
  celMethod('indexOf', LIST, [DYN], INT, function (wanted) {
    return BigInt([...this].findIndex((item) => sameValue(item, wanted)));
  }),
  celMethod('lastIndexOf', LIST, [DYN], INT, function (wanted) {
    return BigInt([...this].findLastIndex((item) => sameValue(item, wanted)));
  }),
  celMethod('distinct', LIST, [], LIST, function () {
    const kept: CelValue[] = [];
    for (const item of this) if (!kept.some((other) => sameValue(other, item))) kept.push(item);
    return celList(kept);
  }),
  celMethod('reverse', LIST, [], LIST, function () {
    return celList([...this].reverse());
  }),
  celMethod('sort', LIST, [], LIST, function () {
    return celList([...this].sort(compareValues));
  }),
  celMethod('slice', LIST, [INT, INT], LIST, function (start, end) {
    return slice(this, start, end);
  }),
  celMethod('flatten', LIST, [], LIST, function () {
    return celList(flatten(this, 1n));
  }),
  celMethod('flatten', LIST, [INT], LIST, function (depth) {
    if (depth < 0n) throw new Error('level must be non-negative');
    return celList(flatten(this, depth));
  }),
  celFunc('lists.range', [INT], LIST, (size) => {
    if (size > BigInt(MADE_LIST_ITEMS_MAX)) throw new Error(`a list of more than ${String(MADE_LIST_ITEMS_MAX)} items`);
    return celList(Array.from({ length: Math.max(0, Number(size)) }, (_, index) => BigInt(index)));
  }),
];

/** An empty list has the sum 0, of whatever type. */
function sum(items: readonly CelValue[]): CelValue {
  const [first = 0n, ...others] = items;
  let total: CelValue = first;
  if (!isAddable(total)) throw new Error('no such overload');
  for (const item of others) total = plus(total, item);
  return total;
}

function isAddable(value: CelValue): boolean {
  return typeof value === 'bigint' || typeof value === 'number';
}

function plus(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a !== 'bigint' || typeof b !== 'bigint') throw new Error('no such overload');
  const total = a + b;
  if (BigInt.asIntN(64, total) !== total) throw new Error('integer overflow');
  return total;
}

function extreme(list: CelList, name: string, sign: -1 | 1): CelValue {
  const [first, ...others] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return others.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best), first);
}

function slice(list: CelList, start: bigint, end: bigint): CelList {
  if (start < 0n || end < 0n) throw new Error('cannot slice: negative indexes not supported');
  if (start > end) throw new Error('cannot slice: start index must be less than or equal to end index');
  if (BigInt(list.size) < end) throw new Error('cannot slice: list is too short');
  return celList([...list].slice(Number(start), Number(end)));
}

function flatten(list: CelList, depth: bigint): readonly CelValue[] {
  const items: CelValue[] = [];
  for (const item of list) {
    if (isCelList(item) && depth > 0n) items.push(...flatten(item, depth - 1n));
    else items.push(item);
  }
  return items;
}
