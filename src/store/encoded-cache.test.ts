import { describe, expect, it } from 'vitest';
import { toRevision } from '../kube/revision.ts';
import type { EncodedCache } from './encoded-cache.ts';
import { createEncodedCache } from './encoded-cache.ts';
import type { StoredObject } from './types.ts';

const BODY_BYTES = 1000;
const ENTRY_BYTES = BODY_BYTES + 256;

function stored(name: string): StoredObject {
  return {
    key: { namespace: '', name },
    revision: toRevision(1),
    object: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name } },
  };
}

function encode(cache: EncodedCache, object: StoredObject, form = 'json'): boolean {
  let made = false;
  cache.encode(object, form, () => {
    made = true;
    return Buffer.alloc(BODY_BYTES);
  });
  return made;
}

describe('the encoded cache', () => {
  it('makes a body once per object and form and shares the bytes', () => {
    const cache = createEncodedCache();
    const object = stored('a');
    const body = cache.encode(object, 'json', () => Buffer.from('one'));
    expect(cache.encode(object, 'json', () => Buffer.from('two'))).toBe(body);
    expect(cache.encode(object, 'table', () => Buffer.from('row')).toString()).toBe('row');
    expect(cache.encode(stored('a'), 'json', () => Buffer.from('other life')).toString()).toBe('other life');
    expect(cache.figures()).toMatchObject({ entries: 3, hits: 1, misses: 3, evictions: 0 });
  });

  it('finds only what is there, which counts as a use, and drops all of it', () => {
    const cache = createEncodedCache({ bytesMax: Math.ceil((2 * ENTRY_BYTES * 16) / 15) });
    const [a, b, c] = [stored('a'), stored('b'), stored('c')];
    expect(cache.find(a, 'json')).toBeUndefined();
    for (const object of [a, b]) encode(cache, object);
    expect(cache.find(a, 'json')).toHaveLength(BODY_BYTES);
    encode(cache, c);
    expect(cache.find(b, 'json')).toBeUndefined();
    cache.drop(a);
    expect(cache.find(a, 'json')).toBeUndefined();
    expect(cache.figures()).toMatchObject({ entries: 1, bytes: ENTRY_BYTES });
    expect([c, a].map((object) => encode(cache, object))).toEqual([false, true]);
  });

  it('forgets what was used longest ago, and only when it is full', () => {
    // Fifteen sixteenths of the bound are for current objects: exactly three entries.
    const cache = createEncodedCache({ bytesMax: Math.ceil((3 * ENTRY_BYTES * 16) / 15) });
    const [a, b, c, d] = [stored('a'), stored('b'), stored('c'), stored('d')];
    for (const object of [a, b, c]) encode(cache, object);
    expect(cache.figures()).toMatchObject({ entries: 3, bytes: 3 * ENTRY_BYTES, evictions: 0 });
    expect(encode(cache, a)).toBe(false);
    encode(cache, d);
    expect(cache.figures()).toMatchObject({ entries: 3, evictions: 1 });
    expect([a, c, d].map((object) => encode(cache, object))).toEqual([false, false, false]);
    expect(encode(cache, b)).toBe(true);
  });

  it('keeps bodies of replaced objects only in a small part', () => {
    const cache = createEncodedCache({ bytesMax: 2 * ENTRY_BYTES * 16 });
    const objects = ['a', 'b', 'c', 'd'].map(stored);
    const current = stored('current');
    encode(cache, current);
    for (const object of objects) {
      encode(cache, object);
      encode(cache, object, 'table');
    }
    for (const object of objects) cache.retire(object);
    expect(cache.figures()).toMatchObject({ entries: 3, bytes: 3 * ENTRY_BYTES, evictions: 6 });
    expect(encode(cache, current)).toBe(false);
    expect(encode(cache, objects[3]!)).toBe(false);
    expect(encode(cache, objects[0]!)).toBe(true);
    expect(cache.figures().entries).toBe(3);
  });

  it('hands out a body that is too large without keeping it or dropping others', () => {
    const cache = createEncodedCache({ bytesMax: 100_000 });
    encode(cache, stored('a'));
    expect(cache.encode(stored('b'), 'json', () => Buffer.alloc(100_000))).toHaveLength(100_000);
    expect(cache.figures()).toMatchObject({ entries: 1, evictions: 0 });
  });

  it('keeps nothing when making the body fails', () => {
    const cache = createEncodedCache();
    const object = stored('a');
    expect(() =>
      cache.encode(object, 'json', () => {
        throw new Error('cannot convert');
      }),
    ).toThrow('cannot convert');
    expect(encode(cache, object)).toBe(true);
  });

  it('keeps no trace of an object that was never encoded', () => {
    const cache = createEncodedCache();
    cache.retire(stored('a'));
    expect(cache.figures()).toEqual({ entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0 });
  });
});
