import { expect, it } from 'vitest';
import { mayHoldBigInteger, parseJson } from './json.ts';

it.each([
  ['{"a":1,"b":2,"a":{"c":3}}', { a: { c: 3 }, b: 2 }],
  ['{"a":1,"n":9007199254740993,"a":2}', { a: 2, n: 9007199254740993n }],
  ['{"n":9007199254740993,"n":9007199254740995}', { n: 9007199254740995n }],
])('of keys given twice the last one counts: %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

it.each([
  ['[1,-1234567890123456]', true],
  ['{"a": 1234567890123456}', true],
  ['[\n1234567890123456]', true],
  ['1234567890123456', true],
  ['{"a":123456789012345}', false],
  ['{"a":0.12345678901234567}', false],
  ['{"hash":"a1234567890123456"}', false],
])('a large integer is looked for where a number may begin: %s', (text, may) => {
  expect(mayHoldBigInteger(text)).toBe(may);
});
