import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EncodedCacheFigures } from '../../src/store/encoded-cache.ts';
import { createEncodedCache } from '../../src/store/index.ts';
import type { StoredObject } from '../../src/store/types.ts';
import { NOW_MS } from '../../test/support/read-api.ts';
import { createChangingList, manyStates, OBJECTS, ROWS, storedThing } from '../../test/support/stored-lists.ts';
import { encodeItem, finishItem } from './encode.ts';
import { createListTexts } from './list-texts.ts';
import type { View } from './view.ts';

function stored(name: string, revision: number, fillerCharacters = 20): StoredObject {
  return storedThing(name, revision, 'x'.repeat(fillerCharacters));
}

function many(count: number, fillerCharacters?: number): readonly StoredObject[] {
  return manyStates(count, (name, revision) => stored(name, revision, fillerCharacters));
}

interface Bench {
  /** The elements of a list; undefined where they are not kept as texts. */
  readonly read: (items: readonly StoredObject[], view?: View) => string | undefined;
  /** How many objects were encoded since the last call. */
  readonly encoded: () => number;
  readonly figures: () => EncodedCacheFigures;
  nowMs: number;
}

function start(bytesMax = 10_000_000): Bench {
  let encoded = 0;
  const cache = createEncodedCache({ bytesMax });
  const bench: Bench = {
    nowMs: NOW_MS,
    encoded: () => {
      const count = encoded;
      encoded = 0;
      return count;
    },
    figures: () => cache.figures(),
    read: (items, view = OBJECTS) => {
      const long = texts.of(view, items);
      const parts = long?.segments.map((segment) => {
        const text = long.read(segment);
        encoded += text?.encodedObjects ?? 0;
        return text?.bytes.toString() ?? '(too large)';
      });
      return parts?.join(',');
    },
  };
  const texts = createListTexts({ clock: () => bench.nowMs, cache });
  return bench;
}

function plain(items: readonly StoredObject[], nowMs: number, view = OBJECTS): string {
  return items.map((item) => finishItem(view, encodeItem(view, item), nowMs).toString()).join(',');
}

describe('texts of lists', () => {
  test('always read as the objects do, whatever came, went or changed, and whatever was forgotten', () => {
    const step = fc.record({
      changed: fc.array(fc.nat(600), { maxLength: 5 }),
      from: fc.nat(200),
      count: fc.nat(400),
      laterMs: fc.integer({ min: -1000, max: 100_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom(OBJECTS, ROWS),
        fc.constantFrom(40_000, 10_000_000),
        (steps, view, bytesMax) => {
          const bench = start(bytesMax);
          const change = createChangingList(many(600), stored);
          for (const { changed, from, count, laterMs } of steps) {
            bench.nowMs += laterMs;
            const part = change(changed).slice(from, from + 256 + count);
            expect(bench.read(part, view)).toBe(plain(part, bench.nowMs, view));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('take from what they were what did not change', () => {
    const bench = start();
    const items = many(2000);
    bench.read(items);
    expect(bench.encoded()).toBe(2000);
    bench.read(items);
    bench.read([...items]);
    expect(bench.encoded()).toBe(0);
    const changed = items.map((item, index) => (index === 777 ? stored(item.key.name, 5000) : item));
    expect(bench.read(changed)).toBe(plain(changed, NOW_MS));
    expect(bench.encoded()).toBe(1);
  });

  test('of rows change with the ages in them, without a look at the objects', () => {
    const bench = start();
    const items = many(300);
    // An hour old: minutes are shown.
    bench.read(items, ROWS);
    expect(bench.encoded()).toBe(300);
    bench.nowMs += 59_000;
    expect(bench.read(items, ROWS)).toContain('"60m"');
    // Longer than before, and shorter again.
    bench.nowMs += 60 * 60_000;
    expect(bench.read(items, ROWS)).toBe(plain(items, bench.nowMs, ROWS));
    expect(bench.read(items, ROWS)).toContain('"120m"');
    bench.nowMs -= 60 * 60_000;
    expect(bench.read(items, ROWS)).toBe(plain(items, bench.nowMs, ROWS));
    expect(bench.encoded()).toBe(0);
  });

  test('take the place of those before, and no more than the cache has', () => {
    const bench = start();
    let items = many(1000);
    bench.read(items);
    const { entries, bytes } = bench.figures();
    expect(entries).toBeLessThan(100);
    for (let revision = 2000; revision < 2100; revision += 1) {
      items = items.map((item, index) => (index === revision - 2000 ? stored(item.key.name, revision) : item));
      bench.read(items);
    }
    expect(bench.figures().entries).toBe(entries);
    expect(bench.figures().bytes).toBeLessThan(bytes * 1.05);
    const small = start(20_000);
    small.read(items);
    expect(small.figures().bytes).toBeLessThanOrEqual(20_000);
  });

  test('are not made of short lists, nor of large objects', () => {
    const bench = start();
    expect(bench.read(many(255))).toBeUndefined();
    expect(bench.read(many(256))).toBeDefined();
    const large = start().read(many(256, 300_000)) ?? '';
    expect(large.replaceAll(/(\(too large\),?)/g, '')).toBe('');
  });

  test('do not take one object for another that is as old', () => {
    const bench = start();
    const items = many(256);
    bench.read(items);
    // As in the view of one member: the same states under other names.
    const others = items.map((item, index) => {
      if (index === 11) return stored(`${item.key.name}x`, item.revision);
      return index === 12 ? stored(item.key.name, 5000) : item;
    });
    expect(bench.read(others) === plain(others, NOW_MS)).toBe(true);
  });
});
