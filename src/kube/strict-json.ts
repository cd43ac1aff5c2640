import {
  TAB,
  LINE_FEED,
  CARRIAGE_RETURN,
  SPACE,
  QUOTE,
  COMMA,
  MINUS,
  DOT,
  ZERO,
  NINE,
  COLON,
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
} from './json-characters.ts';
import { goQuoted } from './go-quote.ts';
import type { JsonValue } from './object.ts';
import { setOwn } from './own-property.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/**
 * Bounds the nesting of objects and lists in a text. kube-apiserver allows 10,000; everything that walks a value here is
 * recursive, and no object that a client means comes near this.
 */
export const NESTING_DEPTH_MAX = 1000;
/** kube-apiserver stops to collect what only a strict reader minds here, so that an answer stays readable. */
export const STRICT_FAULTS_MAX = 100;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** Integers of so many characters are exact in a double. */
const EXACT_INTEGER_CHARACTERS = 15;
/** The longest int64 with its sign. */
const INT64_CHARACTERS = 20;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export interface StrictJson {
  readonly value: JsonValue;
  /** Paths of keys that an object has more than once (`spec.ports[0].name`), in the order found; the last value counts. */
  readonly duplicates: readonly string[];
}

/**
 * Parses JSON as kube-apiserver does for strict field validation. Integers within 64 bits are exact (bigint beyond
 * 2^53), other numbers are doubles. Every key, `__proto__` too, is an own property. The error is Go's.
 */
export function parseStrictJson(text: string): Outcome<StrictJson, string> {
  const scan: Scan = { text, at: 0, depth: 0, path: [], duplicates: new Set(), rangeError: undefined };
  try {
    const value = scanValue(scan);
    skipSpace(scan);
    if (scan.at < text.length) throw unexpected(scan, 'after top-level value');
    if (scan.rangeError !== undefined) return failed(scan.rangeError);
    return succeeded({ value, duplicates: [...scan.duplicates] });
  } catch (error) {
    if (error instanceof MalformedJson) return failed(error.message);
    throw error;
  }
}

class MalformedJson extends Error {}

interface Scan {
  readonly text: string;
  at: number;
  depth: number;
  /** Only the first `depth` entries count. */
  readonly path: (string | number)[];
  readonly duplicates: Set<string>;
  /** A number without a double; told only if the text is well-formed to its end. */
  rangeError: string | undefined;
}

function scanValue(scan: Scan): JsonValue {
  skipSpace(scan);
  switch (scan.text[scan.at]) {
    case '"':
      return scanString(scan);
    case '{':
      return scanObject(scan);
    case '[':
      return scanList(scan);
    case 't':
      return scanLiteral(scan, 'true', true);
    case 'f':
      return scanLiteral(scan, 'false', false);
    case 'n':
      return scanLiteral(scan, 'null', null);
    default:
      return scanNumber(scan);
  }
}

function scanObject(scan: Scan): JsonValue {
  const object: Record<string, JsonValue> = {};
  const level = enter(scan);
  skipSpace(scan);
  if (codeAt(scan) === CLOSE_OBJECT) return leave(scan, object);
  for (;;) {
    if (codeAt(scan) !== QUOTE) throw unexpected(scan, 'looking for beginning of object key string');
    const key = scanString(scan);
    skipSpace(scan);
    if (codeAt(scan) !== COLON) throw unexpected(scan, 'after object key');
    scan.at += 1;
    scan.path[level] = key;
    if (object[key] !== undefined && Object.hasOwn(object, key)) noteDuplicate(scan);
    setOwn(object, key, scanValue(scan));
    skipSpace(scan);
    const code = codeAt(scan);
    if (code === CLOSE_OBJECT) return leave(scan, object);
    if (code !== COMMA) throw unexpected(scan, 'after object key:value pair');
    scan.at += 1;
    skipSpace(scan);
  }
}

function scanList(scan: Scan): JsonValue {
  const list: JsonValue[] = [];
  const level = enter(scan);
  skipSpace(scan);
  if (codeAt(scan) === CLOSE_LIST) return leave(scan, list);
  for (;;) {
    scan.path[level] = list.length;
    list.push(scanValue(scan));
    skipSpace(scan);
    const code = codeAt(scan);
    if (code === CLOSE_LIST) return leave(scan, list);
    if (code !== COMMA) throw unexpected(scan, 'after array element');
    scan.at += 1;
  }
}

/** Passes the opening bracket; its place in the path is the answer. */
function enter(scan: Scan): number {
  if (scan.depth >= NESTING_DEPTH_MAX) throw unexpected(scan, 'exceeded max depth');
  scan.at += 1;
  scan.depth += 1;
  return scan.depth - 1;
}

function leave<T>(scan: Scan, value: T): T {
  scan.at += 1;
  scan.depth -= 1;
  return value;
}

function noteDuplicate(scan: Scan): void {
  if (scan.duplicates.size >= STRICT_FAULTS_MAX) return;
  let path = '';
  for (const part of scan.path.slice(0, scan.depth)) {
    if (typeof part === 'number') path += `[${part}]`;
    else path += path === '' ? part : `.${part}`;
  }
  scan.duplicates.add(path);
}

function scanString(scan: Scan): string {
  const { text } = scan;
  const start = scan.at + 1;
  let at = start;
  let code = text.charCodeAt(at);
  while (code !== QUOTE && code !== BACKSLASH && code >= SPACE) {
    at += 1;
    code = text.charCodeAt(at);
  }
  if (code !== QUOTE) return scanEscapedString(scan, start, at);
  scan.at = at + 1;
  return text.slice(start, at);
}

