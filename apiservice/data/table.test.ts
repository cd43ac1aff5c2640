import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringifyJson } from '../../src/kube/json.ts';
import type { Column } from '../../src/resources/definition.ts';
import { GROUP, NOW_MS, thing, THINGS } from '../../test/support/read-api.ts';
import { encodeRow, filledBytesMax, fillRow, fillRowInto, rowFreshMs, rowValue } from './table.ts';
import type { View } from './view.ts';
import { createView } from './view.ts';

type AgeOrText = { readonly age: string | undefined } | string;

function viewOf(cells: readonly AgeOrText[]): View {
  const [version] = THINGS.versions;
  if (version === undefined) throw new Error('no version');
  const columns = cells.map((cell, index): Column => ({ ...column(index), cell: () => cell }));
  const served = { group: GROUP, definition: { ...THINGS, columns } };
  return createView(served, version, {
    form: { type: 'table', metaVersion: 'v1' },
    includeObject: 'Metadata',
  });
}

function column(index: number): Omit<Column, 'cell'> {
  return { name: `C${index}`, type: 'string', format: '', description: '', priority: 0 };
}

const TIME = fc
  .integer({ min: 0, max: 20 * 365 * 86_400 })
  .map((seconds) => new Date(NOW_MS - seconds * 1000).toISOString().replace('.000Z', 'Z'));
const CELL: fc.Arbitrary<AgeOrText> = fc.oneof(
  fc.string(),
  fc.option(TIME, { nil: undefined }).map((age) => ({ age })),
  fc.constant({ age: 'no time' }),
);

describe('a row that was kept with its ages open', () => {
  test('reads as one that is made for the occasion, however many ages it has', () => {
    fc.assert(
      fc.property(fc.array(CELL, { maxLength: 6 }), fc.nat(1e9), fc.nat(50), (cells, laterMs, at) => {
        const view = viewOf(cells);
        const nowMs = NOW_MS + laterMs;
        const row = encodeRow(view, thing('ä'));
        const expected = stringifyJson(rowValue(view, thing('ä'), nowMs));
        expect(fillRow(row, nowMs).toString()).toBe(expected);
        const target = Buffer.alloc(at + filledBytesMax(row), 'x');
        const end = fillRowInto(target, at, { row, nowMs });
        expect(target.toString('utf8', 0, end)).toBe('x'.repeat(at) + expected);
      }),
      { numRuns: 300 },
    );
  });

  test('says until when it reads the same', () => {
    fc.assert(
      fc.property(fc.array(TIME, { minLength: 1, maxLength: 3 }), (times) => {
        const view = viewOf(times.map((age) => ({ age })));
        const row = encodeRow(view, thing('a'));
        const freshMs = rowFreshMs(row, NOW_MS);
        expect(fillRow(row, freshMs - 1).equals(fillRow(row, NOW_MS))).toBe(true);
        expect(freshMs).toBeGreaterThan(NOW_MS);
      }),
    );
  });

  test('reads the same for ever when it has no age', () => {
    expect(rowFreshMs(encodeRow(viewOf(['a', { age: undefined }]), thing('a')), NOW_MS)).toBe(Infinity);
  });
});
