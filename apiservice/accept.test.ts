import { expect, test } from 'vitest';
import { coversApplication, parseAccept } from './accept.ts';

function mediaTypes(header: string | undefined): readonly string[] {
  return parseAccept(header).map(({ type, subtype }) => `${type}/${subtype}`);
}

test.each([
  ['no header is anything', undefined, ['*/*']],
  ['an empty header is anything', '', ['*/*']],
  ['equal quality keeps the order as written', 'a/a,b/b', ['a/a', 'b/b']],
  ['higher quality first', 'a/a;q=0.1,b/b;q=0.9,c/c', ['c/c', 'b/b', 'a/a']],
  ['wildcards last among equals', '*/*,a/*,a/a', ['a/a', 'a/*', '*/*']],
  ['quality before wildcards', 'a/a;q=0.5,*/*', ['*/*', 'a/a']],
  ['a broken quality counts as none', 'a/a;q=x,b/b;q=0.1', ['b/b', 'a/a']],
  ['empty clauses are passed over', ',a/a,,', ['a/a']],
  ['what is no media type is passed over', 'json,a/b/c,a/a', ['a/a']],
])('%s', (_title, header, expected) => {
  expect(mediaTypes(header)).toEqual(expected);
});

test('parameters are trimmed, and those without a value passed over', () => {
  const [clause] = parseAccept('a/a; x = 1 ;q=0.3;y;z=1=2');
  expect([...(clause?.params ?? [])]).toEqual([
    ['x', '1'],
    ['q', '0.3'],
  ]);
});

test('a header of a thousand clauses costs no more than its first 64', () => {
  expect(mediaTypes('a/a,'.repeat(1000))).toHaveLength(64);
});

test.each([
  ['application/json', true],
  ['application/*', true],
  ['*/*', true],
  ['*', true],
  ['text/*', false],
  ['*/json', false],
  ['Application/json', false],
])('%s covers application/json: %s', (mediaType, expected) => {
  expect(parseAccept(mediaType).map((clause) => coversApplication(clause, 'json'))).toEqual([expected]);
});
