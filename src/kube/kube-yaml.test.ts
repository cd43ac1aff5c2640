import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseKubeYaml } from './kube-yaml.ts';
import type { JsonValue } from './object.ts';

function valueOf(text: string): JsonValue {
  const parsed = parseKubeYaml(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.value;
}

function errorOf(text: string): string | undefined {
  const parsed = parseKubeYaml(text);
  return parsed.ok ? undefined : parsed.error;
}

describe('a YAML scalar', () => {
  it.each<[string, JsonValue]>([
    ['yes', true],
    ['y', true],
    ['On', true],
    ['TRUE', true],
    ['tRue', 'tRue'],
    ['no', false],
    ['N', false],
    ['Off', false],
    ['~', null],
    ['', null],
    ['Null', null],
    ['nULL', 'nULL'],
    ['12:30:45', '12:30:45'],
    ['1:30', '1:30'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
    ['0', 0],
    ['-0', 0],
    ['+12', 12],
    ['1_000', 1000],
    ['0x1F', 31],
    ['-0x1F', -31],
    ['0b101', 5],
    ['0o17', 15],
    ['017', 15],
    ['08', 8],
    ['0x', '0x'],
    ['0xg', '0xg'],
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['18446744073709551615', 18446744073709551615],
    ['18446744073709551616', 18446744073709551616],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['1e999', '1e999'],
    ['1.2.3', '1.2.3'],
    ['"yes"', 'yes'],
    ["'5'", '5'],
    ['!!str yes', 'yes'],
    ['!!int "5"', 5],
    ['!!float 5', 5],
    ['!!binary aGVsbG8=', 'hello'],
    ['!mine 5', '5'],
    ['!!timestamp 2001-01-01', '2001-01-01'],
    ['=', '='],
    ['<<', '<<'],
    ['|\n  x\n  y\n', 'x\ny\n'],
    ['"\\x41\\u00e9"', 'Aé'],
  ])('%s', (text, value) => {
    expect(valueOf(`a: ${text}`)).toEqual({ a: value });
  });
});

describe('a YAML document', () => {
  it.each<[string, JsonValue]>([
    ['', null],
    ['---\n', null],
    ['# nothing\n', null],
    ['a: 1\n---\n', { a: 1 }],
    ['a: 1\n...\n', { a: 1 }],
    ['%YAML 1.1\n---\na: 1\n', { a: 1 }],
    ['{"a": [1, {"b": null}]}', { a: [1, { b: null }] }],
    [
      '1: a\ntrue: b\n1.5: c\n.inf: d\n-.inf: e\n0x10: f\n',
      { 1: 'a', true: 'b', 1.5: 'c', '.inf': 'd', '-.inf': 'e', 16: 'f' },
    ],
    ['a: &x [1]\nb: *x\n', { a: [1], b: [1] }],
    ['a: &x 1\nb: *x\nc: &x 2\nd: *x\n', { a: 1, b: 1, c: 2, d: 2 }],
    ['a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n', { a: { p: 1, q: 2 }, b: { p: 1, q: 3 } }],
    ['a: &x {p: 1}\nb: &y {p: 2, r: 3}\nc:\n  <<: [*x, *y]\n', { a: { p: 1 }, b: { p: 2, r: 3 }, c: { p: 1, r: 3 } }],
    ['b:\n  "<<": 1\n', { b: { '<<': 1 } }],
  ])('%j', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it('has keys of prototypes as ordinary keys', () => {
    const value = valueOf('__proto__: {polluted: true}\nconstructor: 1\n');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('tells its doubled keys with their lines; the last one counts', () => {
    const parsed = parseKubeYaml('a: 1\n"a": 2\nb:\n  5: x\n  5: z\n__proto__: 1\n__proto__: 2\n');
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        duplicates: [
          'line 2: key "a" already set in map',
          'line 5: key 5 already set in map',
          'line 7: key "__proto__" already set in map',
        ],
      },
    });
    expect(parsed.ok && parsed.value.value).toMatchObject({ a: 2, b: { 5: 'z' } });
  });

  it('gives back what was written, whatever it is', () => {
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom<JsonValue>(null, true, 0, -7, 1.5, 'yes', '5', '12:30:45', '~', '<<', ''),
        fc.string({ unit: 'grapheme-ascii' }),
        fc.dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const text = stringify(value, {
          version: '1.1',
          defaultStringType: 'QUOTE_DOUBLE',
          defaultKeyType: 'QUOTE_DOUBLE',
        });
        expect(valueOf(text)).toEqual(value);
      }),
    );
  });

  it.each([
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['a: &x [*x]', "yaml: anchor 'x' value contains itself"],
    ['a: !!int x', 'yaml: cannot decode !!str `x` as a !!int'],
    ['a: !!binary "?"', 'yaml: !!binary value contains invalid base64 data'],
    ['a: .inf', 'json: unsupported value: +Inf'],
    ['a: .nan', 'json: unsupported value: NaN'],
    ['? [a]\n: b', 'yaml: invalid map key'],
    ['~: b', 'unsupported map key of type: %!s(<nil>), key: <nil>'],
    ['<<: 5', 'yaml: map merge requires map or sequence of maps as the value'],
    ['%YAML 1.2\n---\na: 1\n', 'yaml: found incompatible YAML document'],
    ['a: 1\n---\nb: 1\n', 'yaml: more than one document'],
  ])('%j is refused', (text, message) => {
    expect(errorOf(text)).toBe(message);
  });

  it.each(['{', 'a: b: c', '\t- a', 'a: "x', '[1', 'a: |\n x\ny'])('%j is malformed, and the line is told', (text) => {
    expect(errorOf(text)).toMatch(/^yaml: line \d+: /);
  });

  it('is not nested deeper than can be read', () => {
    expect(errorOf('['.repeat(200) + ']'.repeat(200))).toBeUndefined();
    expect(errorOf('['.repeat(201) + ']'.repeat(201))).toBe('yaml: exceeded max depth');
    expect(errorOf('['.repeat(20_000))).toBe('yaml: exceeded max depth');
    expect(errorOf(`${'- '.repeat(20_000)}a`)).toBe('yaml: exceeded max depth');
  });

  it('does not let a few lines stand for billions of values', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const lines = names.slice(1).map(
      (name, index) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${names[index] ?? ''}`)
          .join(',')}]`,
    );
    expect(errorOf(`a: &a [x, x, x]\n${lines.join('\n')}\n`)).toBe('yaml: document contains excessive aliasing');
  });
});
