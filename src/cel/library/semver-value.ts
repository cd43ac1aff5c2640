import { goQuoted } from '../../kube/go-quote.ts';
import { compareCodePoints } from './values.ts';

/** A semantic version; what stands behind `+` only has to be well formed. */
export interface Semver {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Numbers are compared as numbers, and come before texts. */
  readonly prerelease: readonly (bigint | string)[];
}

const DIGITS = /^[0-9]*$/;
const ALPHANUMERIC = /^[0-9A-Za-z-]*$/;
const UINT_MAX = 2n ** 64n - 1n;

/** Reads `1.2.3-rc.1+build` strictly, with the errors of the library that Kubernetes uses. */
export function parseSemver(text: string): Semver {
  if (text === '') throw new Error('Version string empty');
  const [major, minor, rest] = splitInThree(text);
  if (minor === undefined || rest === undefined) throw new Error('No Major.Minor.Patch elements found');
  const [beforeBuild, build] = cut(rest, '+');
  const [patch, prerelease] = cut(beforeBuild, '-');
  const version = {
    major: parseNumber('Major', major),
    minor: parseNumber('Minor', minor),
    patch: parseNumber('Patch', patch),
    prerelease: prerelease?.split('.').map(parsePrerelease) ?? [],
  };
  for (const part of build?.split('.') ?? []) checkBuild(part);
  return version;
}

/** The same after a `v` and leading zeros were taken away and missing numbers filled in. */
export function parseLenientSemver(text: string): Semver {
  const parts = splitInThree(text.replace(/^v/, '')).map(withoutZeros);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) {
    throw new Error('short version cannot contain PreRelease/Build meta data');
  }
  return parseSemver([...parts, '0', '0'].slice(0, 3).join('.'));
}

function withoutZeros(part: string): string {
  if (part.length < 2) return part;
  const rest = part.replace(/^0+/, '');
  return /^[0-9]/.test(rest) ? rest : `0${rest}`;
}

/** Up to three parts, the last with all that follows. */
function splitInThree(text: string): readonly [string, ...string[]] {
  const [first, rest] = cut(text, '.');
  if (rest === undefined) return [first];
  const [second, last] = cut(rest, '.');
  return last === undefined ? [first, second] : [first, second, last];
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function parseNumber(name: string, text: string): bigint {
  if (!DIGITS.test(text))
    throw new Error(`Invalid character(s) found in ${name.toLowerCase()} number ${goQuoted(text)}`);
  if (hasLeadingZero(text)) throw new Error(`${name} number must not contain leading zeroes ${goQuoted(text)}`);
  return parseUint(text);
}

function parseUint(text: string): bigint {
  if (text === '') throw new Error('strconv.ParseUint: parsing "": invalid syntax');
  const value = BigInt(text);
  if (value > UINT_MAX) throw new Error(`strconv.ParseUint: parsing ${goQuoted(text)}: value out of range`);
  return value;
}

function parsePrerelease(text: string): bigint | string {
  if (text === '') throw new Error('Prerelease is empty');
  if (DIGITS.test(text)) {
    if (!hasLeadingZero(text)) return parseUint(text);
    throw new Error(`Numeric PreRelease version must not contain leading zeroes ${goQuoted(text)}`);
  }
  if (!ALPHANUMERIC.test(text)) throw new Error(`Invalid character(s) found in prerelease ${goQuoted(text)}`);
  return text;
}

function checkBuild(text: string): void {
  if (text === '') throw new Error('Build meta data is empty');
  if (!ALPHANUMERIC.test(text)) throw new Error(`Invalid character(s) found in build meta data ${goQuoted(text)}`);
}

function hasLeadingZero(text: string): boolean {
  return text.length > 1 && text.startsWith('0');
}

export function compareSemvers(a: Semver, b: Semver): number {
  const numbers = compare(a.major, b.major) || compare(a.minor, b.minor) || compare(a.patch, b.patch);
  if (numbers !== 0) return numbers;
  // A version without is the release, which comes last.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Math.sign(b.prerelease.length - a.prerelease.length);
  }
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index];
    const order = other === undefined ? 1 : comparePrereleases(part, other);
    if (order !== 0) return order;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

function comparePrereleases(a: bigint | string, b: bigint | string): number {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? compare(a, b) : -1;
  return typeof b === 'bigint' ? 1 : Math.sign(compareCodePoints(a, b));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same for versions that are equal. */
export function semverKey({ major, minor, patch, prerelease }: Semver): string {
  return `${String(major)}.${String(minor)}.${String(patch)}-${prerelease.map(String).join('.')}`;
}
