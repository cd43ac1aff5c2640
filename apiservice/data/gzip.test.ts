import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createByteBudget } from './byte-budget.ts';
import { acceptsGzip, compress, createGzipCache } from './gzip.ts';

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

describe('the cache of compressed bodies', () => {
  const make = (text: string, made: string[]) => async (): Promise<readonly Buffer[]> => {
    made.push(text);
    await Promise.resolve();
    return [Buffer.from(text)];
  };

  test('makes each body once, however many ask at the same time', async () => {
    const made: string[] = [];
    const cache = createGzipCache(100);
    await Promise.all([cache.get('a', make('a', made)), cache.get('a', make('a', made))]);
    await cache.get('a', make('a', made));
    expect(made).toEqual(['a']);
  });

  test('forgets the least recently used body when there is no room', async () => {
    const made: string[] = [];
    const cache = createGzipCache(2);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, make(key, made));
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  test('does not keep what is larger than itself, nor what failed', async () => {
    const made: string[] = [];
    const cache = createGzipCache(1);
    await cache.get('long', make('long', made));
    await cache.get('long', make('long', made));
    await expect(cache.get('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await cache.get('x', make('x', made));
    expect(made).toEqual(['long', 'long', 'x']);
  });
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
