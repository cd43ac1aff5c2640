import { expect, it } from 'vitest';
import { goQuoted } from './go-quote.ts';

it.each([
  ['plain', String.raw`"plain"`],
  ['a "b" \\', String.raw`"a \"b\" \\"`],
  ['\n\t\u0007\v', String.raw`"\n\t\a\v"`],
  ['\u0000\u001f\u007f', String.raw`"\x00\x1f\x7f"`],
  ['é 世 😀', '"é 世 😀"'],
  ['\u00a0\u200b\u2028', String.raw`"\u00a0\u200b\u2028"`],
  ['\u{e0001}', String.raw`"\U000e0001"`],
  ["it's", `"it's"`],
])('quotes %j as Go does', (text, expected) => {
  expect(goQuoted(text)).toBe(expected);
});
