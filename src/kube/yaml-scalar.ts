import type { Scalar } from 'yaml';
import type { JsonValue } from './object.ts';

/** A text that is not the YAML that kube-apiserver reads; the message says why in its words. */
export class YamlFault extends Error {}

const TAG_PREFIX = 'tag:yaml.org,2002:';
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** Plain texts that are values of their own. There is no other way to write a boolean or nothing at all. */
const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...words('bool', true, ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']),
  ...words('bool', false, ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']),
  ...words('null', null, ['', '~', 'null', 'Null', 'NULL']),
  ...words('float', NaN, ['.nan', '.NaN', '.NAN']),
  ...words('float', Infinity, ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']),
  ...words('float', -Infinity, ['-.inf', '-.Inf', '-.INF']),
]);

/** Tags whose texts are looked at; a tag of somebody's own leaves the text as it is. */
const VALUE_TAGS: ReadonlySet<string> = new Set(['', 'bool', 'int', 'float', 'null', 'timestamp']);

/** What a scalar is. Quoted texts are texts. */
export function resolveScalar(node: Scalar): JsonValue {
  const text = typeof node.value === 'string' ? node.value : '';
  const tag = tagOf(node);
  if (tag === 'binary') return binary(text);
  const isText = !VALUE_TAGS.has(tag) || (tag === '' && node.type !== 'PLAIN');
  return isText ? text : fitting(tag, text, resolvePlain(text));
}

interface Resolved {
  readonly tag: string;
  readonly value: JsonValue;
}

/** An integer is a float too. */
function fitting(tag: string, text: string, resolved: Resolved): JsonValue {
  if (tag === '' || tag === resolved.tag || (tag === 'float' && resolved.tag === 'int')) return resolved.value;
  if (tag === 'timestamp' && /^\d{4}-/.test(text)) return text;
  throw new YamlFault(`yaml: cannot decode !!${resolved.tag} \`${text}\` as a !!${tag}`);
}

/** '' without a tag, the short name of a standard one, else the tag itself. */
function tagOf({ tag }: Scalar): string {
  if (tag === undefined) return '';
  return tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : tag;
}

function binary(text: string): string {
  const plain = text.replace(/[\r\n]/g, '');
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) {
    throw new YamlFault('yaml: !!binary value contains invalid base64 data');
  }
  return Buffer.from(plain, 'base64').toString('utf8');
}

function resolvePlain(text: string): Resolved {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return { tag: 'str', value: text };
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = integerOf(digits);
  if (integer !== undefined) return { tag: 'int', value: jsonNumber(integer) };
  const float = FLOAT.test(digits) ? Number(digits) : NaN;
  // A number beyond a double stays a text.
  return Number.isFinite(float) ? { tag: 'float', value: float } : { tag: 'str', value: text };
}

/** Decimal, or with the prefixes of Go: `0x`, `0b`, `0o`, and `0` alone for octal. Signed or unsigned 64 bits. */
function integerOf(text: string): bigint | undefined {
  const parts = /^([-+]?)(0[xXbBoO]|0(?=.))?([0-9a-fA-F]+)$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', prefix = '', digits = ''] = parts;
  const value = magnitudeOf(prefix.toLowerCase(), digits);
  if (value === undefined) return undefined;
  const signed = sign === '-' ? -value : value;
  // With a sign only 63 bits are left.
  return signed < INT64_MIN || signed > (sign === '' ? UINT64_MAX : INT64_MAX) ? undefined : signed;
}

function magnitudeOf(prefix: string, digits: string): bigint | undefined {
  // More digits than 64 bits have in any base.
  if (digits.length > 64) return undefined;
  switch (prefix) {
    case '0x':
      return BigInt(`0x${digits}`);
    case '0b':
      return /^[01]+$/.test(digits) ? BigInt(`0b${digits}`) : undefined;
    case '0o':
    case '0':
      return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined;
    default:
      return /^[0-9]+$/.test(digits) ? BigInt(digits) : undefined;
  }
}

/** Beyond a signed 64-bit integer JSON has only doubles in kube-apiserver. */
function jsonNumber(value: bigint): number | bigint {
  const double = Number(value);
  return Number.isSafeInteger(double) || value > INT64_MAX ? double : value;
}

function words(tag: string, value: JsonValue, texts: readonly string[]): [string, Resolved][] {
  return texts.map((text) => [text, { tag, value }]);
}
