import { expect, test } from 'vitest';
import { covers, parseAccept } from './accept.ts';

function mediaTypes(header: string | undefined): readonly string[] {
  return parseAccept(header).map((clause) => clause.mediaType);
}

test.each([
  ['no header', undefined, ['*/*']],
  ['an empty header', ' ', ['*/*']],
  ['equal quality keeps the order as written', 'a/a,b/b', ['a/a', 'b/b']],
  ['higher quality first', 'a/a;q=0.1,b/b;q=0.9,c/c', ['c/c', 'b/b', 'a/a']],
  ['wildcards last among equals', '*/*,a/*,a/a', ['a/a', 'a/*', '*/*']],
  ['quality before wildcards', 'a/a;q=0.5,*/*', ['*/*', 'a/a']],
  ['a broken quality counts as none', 'a/a;q=x,b/b;q=0.1', ['b/b', 'a/a']],
  ['empty clauses are passed over', ',a/a,,', ['a/a']],
])('%s', (_title, header, expected) => {
  expect(mediaTypes(header)).toEqual(expected);
});

test('parameters are read without q and trimmed', () => {
  const [clause] = parseAccept('a/a; x = 1 ;q=0.3;y');
  expect([...(clause?.parameters ?? [])]).toEqual([
    ['x', '1'],
    ['y', ''],
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
  ['Application/json', false],
])('%s covers application/json: %s', (mediaType, expected) => {
  expect(covers({ mediaType, parameters: new Map() }, 'application/json')).toBe(expected);
});
