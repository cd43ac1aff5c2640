import { describe, expect, it } from 'vitest';
import { isLabelValue, isQualifiedName } from './label-syntax.ts';

describe('isQualifiedName', () => {
  it.each(['a', 'A_b.c-d', 'example.com/a', `${'a'.repeat(63)}/x`, 'a/'.padEnd(65, 'x'), `${'a.'.repeat(126)}a/x`])(
    'accepts %s',
    (key) => {
      expect(isQualifiedName(key)).toBe(true);
    },
  );

  it.each([
    '',
    '-a',
    'a-',
    '/a',
    'a/',
    'a/b/c',
    'Example.com/a',
    'a..b/c',
    'a b',
    'a/'.padEnd(66, 'x'),
    `${'a.'.repeat(126)}aa/x`,
    '__proto__',
    'a\n',
  ])('refuses %s', (key) => {
    expect(isQualifiedName(key)).toBe(false);
  });
});

describe('isLabelValue', () => {
  it('may be empty and has at most 63 characters', () => {
    expect(isLabelValue('')).toBe(true);
    expect(isLabelValue('v'.repeat(63))).toBe(true);
    expect(isLabelValue('v'.repeat(64))).toBe(false);
    expect(isLabelValue('a/b')).toBe(false);
  });
});
