import { describe, expect, it } from 'vitest';
import { createReviewCache } from './review-cache.ts';

function setUp(entriesMax = 2) {
  const world = { nowMs: 0 };
  const cache = createReviewCache<string>({ clock: () => world.nowMs, ttlMs: 10, entriesMax });
  return { world, cache };
}

describe('a review cache', () => {
  it('forgets after its time, counted from when the answer was put in', () => {
    const { world, cache } = setUp();
    cache.set('a', '1');
    world.nowMs = 9;
    expect(cache.get('a')).toBe('1');
    world.nowMs = 10;
    expect(cache.get('a')).toBeUndefined();
  });

  it('forgets when the clock is set back', () => {
    const { world, cache } = setUp();
    world.nowMs = 5;
    cache.set('a', '1');
    world.nowMs = 4;
    expect(cache.get('a')).toBeUndefined();
  });

  it('drops the least recently used entry above its bound', () => {
    const { cache } = setUp(2);
    cache.set('a', '1');
    cache.set('b', '2');
    cache.get('a');
    cache.set('c', '3');
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1', undefined, '3']);
  });
});
