import {
  TAB,
  LINE_FEED,
  CARRIAGE_RETURN,
  SPACE,
  QUOTE,
  PLUS,
  COMMA,
  MINUS,
  DOT,
  ZERO,
  NINE,
  COLON,
  OPEN_LIST,
  BACKSLASH,
  CLOSE_LIST,
  LETTER_A,
  LETTER_E,
  LETTER_F,
  LETTER_U,
  OPEN_OBJECT,
  CLOSE_OBJECT,
} from '../../src/kube/json-characters.ts';

/*
 * Walks over JSON in bytes without making values of it, as fast as JavaScript can, and refuses what is no JSON. Strings
 * are not decoded: bytes that are no UTF-8 pass, as they pass Go.
 */

/** Go refuses deeper nesting, too. */
export const SCAN_DEPTH_MAX = 10_000;

export interface JsonScan {
  /** Nothing behind its end is read: set to a shorter view, it bounds what comes next. */
  bytes: Uint8Array;
  at: number;
}

/** Not JSON at `at`; or the bytes end there, which may be because they were bounded. */
export class MalformedJson extends Error {
  readonly at: number;

  constructor(at: number) {
    super(`invalid JSON at byte ${at}`);
    this.at = at;
  }
}

/** A letter in lower case, if it is a letter at all. */
const LOWER_CASE = 0x20;

/** Letters that may follow a backslash, besides `u`. */
const ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS: ReadonlyMap<number | undefined, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((text) => [text.charCodeAt(0), Buffer.from(text)]),
);

/** Closers of the containers around; one walk at a time needs it. */
const closers = new Uint8Array(SCAN_DEPTH_MAX);

/** Passes one value of any kind. */
export function skipValue(scan: JsonScan): void {
  let depth = 0;
  do {
    const closer = beginValue(scan);
    if (closer === 0) {
      depth = endValues(scan, depth);
    } else {
      if (depth === SCAN_DEPTH_MAX) throw new MalformedJson(scan.at);
      closers[depth] = closer;
      depth += 1;
      if (closer === CLOSE_OBJECT) skipKey(scan);
    }
  } while (depth > 0);
}

/** Passes `{`, and `}` if nothing is inside: then false. */
export function enterObject(scan: JsonScan): boolean {
  return enter(scan, OPEN_OBJECT, CLOSE_OBJECT);
}

/** Passes `[`, and `]` if nothing is inside: then false. */
export function enterList(scan: JsonScan): boolean {
  return enter(scan, OPEN_LIST, CLOSE_LIST);
}

/** After a member: true behind a comma, false behind the end of the object. */
export function hasNextMember(scan: JsonScan): boolean {
  return hasNext(scan, CLOSE_OBJECT);
}

/** After an item: true behind a comma, false behind the end of the list. */
export function hasNextItem(scan: JsonScan): boolean {
  return hasNext(scan, CLOSE_LIST);
}

/** Passes a key and its colon. */
export function readKey(scan: JsonScan): string {
  skipSpace(scan);
  const key = readString(scan);
  passColon(scan);
  return key;
}

/** Passes a value; the text if it is one, else undefined. */
export function readText(scan: JsonScan): string | undefined {
  skipSpace(scan);
  if (scan.bytes[scan.at] === QUOTE) return readString(scan);
  skipValue(scan);
  return undefined;
}

/** True if the next value is an object. */
export function isAtObject(scan: JsonScan): boolean {
  skipSpace(scan);
  return scan.bytes[scan.at] === OPEN_OBJECT;
}

/** True if the next value is a list. */
export function isAtList(scan: JsonScan): boolean {
  skipSpace(scan);
  return scan.bytes[scan.at] === OPEN_LIST;
}

export function skipSpace(scan: JsonScan): void {
  const { bytes } = scan;
  let { at } = scan;
  let byte = bytes[at];
  while (byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB) {
    at += 1;
    byte = bytes[at];
  }
  scan.at = at;
}

/** Passes a whole scalar or empty container, then 0; or the opening of a container, then the byte that closes it. */
function beginValue(scan: JsonScan): number {
  skipSpace(scan);
  switch (scan.bytes[scan.at]) {
    case QUOTE:
      skipString(scan);
      return 0;
    case OPEN_OBJECT:
      return enterObject(scan) ? CLOSE_OBJECT : 0;
    case OPEN_LIST:
      return enterList(scan) ? CLOSE_LIST : 0;
    default:
      skipScalar(scan);
      return 0;
  }
}

