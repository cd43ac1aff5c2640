import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepEqual } from './deep-equal.ts';

describe('deepEqual', () => {
  it('ignores the order of keys but not of lists', () => {
    expect(deepEqual({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(deepEqual({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  });

  it('tells apart what only looks alike', () => {
    expect(deepEqual({ a: undefined }, { b: undefined })).toBe(false);
    expect(deepEqual([], {})).toBe(false);
    expect(deepEqual({}, [])).toBe(false);
    expect(deepEqual({}, null)).toBe(false);
    expect(deepEqual(1, '1')).toBe(false);
    expect(deepEqual([1], [1, 2])).toBe(false);
    expect(deepEqual({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  });

  it('compares integers beyond 2^53 exactly', () => {
    expect(deepEqual({ a: 9007199254740993n }, { a: 9007199254740993n })).toBe(true);
    expect(deepEqual({ a: 9007199254740993n }, { a: 9007199254740992n })).toBe(false);
  });

  it('agrees with node:util on every pair of JSON values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [x, y] = JSON.parse(JSON.stringify([a, b])) as unknown[];
        expect(deepEqual(x, y)).toBe(isDeepStrictEqual(x, y));
        expect(deepEqual(x, JSON.parse(JSON.stringify(x)))).toBe(true);
      }),
    );
  });
});
