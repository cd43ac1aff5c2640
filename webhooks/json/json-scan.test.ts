import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonScan } from './json-scan.ts';
import { MalformedJson, readKey, readText, SCAN_DEPTH_MAX, skipSpace, skipValue } from './json-scan.ts';
import { isJson } from '../../test/support/json-text.ts';

function scanOf(text: string): JsonScan {
  return { bytes: Buffer.from(text), at: 0 };
}

/** True if the whole text is one value. */
function isOneValue(text: string): boolean {
  const scan = scanOf(text);
  try {
    skipValue(scan);
    skipSpace(scan);
  } catch (error) {
    if (error instanceof MalformedJson) return false;
    throw error;
  }
  return scan.at === scan.bytes.length;
}

describe('the scan of JSON', () => {
  it('passes what JSON.parse accepts', () => {
    const layout = fc.constantFrom(undefined, 1, '\t', '\n\r ');
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), layout, (value, indent) => {
        expect(isOneValue(` ${JSON.stringify(value, undefined, indent)}\n`)).toBe(true);
      }),
    );
  });

  it('refuses what JSON.parse refuses, wherever a text was damaged', () => {
    const character = fc.constantFrom(...'{}[],:"\\/ubtn0123456789-+.eEtruefalsn \n\u0001é'.split(''), '');
    fc.assert(
      fc.property(fc.json(), fc.nat(), character, (text, position, inserted) => {
        const at = position % (text.length + 1);
        for (const damaged of [
          text.slice(0, at) + inserted + text.slice(at),
          text.slice(0, at) + inserted + text.slice(at + 1),
        ]) {
          expect([damaged, isOneValue(damaged)]).toEqual([damaged, isJson(damaged)]);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ...['0', '-0', '1.5e+10', '-12E-3', '""', '"\\u00e9\\ud800\\n"', '[]', '{ }', '[1,[2,{"a":[]}]]', 'true', 'null'],
    ...[
      '',
      ' ',
      '-',
      '01',
      '1.',
      '.5',
      '1e',
      '+1',
      'tru',
      'nul',
      'NaN',
      '"',
      '"\\x"',
      '"\\u12g4"',
      '"\t"',
      '[1,]',
      '[,]',
    ],
    ...['{"a"}', '{"a":}', '{a:1}', '{"a":1,}', '{"a":1 "b":2}', '[1}', '{"a":1]', '1 2', '[', '{"a":', '[1', '"a'],
  ])('agrees with JSON.parse about %j', (text) => {
    expect(isOneValue(text)).toBe(isJson(text));
  });

  it('goes as deep as its bound and no deeper', () => {
    const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
    expect(isOneValue(nested(SCAN_DEPTH_MAX))).toBe(true);
    expect(isOneValue(nested(SCAN_DEPTH_MAX + 2))).toBe(false);
  });

  it('decodes keys and texts as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (key, value) => {
        const scan = scanOf(`${JSON.stringify(key)} : ${JSON.stringify(value)}`);
        expect(readKey(scan)).toBe(JSON.parse(JSON.stringify(key)));
        expect(readText(scan)).toBe(typeof value === 'string' ? value : undefined);
      }),
    );
  });
});
