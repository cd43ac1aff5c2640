import { celFunc, type CelFunc, type CelList, CelScalar, listType } from '@bufbuild/cel';
import { sameValue } from './values.ts';

const { BOOL, DYN } = CelScalar;
const LIST = listType(DYN);

/** The sets library of cel-go. */
export const SETS: readonly CelFunc[] = [
  celFunc('sets.contains', [LIST, LIST], BOOL, contains),
  celFunc('sets.equivalent', [LIST, LIST], BOOL, (a, b) => contains(a, b) && contains(b, a)),
  celFunc('sets.intersects', [LIST, LIST], BOOL, (a, b) => {
    const items = [...a];
    return [...b].some((item) => items.some((other) => sameValue(other, item)));
  }),
];

function contains(list: CelList, sublist: CelList): boolean {
  const items = [...list];
  return [...sublist].every((item) => items.some((other) => sameValue(other, item)));
}