/** Passes what follows a complete value, up to the next value in the innermost container that goes on; its depth. */
function endValues(scan: JsonScan, from: number): number {
  let depth = from;
  while (depth > 0) {
    const closer = closers[depth - 1] ?? 0;
    if (hasNext(scan, closer)) {
      if (closer === CLOSE_OBJECT) skipKey(scan);
      return depth;
    }
    depth -= 1;
  }
  return 0;
}

function enter(scan: JsonScan, opener: number, closer: number): boolean {
  skipSpace(scan);
  if (scan.bytes[scan.at] !== opener) throw new MalformedJson(scan.at);
  scan.at += 1;
  skipSpace(scan);
  if (scan.bytes[scan.at] !== closer) return true;
  scan.at += 1;
  return false;
}

function hasNext(scan: JsonScan, closer: number): boolean {
  skipSpace(scan);
  const byte = scan.bytes[scan.at];
  if (byte !== COMMA && byte !== closer) throw new MalformedJson(scan.at);
  scan.at += 1;
  return byte === COMMA;
}

function skipKey(scan: JsonScan): void {
  skipSpace(scan);
  skipString(scan);
  passColon(scan);
}

function passColon(scan: JsonScan): void {
  skipSpace(scan);
  if (scan.bytes[scan.at] !== COLON) throw new MalformedJson(scan.at);
  scan.at += 1;
}

function readString(scan: JsonScan): string {
  const start = scan.at;
  const isPlain = skipString(scan);
  const bytes = Buffer.from(scan.bytes.buffer, scan.bytes.byteOffset + start, scan.at - start);
  if (isPlain) return bytes.toString('utf8', 1, bytes.length - 1);
  const text: unknown = JSON.parse(bytes.toString());
  return typeof text === 'string' ? text : '';
}

/** Passes a string; true if nothing in it is escaped. */
function skipString(scan: JsonScan): boolean {
  const { bytes } = scan;
  let { at } = scan;
  if (bytes[at] !== QUOTE) throw new MalformedJson(at);
  let isPlain = true;
  for (;;) {
    at += 1;
    const byte = bytes[at];
    // The comparison is false behind the end, too.
    if (!(byte !== undefined && byte >= SPACE)) throw new MalformedJson(at);
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) {
      isPlain = false;
      at = escapeEnd(bytes, at + 1);
    }
  }
  scan.at = at + 1;
  return isPlain;
}

/** The last byte of what is escaped. */
function escapeEnd(bytes: Uint8Array, at: number): number {
  if (ESCAPES.has(bytes[at])) return at;
  if (bytes[at] !== LETTER_U) throw new MalformedJson(at);
  for (let digit = at + 1; digit <= at + 4; digit += 1) {
    if (!isHexDigit(bytes[digit])) throw new MalformedJson(digit);
  }
  return at + 4;
}

function skipScalar(scan: JsonScan): void {
  const literal = LITERALS.get(scan.bytes[scan.at]);
  if (literal === undefined) {
    skipNumber(scan);
    return;
  }
  for (const byte of literal) {
    if (scan.bytes[scan.at] !== byte) throw new MalformedJson(scan.at);
    scan.at += 1;
  }
}

function skipNumber(scan: JsonScan): void {
  const { bytes } = scan;
  if (bytes[scan.at] === MINUS) scan.at += 1;
  if (bytes[scan.at] === ZERO) scan.at += 1;
  else skipDigits(scan);
  if (bytes[scan.at] === DOT) {
    scan.at += 1;
    skipDigits(scan);
  }
  if (lowerCase(bytes[scan.at]) !== LETTER_E) return;
  scan.at += 1;
  if (bytes[scan.at] === PLUS || bytes[scan.at] === MINUS) scan.at += 1;
  skipDigits(scan);
}

/** At least one. */
function skipDigits(scan: JsonScan): void {
  if (!isDigit(scan.bytes[scan.at])) throw new MalformedJson(scan.at);
  do scan.at += 1;
  while (isDigit(scan.bytes[scan.at]));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHexDigit(byte: number | undefined): boolean {
  const letter = lowerCase(byte);
  return isDigit(byte) || (letter >= LETTER_A && letter <= LETTER_F);
}

function lowerCase(byte = 0): number {
  return byte | LOWER_CASE;
}
