import { describe, expect, it } from 'vitest';
import { clusterId, ports } from '../../test/support/clusterset-objects.ts';
import { constituent, KEY, merge } from '../../test/support/exporters.ts';
import { describeConflicts, describeStanding, MESSAGE_CHARACTERS_MAX } from './conflict-message.ts';
import { conflictFor, judgeConflict } from './condition-verdict.ts';
import { mergeService } from './merge.ts';
import { cutText, listSome } from './message-text.ts';

describe('describeConflicts', () => {
  it('names the field, the value in force, the winner, why it won, and who differs', () => {
    const merged = merge({ east: { spec: { clusterIP: 'None' } }, west: {}, north: { spec: { clusterIP: 'None' } } });
    expect(describeConflicts(merged)).toBe(
      'type differs: using Headless of "east" (oldest export, 2026-01-05T10:00:00Z); 1 of 3 clusters differ: west.',
    );
  });

  it('says of merged properties that they are merged', () => {
    const merged = merge(
      {
        east: { spec: { ports: ports('http TCP/80'), ipFamilies: ['IPv4'] } },
        west: { spec: { ports: ports('http TCP/80, grpc TCP/90 h2c'), ipFamilies: ['IPv6'] } },
      },
      'union',
    );
    expect(describeConflicts(merged)).toBe(
      'ports differ: using http TCP/80, grpc TCP/90 (h2c), merged with precedence of "east" ' +
        '(oldest export, 2026-01-05T10:00:00Z); 1 of 2 clusters differ: west. ' +
        'ipFamilies differ: using IPv4, IPv6, merged with precedence of "east" ' +
        '(oldest export, 2026-01-05T10:00:00Z); 1 of 2 clusters differ: west.',
    );
  });

  it('names three clusters and counts the others', () => {
    const local = { spec: { internalTrafficPolicy: 'Local' } };
    const three = merge({ a: {}, b: local, c: local, d: local });
    expect(describeConflicts(three)).toMatch(/; 3 of 4 clusters differ: b, c, d\.$/);
    const four = merge({ a: {}, b: local, c: local, d: local, e: local });
    expect(describeConflicts(four)).toMatch(/; 4 of 5 clusters differ: b, c, d and 1 more\.$/);
  });

  it('says how a tie was broken and that a time is unknown', () => {
    const created = '2026-01-05T10:00:00Z';
    const tie = merge({ b: { created }, a: { created, labels: { tier: 'gold' } } });
    expect(describeConflicts(tie)).toBe(
      `exportedLabels differs: using tier=gold of "a" (oldest export, ${created}, first by name); 1 of 2 clusters differ: b.`,
    );
    expect(describeConflicts(merge({ a: { created: null, labels: { a: '1' } }, b: { created: null } }))).toContain(
      '(oldest export, time unknown, first by name)',
    );
  });

  it('stays readable whatever members write into values', () => {
    const merged = merge({ a: { annotations: { note: `x\n\u0000y${'z'.repeat(5000)}` } }, b: {} });
    const message = describeConflicts(merged);
    expect(message).toContain('using note=x yz');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(500);
  });

  it('says of a winner whose clock is off that ages may mislead', () => {
    const message = (east: number, west: number): string => {
      const members = [
        constituent('east', { created: '2026-01-05T10:00:00Z', labels: { x: '1' } }, { clockSkewSeconds: east }),
        constituent('west', { created: '2026-01-05T11:00:00Z' }, { clockSkewSeconds: west }),
      ];
      const merged = mergeService(KEY, members, 'intersection');
      return merged === undefined ? '' : describeConflicts(merged);
    };
    expect(message(0, 0)).toMatch(/differ: west\.$/);
    expect(message(60, 0)).toMatch(
      /differ: west\. The clock of "east" is about 60 s ahead of ours, so ages may mislead\.$/,
    );
    expect(message(-8, 0)).toMatch(/ The clock of "east" is about 8 s behind ours, so ages may mislead\.$/);
    expect(message(0, 60)).not.toContain('clock');
  });

  it('is the same whatever the order of exports and keys', () => {
    const a = { created: '2026-01-05T10:00:00Z', labels: { x: '1', y: '2' } };
    const swapped = { created: '2026-01-05T10:00:00Z', labels: { y: '2', x: '1' } };
    const b = { created: '2026-01-05T10:00:01Z' };
    expect(describeConflicts(merge({ a, b }))).toBe(describeConflicts(merge({ b, a: swapped })));
  });
});

describe('describeStanding', () => {
  it('tells each export whether it wins, agrees or differs', () => {
    const merged = merge({ a: {}, b: {}, c: { labels: { x: '1' } } });
    const standing = (cluster: string) => describeStanding(merged, clusterId(cluster));
    expect([standing('a'), standing('b'), standing('c')]).toEqual([
      'This export is the winner.',
      'This export agrees.',
      'This export differs.',
    ]);
  });

  it('ends every message of a conflict and no other', () => {
    const merged = merge({ a: {}, b: { labels: { x: '1' } } });
    const verdict = conflictFor(judgeConflict(merged), merged, clusterId('b'));
    expect(verdict.message).toMatch(/ differ: b\. This export differs\.$/);
    const agreed = merge({ a: {}, b: {} });
    expect(conflictFor(judgeConflict(agreed), agreed, clusterId('b')).message).toBe('All exporting clusters agree.');
  });
});

describe('texts', () => {
  it('are cut between code points', () => {
    expect(cutText('abcd', 4)).toBe('abcd');
    expect(cutText('abcde', 4)).toBe('abc…');
    expect(cutText('ab😀de', 4)).toBe('ab…');
    expect(cutText('a😀cde', 4)).toBe('a😀…');
  });

  it('list as many items as asked', () => {
    expect(listSome(['a', 'b'], 2)).toBe('a, b');
    expect(listSome(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  });

  it('of all nine conflicts fit a condition', () => {
    const long = 'x'.repeat(100_000);
    const merged = merge({ a: { labels: { a: 'b' }, annotations: { a: long } }, b: {} });
    expect(conflictFor(judgeConflict(merged), merged, clusterId('a')).message.length).toBeLessThan(
      MESSAGE_CHARACTERS_MAX,
    );
  });
});
