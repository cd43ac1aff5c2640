import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { StoredObject } from '../../src/store/types.ts';
import { NOW_MS } from '../../test/support/read-api.ts';
import { createChangingList, manyStates, OBJECTS, ROWS, storedThing } from '../../test/support/stored-lists.ts';
import { encodeItem, finishItem } from './encode.ts';
import { createGzipSegments } from './gzip-segments.ts';
import type { View } from './view.ts';

const TEXT = { open: '{"items":[', separator: ',', close: ']}\n' };

function stored(name: string, revision: number): StoredObject {
  return storedThing(name, revision, name.repeat(5));
}

function many(count: number): readonly StoredObject[] {
  return manyStates(count, stored);
}

interface Bench {
  readonly compress: (items: readonly StoredObject[], view?: View) => Promise<string>;
  /** How many objects were looked at since the last call. */
  readonly taken: () => number;
  nowMs: number;
}

function start(gzipCacheBytesMax = 1_000_000): Bench {
  let taken = 0;
  const bench: Bench = {
    nowMs: NOW_MS,
    taken: () => {
      const count = taken;
      taken = 0;
      return count;
    },
    compress: async (items, view = OBJECTS) =>
      gunzipSync(Buffer.concat(await segments.compress({ view, items, text: TEXT }))).toString(),
  };
  const segments = createGzipSegments({
    clock: () => bench.nowMs,
    limits: { gzipCacheBytesMax },
    cache: {
      encode: (_stored, _form, make) => {
        taken += 1;
        return make();
      },
      find: () => undefined,
      drop: () => undefined,
    },
  });
  return bench;
}

function plain(items: readonly StoredObject[], nowMs: number, view = OBJECTS): string {
  const parts = items.map((item) => finishItem(view, encodeItem(view, item), nowMs).toString());
  return `${TEXT.open}${parts.join(TEXT.separator)}${TEXT.close}`;
}

describe('compressed lists', () => {
  test('always read as the plain list, whatever came, went or changed', async () => {
    const step = fc.record({
      changed: fc.array(fc.nat(400), { maxLength: 5 }),
      from: fc.nat(200),
      count: fc.nat(400),
      laterMs: fc.nat(100_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.constantFrom(OBJECTS, ROWS), async (steps, view) => {
        const bench = start(20_000);
        const change = createChangingList(many(400), stored);
        for (const { changed, from, count, laterMs } of steps) {
          bench.nowMs += laterMs;
          const part = change(changed).slice(from, from + count + 1);
          if (part.length > 0) expect(await bench.compress(part, view)).toBe(plain(part, bench.nowMs, view));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('are made of what is kept: only the part with the change is made anew', async () => {
    const bench = start();
    const items = many(2000);
    await bench.compress(items);
    expect(bench.taken()).toBe(2000);
    await bench.compress(items);
    expect(bench.taken()).toBe(0);
    const changed = items.map((item, index) => (index === 777 ? stored(item.key.name, 5000) : item));
    expect(await bench.compress(changed)).toBe(plain(changed, NOW_MS));
    expect(bench.taken()).toBeLessThanOrEqual(256);
  });

  test('share their parts when an object goes, and with pages', async () => {
    const bench = start();
    const items = many(2000);
    await bench.compress(items);
    bench.taken();
    await bench.compress(items.filter((_, index) => index !== 3));
    expect(bench.taken()).toBeLessThanOrEqual(256);
    await bench.compress(items.slice(500, 1500));
    expect(bench.taken()).toBeLessThanOrEqual(512);
  });

  test('are made once for all who ask at the same time', async () => {
    const bench = start();
    const items = many(500);
    await Promise.all([bench.compress(items), bench.compress(items), bench.compress(items)]);
    expect(bench.taken()).toBe(500);
  });

  test('keep no more than the bound', async () => {
    const bench = start(100);
    const items = many(500);
    await bench.compress(items);
    expect(await bench.compress(items)).toBe(plain(items, NOW_MS));
    expect(bench.taken()).toBe(1000);
  });

  test('of rows are made anew when an age reads differently, and only then', async () => {
    const bench = start();
    const items = many(300);
    // An hour old: minutes are shown.
    await bench.compress(items, ROWS);
    bench.taken();
    bench.nowMs += 59_000;
    await bench.compress(items, ROWS);
    expect(bench.taken()).toBe(0);
    bench.nowMs += 1000;
    expect(await bench.compress(items, ROWS)).toContain('"61m"');
    expect(bench.taken()).toBe(300);
    bench.nowMs -= 1000;
    expect(await bench.compress(items, ROWS)).toContain('"60m"');
  });

  test('are tried again after a failure', async () => {
    let fails = true;
    const segments = createGzipSegments({
      clock: () => NOW_MS,
      limits: { gzipCacheBytesMax: 1000 },
      cache: {
        encode: (_stored, _form, make) => {
          if (fails) throw new Error('no');
          return make();
        },
        find: () => undefined,
        drop: () => undefined,
      },
    });
    const list = { view: OBJECTS, items: many(3), text: TEXT };
    await expect(segments.compress(list)).rejects.toThrow('no');
    fails = false;
    expect(gunzipSync(Buffer.concat(await segments.compress(list))).toString()).toBe(plain(many(3), NOW_MS));
  });
});
