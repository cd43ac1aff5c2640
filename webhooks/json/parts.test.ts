import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/kube/outcome.ts';
import { parseExact } from './exact.ts';
import { parseInParts } from './parts.ts';

function parsed(
  text: string,
  partBytes: number,
): { readonly result: Outcome<unknown, string>; readonly steps: number } {
  const work = parseInParts(Buffer.from(text), partBytes);
  for (let steps = 0; ; steps += 1) {
    const step = work.next();
    if (step.done === true) return { result: step.value, steps };
  }
}

const partBytes = fc.integer({ min: 1, max: 60 });

describe('JSON in parts', () => {
  it('is what it is as a whole', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false, maxDepth: 8 }),
        partBytes,
        fc.constantFrom(0, 1),
        (value, size, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          expect(parsed(text, size).result).toEqual(parseExact(text));
        },
      ),
    );
  });

  it.each([
    ['keys given twice', '{"a":1,"b":{"long":"xxxxxxxxxxxxxxxx"},"b":2,"a":{"long":"xxxxxxxxxxxxxxxx"}}'],
    ['keys given twice, the large one first', '{"a":{"long":"xxxxxxxxxxxxxxxx"},"c":[1],"a":3}'],
    ['large integers', '{"a":[1,9007199254740993,[2,-9223372036854775808]],"b":0.1234567890123456789}'],
    ['large integers and keys given twice', '{"n":9007199254740993,"n":9007199254740995}'],
    ['keys such as __proto__', '{"__proto__":{"a":"xxxxxxxxxxxxxxxxxxxx"},"b":{"__proto__":1}}'],
    ['space everywhere', ' { "a" : [ 1 , 2 , [ ] , { } ] ,\n"b" : { "c" : "xxxxxxxxxxxxxxxx" } } '],
    ['escaped keys', '{"\\u0061":{"long":"xxxxxxxxxxxxxxxx"},"\\"":[1,2,3,4,5,6,7,8]}'],
  ])('holds %s as it does as a whole', (_what, text) => {
    for (const size of [1, 5, 10, 20, 40]) expect(parsed(text, size).result).toEqual(parseExact(text));
  });

  it('is refused wherever it is cut off or goes on', () => {
    const text = '{"a":[1,"two",{"b":null}],"c":{"d":true,"e":-1.5}}';
    for (let at = 0; at < text.length; at += 1) expect(parsed(text.slice(0, at), 8).result.ok).toBe(false);
    expect(parsed(`${text}x`, 8).result.ok).toBe(false);
    expect(parsed('{"a":1e999999999999999999,"b":12345678901234567}', 8).result.ok).toBe(true);
  });

  it('is parsed in a step per part', () => {
    const text = JSON.stringify({
      request: { object: { spec: { ports: Array.from({ length: 1000 }, (_, port) => ({ port })) } } },
    });
    const { steps } = parsed(text, 500);
    expect(steps).toBeGreaterThan(text.length / 600);
    expect(steps).toBeLessThan(text.length / 400);
  });
});
