import { goQuoted } from '../../kube/go-quote.ts';

/** An IPv4 or IPv6 address without a zone; never IPv4 inside of IPv6. */
export interface Address {
  readonly family: 4 | 6;
  /** 4 or 16. */
  readonly bytes: readonly number[];
}

/** Thrown in the words of Go's netip, without the text itself. */
class AddressFault extends Error {}

const GROUPS = 8;

/** Reads an address strictly, as Kubernetes does, with its errors. */
export function parseAddress(text: string): Address {
  const address = parseGoAddress(
    text,
    (fault) => `IP Address ${goQuoted(text)} parse error during conversion from string: ${fault}`,
  );
  if (address.zone !== undefined) throw new Error(`IP address ${goQuoted(text)} with zone value is not allowed`);
  if (isMapped(address.bytes)) throw new Error(`IPv4-mapped IPv6 address ${goQuoted(text)} is not allowed`);
  return { family: address.family, bytes: address.bytes };
}

interface ZonedAddress extends Address {
  readonly zone: string | undefined;
}

/** As netip.ParseAddr; `explain` makes the message of its error. */
export function parseGoAddress(text: string, explain: (fault: string) => string): ZonedAddress {
  try {
    const mark = /[.:%]/.exec(text)?.[0];
    if (mark === '.') return { family: 4, bytes: parseFour(text), zone: undefined };
    if (mark === ':') return parseSix(text);
    throw new AddressFault(mark === '%' ? 'missing IPv6 address' : 'unable to parse IP');
  } catch (error) {
    if (!(error instanceof AddressFault)) throw error;
    throw new Error(explain(`ParseAddr(${goQuoted(text)}): ${error.message}`), { cause: error });
  }
}

function faultAt(message: string, rest: string): AddressFault {
  return new AddressFault(`${message} (at ${goQuoted(rest)})`);
}

/** Looks at one character after the other, because of several faults the first is named. */
function parseFour(text: string): readonly number[] {
  const bytes: number[] = [];
  let digits = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '.') {
      if (digits === '' || index === text.length - 1) {
        throw faultAt('IPv4 field must have at least one digit', text.slice(index));
      }
      if (bytes.length === 3) throw new AddressFault('IPv4 address too long');
      bytes.push(Number(digits));
      digits = '';
    } else {
      digits = withDigit(digits, character, text.slice(index));
    }
  }
  if (bytes.length < 3) throw new AddressFault('IPv4 address too short');
  return [...bytes, Number(digits)];
}

function withDigit(digits: string, character: string, rest: string): string {
  if (!/^[0-9]$/.test(character)) throw faultAt('unexpected character', rest);
  if (digits === '0') throw new AddressFault('IPv4 field has octet with leading zero');
  const longer = digits + character;
  if (Number(longer) > 255) throw new AddressFault('IPv4 field has value >255');
  return longer;
}

/** The groups that were read, where `::` stood, and what follows. */
interface SixState {
  readonly bytes: readonly number[];
  readonly gap: number | undefined;
  readonly rest: string;
}

function parseSix(text: string): ZonedAddress {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? undefined : text.slice(percent + 1);
  if (zone === '') throw new AddressFault('zone must be a non-empty string');
  const address = percent < 0 ? text : text.slice(0, percent);
  const leading = address.startsWith('::');
  let state: SixState = { bytes: [], gap: leading ? 0 : undefined, rest: leading ? address.slice(2) : address };
  // An address of nothing has one group to miss.
  if (address !== '::') state = readGroup(state);
  while (state.rest !== '' && state.bytes.length < 2 * GROUPS) state = readGroup(state);
  if (state.rest !== '') throw faultAt('trailing garbage after address', state.rest);
  return { family: 6, bytes: withGap(state), zone };
}

function readGroup({ bytes, gap, rest }: SixState): SixState {
  const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
  if (digits.length > 4) throw faultAt('each group must have 4 or less digits', rest);
  if (digits === '') throw faultAt('each colon-separated field must have at least one digit', rest);
  if (rest.charAt(digits.length) === '.')
    return { bytes: [...bytes, ...embeddedFour(bytes, gap, rest)], gap, rest: '' };
  const value = Number.parseInt(digits, 16);
  const longer = [...bytes, value >> 8, value & 0xff];
  return afterGroup({ bytes: longer, gap, rest: rest.slice(digits.length) });
}

function afterGroup({ bytes, gap, rest }: SixState): SixState {
  if (rest === '') return { bytes, gap, rest };
  if (!rest.startsWith(':')) throw faultAt('unexpected character, want colon', rest);
  if (rest === ':') throw faultAt('colon must be followed by more characters', rest);
  if (!rest.startsWith('::')) return { bytes, gap, rest: rest.slice(1) };
  if (gap !== undefined) throw faultAt('multiple :: in address', rest.slice(1));
  return { bytes, gap: bytes.length, rest: rest.slice(2) };
}

function embeddedFour(before: readonly number[], gap: number | undefined, rest: string): readonly number[] {
  if (gap === undefined && before.length !== 12) {
    throw faultAt('embedded IPv4 address must replace the final 2 fields of the address', rest);
  }
  if (before.length > 12) {
    throw faultAt('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
  }
  return parseFour(rest);
}

function withGap({ bytes, gap }: SixState): readonly number[] {
  const missing = 2 * GROUPS - bytes.length;
  if (missing === 0 && gap === undefined) return bytes;
  if (gap === undefined) throw new AddressFault('address string too short');
  if (missing === 0) throw new AddressFault('the :: must expand to at least one field of zeros');
  return [...bytes.slice(0, gap), ...Array.from({ length: missing }, () => 0), ...bytes.slice(gap)];
}

/** IPv4 inside of IPv6: `::ffff:1.2.3.4`. */
export function isMapped(bytes: readonly number[]): boolean {
  return (
    bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  );
}

/** The canonical form: in lower case, with `::` for the first of the longest runs of zeros (RFC 5952). */
export function formatAddress({ family, bytes }: Address): string {
  if (family === 4) return bytes.join('.');
  const groups = Array.from({ length: GROUPS }, (_, index) => groupAt(bytes, index).toString(16));
  const run = longestZeros(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

/** Sixteen bits. */
export function groupAt(bytes: readonly number[], index: number): number {
  return ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0);
}
