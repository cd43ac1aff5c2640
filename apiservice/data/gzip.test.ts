import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createByteBudget } from './byte-budget.ts';
import { acceptsGzip, compress } from './gzip.ts';

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['GZIP', true],
  ['deflate, gzip', true],
  ['gzip;q=0.1', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000', false],
  ['*', false],
  ['xgzip', false],
])('Accept-Encoding %j takes gzip: %j', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});

test('compressed pieces are the compressed whole', async () => {
  const pieces = Array.from({ length: 300 }, (_, index) => Buffer.from(`piece ${index} `.repeat(100)));
  const body = Buffer.concat(await compress(pieces));
  expect(gunzipSync(body).equals(Buffer.concat(pieces))).toBe(true);
});

describe('a budget of bytes', () => {
  test('is shared up to its bound and can be exceeded by one alone', () => {
    const seen: number[] = [];
    const budget = createByteBudget(10, (bytes) => seen.push(bytes));
    const first = budget.reserve(6);
    expect(budget.reserve(5)).toBeUndefined();
    const second = budget.reserve(4);
    first?.();
    first?.();
    second?.();
    expect(budget.inUse()).toBe(0);
    expect(budget.reserve(11)).toBeDefined();
    expect(budget.reserve(1)).toBeUndefined();
    expect(seen).toEqual([6, 10, 4, 0, 11]);
  });
});
