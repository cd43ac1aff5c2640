import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from './object.ts';
import { matchesLabels, parseLabelSelector } from './label-selector.ts';

/** What apimachinery's labels.Parse answers: '' for accepted text, otherwise its error. */
const recorded: unknown = JSON.parse(
  readFileSync(new URL('../../test/fixtures/apimachinery-selectors.json', import.meta.url), 'utf8'),
);
const cases = isJsonObject(recorded) && isJsonObject(recorded['labels']) ? Object.entries(recorded['labels']) : [];

function matches(selector: string, labels: Record<string, string> | undefined): boolean {
  const parsed = parseLabelSelector(selector);
  if (!parsed.ok) throw new Error(parsed.error);
  return matchesLabels(parsed.value, labels);
}

describe('parseLabelSelector', () => {
  test('has recorded answers to compare with', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  test.each(cases)('answers %j as apimachinery does', (selector, answer) => {
    const parsed = parseLabelSelector(selector);
    expect(parsed.ok ? '' : parsed.error).toBe(answer);
  });
});

describe('matchesLabels', () => {
  test.each([
    ['', undefined, true],
    ['a=b', { a: 'b' }, true],
    ['a=b', { a: 'c' }, false],
    ['a=b', {}, false],
    ['a==b', { a: 'b' }, true],
    ['a!=b', { a: 'b' }, false],
    ['a!=b', { a: 'c' }, true],
    ['a!=b', undefined, true],
    ['a in (b,c)', { a: 'c' }, true],
    ['a in (b,c)', { a: 'd' }, false],
    ['a in (b,c)', {}, false],
    ['a notin (b,c)', { a: 'b' }, false],
    ['a notin (b,c)', { a: 'd' }, true],
    ['a notin (b,c)', {}, true],
    ['a', { a: '' }, true],
    ['a', { b: 'a' }, false],
    ['!a', { b: 'a' }, true],
    ['!a', { a: '' }, false],
    ['a=', { a: '' }, true],
    ['a=', {}, false],
    ['a in ()', { a: '' }, true],
    ['a in (b,)', { a: '' }, true],
    ['a>5', { a: '6' }, true],
    ['a>5', { a: '5' }, false],
    ['a>5', { a: 'x' }, false],
    ['a>5', {}, false],
    ['a<5', { a: '4' }, true],
    ['a<5', { a: '-9223372036854775808' }, true],
    ['a<5', { a: '-9223372036854775809' }, false],
    ['a=b,c=d', { a: 'b', c: 'd' }, true],
    ['a=b,c=d', { a: 'b', c: 'e' }, false],
    ['toString', {}, false],
  ])('%j on %j is %j', (selector, labels, expected) => {
    expect(matches(selector, labels)).toBe(expected);
  });
});
