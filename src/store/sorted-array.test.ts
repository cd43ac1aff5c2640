import { describe, expect, it } from 'vitest';
import { lowerBound } from './sorted-array.ts';

describe('lowerBound', () => {
  it('finds the first element that is not before, from the given index on', () => {
    const isBelow =
      (limit: number) =>
      (item: number): boolean =>
        item < limit;
    expect([0, 1, 2, 3, 4].map((limit) => lowerBound([1, 3], 0, isBelow(limit)))).toEqual([0, 0, 1, 1, 2]);
    expect(lowerBound([1, 3], 1, isBelow(0))).toBe(1);
    expect(lowerBound([], 0, isBelow(1))).toBe(0);
  });
});
