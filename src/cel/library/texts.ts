import { celFunc, celList, celMethod, type CelFunc, CelScalar, listType } from '@bufbuild/cel';
import { compareCodePoints } from './values.ts';

const { BOOL, DOUBLE, INT, STRING } = CelScalar;
const INTEGER = /^[+-]?[0-9]+$/;
const NUMBER = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const WORDS: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['infinity', Infinity],
  ['nan', NaN],
]);

/** Where the library counts or orders texts by UTF-16, or reads numbers as JavaScript does, and Kubernetes does not. */
export const TEXTS: readonly CelFunc[] = [
  celMethod('charAt', STRING, [INT], STRING, function (index) {
    const characters = Array.from(this);
    if (index < 0n || index > BigInt(characters.length)) throw new Error(`index out of range: ${String(index)}`);
    return characters[Number(index)] ?? '';
  }),
  celMethod('indexOf', STRING, [STRING], INT, function (text) {
    return indexOf(this, text, 0n);
  }),
  celMethod('indexOf', STRING, [STRING, INT], INT, function (text, from) {
    return indexOf(this, text, from);
  }),
  celMethod('substring', STRING, [INT], STRING, function (start) {
    return substring(this, start, undefined);
  }),
  celMethod('substring', STRING, [INT, INT], STRING, function (start, end) {
    return substring(this, start, end);
  }),
  celMethod('split', STRING, [STRING, INT], listType(STRING), function (separator, limit) {
    return celList(split(this, separator, Number(limit)));
  }),
  celFunc('_<_', [STRING, STRING], BOOL, (a, b) => compareCodePoints(a, b) < 0),
  celFunc('_<=_', [STRING, STRING], BOOL, (a, b) => compareCodePoints(a, b) <= 0),
  celFunc('_>_', [STRING, STRING], BOOL, (a, b) => compareCodePoints(a, b) > 0),
  celFunc('_>=_', [STRING, STRING], BOOL, (a, b) => compareCodePoints(a, b) >= 0),
  celFunc('int', [STRING], INT, (text) => {
    const value = INTEGER.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
    if (value === undefined || BigInt.asIntN(64, value) !== value) throw new Error(`cannot convert ${text} to int`);
    return value;
  }),
  celFunc('double', [STRING], DOUBLE, (text) => {
    const sign = text.startsWith('-') ? -1 : 1;
    const word = WORDS.get(text.replace(/^[+-]/, '').toLowerCase());
    if (word !== undefined) return sign * word;
    if (!NUMBER.test(text)) throw new Error(`cannot convert ${text} to double`);
    return Number(text);
  }),
];

function indexOf(text: string, wanted: string, from: bigint): bigint {
  const characters = Array.from(text);
  if (wanted === '') return from;
  if (from < 0n || from >= BigInt(Math.max(1, characters.length)))
    throw new Error(`index out of range: ${String(from)}`);
  const found = text.indexOf(wanted, characters.slice(0, Number(from)).join('').length);
  return found < 0 ? -1n : BigInt(Array.from(text.slice(0, found)).length);
}

function substring(text: string, start: bigint, end: bigint | undefined): string {
  const characters = Array.from(text);
  const last = end ?? BigInt(characters.length);
  if (start < 0n || start > BigInt(characters.length)) throw new Error(`index out of range: ${String(start)}`);
  if (last < 0n || last > BigInt(characters.length)) throw new Error(`index out of range: ${String(last)}`);
  if (start > last) throw new Error(`invalid substring range. start: ${String(start)}, end: ${String(last)}`);
  return characters.slice(Number(start), Number(last)).join('');
}

/** The last part holds the rest; a negative limit is none, as in Go. */
function split(text: string, separator: string, limit: number): readonly string[] {
  if (limit === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}
