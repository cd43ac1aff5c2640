import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FieldSelector } from './field-selector.ts';
import { matchesFields, parseFieldSelector, requiredName, unsupportedField } from './field-selector.ts';
import { isJsonObject } from './object.ts';

/** What apimachinery's fields.ParseSelector answers: `ok:` and the selector in its normal form, or the error. */
const recorded: unknown = JSON.parse(
  readFileSync(new URL('../../test/fixtures/apimachinery-selectors.json', import.meta.url), 'utf8'),
);
const cases = isJsonObject(recorded) && isJsonObject(recorded['fields']) ? Object.entries(recorded['fields']) : [];

function parse(text: string): FieldSelector {
  const parsed = parseFieldSelector(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function normalForm(selector: FieldSelector): string {
  const terms = selector.map(({ field, equal, value }) => `${field}${equal ? '=' : '!='}${escape(value)}`);
  return `ok:${terms.join(',')}`;
}

function escape(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

describe('parseFieldSelector', () => {
  test('has recorded answers to compare with', () => {
    expect(cases.length).toBeGreaterThan(10);
  });

  test.each(cases)('answers %j as apimachinery does', (text, answer) => {
    const parsed = parseFieldSelector(text);
    expect(parsed.ok ? normalForm(parsed.value) : parsed.error).toBe(answer);
  });
});

describe('matchesFields', () => {
  const key = { namespace: 'ns', name: 'a' };
  test.each([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name=b', false],
    ['metadata.name!=a', false],
    ['metadata.name!=b', true],
    ['metadata.namespace=ns', true],
    ['metadata.namespace=other', false],
    ['metadata.name=a,metadata.namespace=ns', true],
    ['metadata.name=a,metadata.namespace!=ns', false],
  ])('%j is %j', (text, expected) => {
    expect(matchesFields(parse(text), key)).toBe(expected);
  });
});

test('only metadata.name, and metadata.namespace of namespaced kinds, can be selected by', () => {
  expect(unsupportedField(parse('metadata.name=a,metadata.namespace=b'), true)).toBeUndefined();
  expect(unsupportedField(parse('metadata.namespace=b'), false)).toBe('metadata.namespace');
  expect(unsupportedField(parse('metadata.name=a,spec.x=1'), true)).toBe('spec.x');
});

test('the name that is demanded is known, one that is excluded is not', () => {
  expect(requiredName(parse('metadata.namespace=b,metadata.name=a'))).toBe('a');
  expect(requiredName(parse('metadata.name!=a'))).toBeUndefined();
  expect(requiredName(parse(''))).toBeUndefined();
});
