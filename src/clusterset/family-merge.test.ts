import { describe, expect, it } from 'vitest';
import { constituent } from '../../test/support/exporters.ts';
import { mergeFamilies } from './family-merge.ts';

type Families = readonly (4 | 6)[];

interface Row {
  readonly exports: readonly Families[];
  readonly intersection: Families;
  readonly intersectionDiffering: readonly string[];
  readonly union: Families;
  readonly unionDiffering: readonly string[];
}

const ROWS: readonly Row[] = [
  { exports: [[4], [4]], intersection: [4], intersectionDiffering: [], union: [4], unionDiffering: [] },
  {
    exports: [
      [4, 6],
      [6, 4],
    ],
    intersection: [4, 6],
    intersectionDiffering: [],
    union: [4, 6],
    unionDiffering: [],
  },
  { exports: [[4, 6], [4]], intersection: [4], intersectionDiffering: [], union: [4, 6], unionDiffering: ['b'] },
  { exports: [[4], [4, 6]], intersection: [4], intersectionDiffering: [], union: [4, 6], unionDiffering: ['b'] },
  { exports: [[4], [6]], intersection: [4], intersectionDiffering: ['b'], union: [4, 6], unionDiffering: ['b'] },
  {
    exports: [[4, 6], [4], [6]],
    intersection: [4],
    intersectionDiffering: ['c'],
    union: [4, 6],
    unionDiffering: ['b', 'c'],
  },
  {
    exports: [[6], [4], [4, 6]],
    intersection: [6],
    intersectionDiffering: ['b'],
    union: [6, 4],
    unionDiffering: ['b', 'c'],
  },
];

const names = (families: Families) => families.map((family) => `IPv${family}`);

function constituentsOf(exports: readonly (Families | undefined)[]) {
  return exports.map((families, index) =>
    constituent('abc'.charAt(index), { spec: families === undefined ? {} : { ipFamilies: names(families) } }),
  );
}

describe('mergeFamilies', () => {
  it.each(ROWS)('intersects $exports to $intersection', ({ exports, intersection, intersectionDiffering }) => {
    const merged = mergeFamilies(constituentsOf(exports), 'intersection');
    expect(merged.families).toEqual(names(intersection));
    expect(merged.differing).toEqual(intersectionDiffering);
  });

  it.each(ROWS)('unites $exports to $union', ({ exports, union, unionDiffering }) => {
    const merged = mergeFamilies(constituentsOf(exports), 'union');
    expect(merged.families).toEqual(names(union));
    expect(merged.differing).toEqual(unionDiffering);
  });

  it('marks the export that was left out of the intersection', () => {
    const { members } = mergeFamilies(constituentsOf([[4, 6], [4], [6]]), 'intersection');
    expect(members.map(({ skipped }) => skipped)).toEqual([false, false, true]);
  });

  it('passes over exports that name no family', () => {
    const merged = mergeFamilies(constituentsOf([undefined, [6], [6, 4]]), 'intersection');
    expect(merged).toMatchObject({ families: ['IPv6'], setBy: 'b', differing: [] });
    expect(mergeFamilies(constituentsOf([undefined, undefined]), 'union')).toMatchObject({
      families: undefined,
      setBy: undefined,
      differing: [],
    });
  });
});