/** The rare string with an escape, or the end of a malformed one; `at` is the first character that is not plain. */
function scanEscapedString(scan: Scan, start: number, at: number): string {
  const { text } = scan;
  let whole = text.slice(start, at);
  scan.at = at;
  for (;;) {
    const code = codeAt(scan);
    if (code === QUOTE) break;
    if (Number.isNaN(code)) throw unexpected(scan, '');
    if (code < SPACE) throw unexpected(scan, 'in string literal');
    if (code === BACKSLASH) whole += scanEscape(scan);
    else {
      const next = plainEnd(text, scan.at);
      whole += text.slice(scan.at, next);
      scan.at = next;
    }
  }
  scan.at += 1;
  // Half of a surrogate pair can only come from an escape; Go puts the replacement character in its place.
  return whole.replace(/\p{Surrogate}/gu, '\ufffd');
}

function plainEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    // The comparison is false for the end of the text (NaN), too.
    if (!(code >= SPACE) || code === QUOTE || code === BACKSLASH) return at;
    at += 1;
  }
}

function scanEscape(scan: Scan): string {
  scan.at += 1;
  const letter = scan.text[scan.at] ?? '';
  if (letter === 'u') return scanHexEscape(scan);
  const character = ESCAPES[letter];
  if (character === undefined) throw unexpectedInToken(scan, 'in string escape code');
  scan.at += 1;
  return character;
}

function scanHexEscape(scan: Scan): string {
  scan.at += 1;
  const start = scan.at;
  for (; scan.at < start + 4; scan.at += 1) {
    if (!/^[0-9a-fA-F]$/.test(scan.text[scan.at] ?? '')) {
      throw unexpectedInToken(scan, 'in \\u hexadecimal character escape');
    }
  }
  return String.fromCharCode(parseInt(scan.text.slice(start, scan.at), 16));
}

function scanLiteral<T>(scan: Scan, literal: string, value: T): T {
  if (scan.text.startsWith(literal, scan.at)) {
    scan.at += literal.length;
    return value;
  }
  for (const expected of literal) {
    if (scan.text[scan.at] !== expected) {
      throw unexpectedInToken(scan, `in literal ${literal} (expecting '${expected}')`);
    }
    scan.at += 1;
  }
  return value;
}

function scanNumber(scan: Scan): JsonValue {
  const start = scan.at;
  if (codeAt(scan) === MINUS) {
    scan.at += 1;
    if (!isDigit(codeAt(scan))) throw unexpectedInToken(scan, 'in numeric literal');
  }
  const first = codeAt(scan);
  if (!isDigit(first)) throw unexpected(scan, 'looking for beginning of value');
  if (first === ZERO) scan.at += 1;
  else skipDigits(scan);
  const isInteger = !skipFraction(scan);
  return numberOf(scan, scan.text.slice(start, scan.at), isInteger);
}

/** True if there was a fraction or an exponent. */
function skipFraction(scan: Scan): boolean {
  const start = scan.at;
  if (codeAt(scan) === DOT) {
    scan.at += 1;
    if (!isDigit(codeAt(scan))) throw unexpectedInToken(scan, 'after decimal point in numeric literal');
    skipDigits(scan);
  }
  const letter = scan.text[scan.at];
  if (letter === 'e' || letter === 'E') {
    scan.at += 1;
    const sign = scan.text[scan.at];
    if (sign === '+' || sign === '-') scan.at += 1;
    if (!isDigit(codeAt(scan))) throw unexpectedInToken(scan, 'in exponent of numeric literal');
    skipDigits(scan);
  }
  return scan.at > start;
}

function skipDigits(scan: Scan): void {
  while (isDigit(codeAt(scan))) scan.at += 1;
}

function numberOf(scan: Scan, text: string, isInteger: boolean): number | bigint {
  const value = Number(text);
  // There is no negative zero among integers.
  if (isInteger && text.length <= EXACT_INTEGER_CHARACTERS) return value === 0 ? 0 : value;
  const exact = isInteger ? exactInteger(text, value) : undefined;
  if (exact === undefined && !Number.isFinite(value)) {
    scan.rangeError ??= `json: cannot unmarshal number ${text} into Go value of type float64`;
  }
  return exact ?? value;
}

/** undefined beyond 64 bits, where kube-apiserver takes the nearest double. */
function exactInteger(text: string, value: number): number | bigint | undefined {
  if (Number.isSafeInteger(value)) return value;
  if (text.length > INT64_CHARACTERS) return undefined;
  const exact = BigInt(text);
  return exact >= INT64_MIN && exact <= INT64_MAX ? exact : undefined;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** NaN at the end of the text. */
function codeAt(scan: Scan): number {
  return scan.text.charCodeAt(scan.at);
}

function skipSpace(scan: Scan): void {
  let code = codeAt(scan);
  while (code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB) {
    scan.at += 1;
    code = codeAt(scan);
  }
}

/** A fault between tokens, or the end of the text there. */
function unexpected(scan: Scan, where: string): MalformedJson {
  if (scan.at >= scan.text.length) return new MalformedJson('unexpected end of JSON input');
  return unexpectedInToken(scan, where);
}

/** A fault inside a token. Go feeds a space behind the last byte to see whether a token may end there. */
function unexpectedInToken(scan: Scan, where: string): MalformedJson {
  return new MalformedJson(`invalid character ${shownByte(scan)} ${where}`);
}

/** Go looks at single bytes and shows each as the character of that number. */
function shownByte({ text, at }: Scan): string {
  const [byte = SPACE] = Buffer.from(String.fromCodePoint(text.codePointAt(at) ?? SPACE));
  const character = String.fromCharCode(byte);
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${goQuoted(character).slice(1, -1)}'`;
}
