import { expect, it } from 'vitest';
import { goJson, goJsonType } from './go-json.ts';
import type { JsonValue } from './object.ts';

it.each<[JsonValue, string]>([
  [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
  ['<a&b>\u2028', '"\\u003ca\\u0026b\\u003e\\u2028"'],
  [2n ** 60n, '1152921504606846976'],
  [{ '<': {} }, '{"\\u003c":{}}'],
])('writes %o as Go does', (value, text) => {
  expect(goJson(value)).toBe(text);
});

it.each<[JsonValue, string]>([
  [[], 'array'],
  [{}, 'object'],
  ['', 'string'],
  [true, 'bool'],
  [1, 'number'],
  [2n ** 60n, 'number'],
])('names the type of %o as Go does', (value, name) => {
  expect(goJsonType(value)).toBe(name);
});
