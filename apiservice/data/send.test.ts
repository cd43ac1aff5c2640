import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addWarning } from './send.ts';

/** The Warning headers as a client reads them: the bytes as UTF-8. */
function warningsOf(...texts: readonly string[]): readonly string[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  for (const text of texts) addWarning(response, text);
  return [response.getHeader('Warning') ?? []].flat().map((value) => Buffer.from(String(value), 'latin1').toString());
}

describe('a warning', () => {
  test.each([
    ['a plain text', 'stale', '299 - "stale"'],
    ['quotes and backslashes', String.raw`field "a\b"`, String.raw`299 - "field \"a\\b\""`],
    ['letters of any language', 'duplicate field "spec.日本"', String.raw`299 - "duplicate field \"spec.日本\""`],
    ['what would begin another header', 'a\r\nSet-Cookie: b', '299 - "a  Set-Cookie: b"'],
    ['what would steer a terminal', 'a\u001b[2Jb\u009bc\u007f', '299 - "a [2Jb c "'],
  ])('with %s', (_what, text, expected) => {
    expect(warningsOf(text)).toEqual([expected]);
  });

  test('is a header of its own for each text', () => {
    expect(warningsOf('a', 'b')).toEqual(['299 - "a"', '299 - "b"']);
  });

  test('can say anything that a client or a member can write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(warningsOf(text)).toHaveLength(1);
      }),
    );
  });
});
