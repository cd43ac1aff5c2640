import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../kube/object.ts';
import { conditionAt, conflictCell, joinBounded, listAt, textAt } from './columns.ts';

describe('joinBounded', () => {
  test.each([
    ['nothing', [], ''],
    ['one part', ['east'], 'east'],
    ['parts that fill the limit exactly', ['abcd', 'efghi'], 'abcd,efghi'],
    ['parts one character above the limit', ['abcd', 'efghij'], 'abcd,+1'],
    ['a rest that would fit in part', ['abcd', 'efgh', 'ijkl', 'm'], 'abcd,efgh,+2'],
    ['a first part of exactly the limit', ['abcdefghij'], 'abcdefghij'],
    ['a first part above the limit', ['abcdefghijk'], 'abcdefghi…'],
    ['a first part above the limit and more', ['abcdefghijk', 'l', 'm'], 'abcdefghi…,+2'],
  ])('%s', (_title, parts, text) => {
    expect(joinBounded(parts, 10)).toBe(text);
  });
});

describe('reading fields of odd objects', () => {
  const odd: KubeObject = {
    apiVersion: 'g/v1',
    kind: 'K',
    metadata: { name: 'a' },
    spec: 'text',
    status: { conditions: [null, 'x', { type: 'Valid', status: 7 }, { type: 'Ready' }] },
  };

  test('a path that leaves the object is undefined', () => {
    expect(textAt(odd, 'spec', 'type')).toBeUndefined();
    expect(listAt(odd, 'spec', 'ports')).toEqual([]);
    expect(textAt(odd, 'nothing', 'at', 'all')).toBeUndefined();
  });

  test('a condition without texts and an absent one have none', () => {
    const none = { status: undefined, reason: undefined, message: undefined };
    expect(conditionAt(odd, 'Valid')).toEqual(none);
    expect(conditionAt(odd, 'Ready')).toEqual(none);
    expect(conditionAt(odd, 'Conflict')).toEqual(none);
  });
});

describe('conflictCell', () => {
  const withConflict = (status: string, reason: string): KubeObject => ({
    apiVersion: 'g/v1',
    kind: 'K',
    metadata: { name: 'a' },
    status: { conditions: [{ type: 'Conflict', status, reason }] },
  });

  test('shows the reasons while the condition is True', () => {
    expect(conflictCell(withConflict('True', 'PortConflict,TypeConflict'), 'Conflict')).toBe(
      'PortConflict,TypeConflict',
    );
  });

  test('shows as many reasons as fit', () => {
    const reasons = 'PortConflict,TypeConflict,SessionAffinityConflict,SessionAffinityConfigConflict,IPFamilyConflict';
    expect(conflictCell(withConflict('True', reasons), 'Conflict')).toBe(
      'PortConflict,TypeConflict,SessionAffinityConflict,+2',
    );
  });

  test.each(['False', 'Unknown'])('is empty while the condition is %s', (status) => {
    expect(conflictCell(withConflict(status, 'NoConflicts'), 'Conflict')).toBe('');
  });
});
