import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringifyJson } from './json.ts';
import { NESTING_DEPTH_MAX, parseStrictJson } from './strict-json.ts';
import { isJson } from '../../test/support/json-text.ts';

function valueOf(text: string): unknown {
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.value;
}

function duplicatesOf(text: string): readonly string[] {
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.duplicates;
}

function errorOf(text: string): string | undefined {
  const parsed = parseStrictJson(text);
  return parsed.ok ? undefined : parsed.error;
}

describe('values', () => {
  it('are those of JSON.parse, whatever the text', () => {
    const text = fc.oneof(
      fc.json(),
      fc.json().map((json) => JSON.stringify(JSON.parse(json), undefined, 2)),
    );
    fc.assert(
      fc.property(text, (json) => {
        expect(inDoubles(valueOf(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  it('survive a round trip, bigint too', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
        fc.string(),
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(valueOf(stringifyJson(value))).toEqual(value);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808', 9223372036854775808],
    ['100000000000000000000', 1e20],
    ['1e3', 1000],
    ['-0', 0],
    ['1.5E-2', 0.015],
    [' \t\r\n[ ] ', []],
    ['"\\u00e9\\n\\/"', 'é\n/'],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\ud83d"', '\ufffd'],
    ['"😀"', '😀'],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it('have every key as an own property and pollute nothing', () => {
    const value = valueOf('{"__proto__":{"polluted":true},"constructor":1,"toString":2}');
    expect(Object.entries(Object(value) as object)).toEqual([
      ['__proto__', { polluted: true }],
      ['constructor', 1],
      ['toString', 2],
    ]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('duplicates', () => {
  it.each<[string, readonly string[]]>([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"a":1,"a":2}}', ['spec.a']],
    ['{"metadata":{"labels":{"a":"x","a":"y"}}}', ['metadata.labels.a']],
    ['{"ports":[{},{"port":1,"port":2}]}', ['ports[1].port']],
    ['[{"op":"add","op":"test"}]', ['[0].op']],
    ['[[{"a":1,"a":2}]]', ['[0][0].a']],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"b":{"c":1,"c":1},"a":1,"a":2,"b":{"d":1,"d":1}}', ['b.c', 'a', 'b', 'b.d']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"toString":1,"constructor":2}', []],
    ['{"a":null,"a":null}', ['a']],
    ['{"":1,"":2,"x":{"":1,"":1}}', ['', 'x.']],
    ['{"\\u0061":1,"a":2}', ['a']],
  ])('of %s', (text, expected) => {
    expect(duplicatesOf(text)).toEqual(expected);
  });

  it('keep the last value', () => {
    expect(valueOf('{"a":1,"__proto__":1,"a":2,"__proto__":2}')).toEqual(JSON.parse('{"a":2,"__proto__":2}'));
  });

  it('are counted up to a hundred', () => {
    const text = Array.from({ length: 150 }, (_, i) => `"k${i}":1,"k${i}":2`).join(',');
    expect(duplicatesOf(`{${text}}`)).toHaveLength(100);
  });
});

describe('errors', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['  ', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['[1,', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['"a\\n', 'unexpected end of JSON input'],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['tru', "invalid character ' ' in literal true (expecting 'e')"],
    ['nul1', "invalid character '1' in literal null (expecting 'l')"],
    ['fAlse', "invalid character 'A' in literal false (expecting 'a')"],
    ['-', "invalid character ' ' in numeric literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['+1', "invalid character '+' looking for beginning of value"],
    ['.5', "invalid character '.' looking for beginning of value"],
    ['1.', "invalid character ' ' after decimal point in numeric literal"],
    ['1.e', "invalid character 'e' after decimal point in numeric literal"],
    ['1e', "invalid character ' ' in exponent of numeric literal"],
    ['1e+x', "invalid character 'x' in exponent of numeric literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"\\u12', "invalid character ' ' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"a\\tb\u0001"', "invalid character '\\x01' in string literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['NaN', "invalid character 'N' looking for beginning of value"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ['1e400', 'json: cannot unmarshal number 1e400 into Go value of type float64'],
    ['[1e400,', 'unexpected end of JSON input'],
  ])('of %j', (text, expected) => {
    expect(errorOf(text)).toBe(expected);
  });

  it('are told for everything that JSON.parse refuses, and for nothing else', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      'a',
      '\\',
      '1',
      '-',
      '.',
      'e',
      'true',
      'null',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(errorOf(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('come from one level too many', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(errorOf(nested(NESTING_DEPTH_MAX))).toBeUndefined();
    expect(errorOf(nested(NESTING_DEPTH_MAX + 1))).toBe("invalid character '[' exceeded max depth");
    expect(errorOf('{"a":'.repeat(100_000))).toBe("invalid character '{' exceeded max depth");
  });
});

function inDoubles(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)));
}
