import { QUANTITY_DIGITS_MAX } from '../limits.ts';

/** `unscaled` times ten to the power of `exponent`. */
export interface Quantity {
  readonly unscaled: bigint;
  readonly exponent: number;
  /** Whether Kubernetes keeps it as 64 bits and a power of ten: only of such it knows whether they are integers. */
  readonly isSmall: boolean;
}

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";
const WRONG_NUMBER = 'unable to parse numeric part of quantity';

const FORM = /^(?<sign>[+-]?)0*(?<whole>[0-9]*)(?<fraction>\.[0-9]*)?(?<suffix>[eEinumkKMGTP]*[-+]?[0-9]*)$/;
const DECIMAL_EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...([
    ['n', -9],
    ['u', -6],
    ['m', -3],
    ['', 0],
    ['k', 3],
  ] as const),
  ...([
    ['M', 6],
    ['G', 9],
    ['T', 12],
    ['P', 15],
    ['E', 18],
  ] as const),
]);
const BINARY_SUFFIXES: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const NANO = -9;
const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
/** Digits which 64 bits hold whatever they are. */
const SMALL_DIGITS_MAX = 18;
/** The same, for numbers that are multiplied by a power of two. */
const SMALL_BINARY_DIGITS_MAX = 14;

interface Parts {
  readonly negative: boolean;
  readonly digits: string;
  readonly whole: number;
  readonly fraction: number;
}

/** Reads `1.5Gi` and the like as Kubernetes does, with its errors. */
export function parseQuantity(text: string): Quantity {
  const groups = text === '' ? undefined : FORM.exec(text)?.groups;
  if (groups === undefined) throw new Error(WRONG_FORMAT);
  const { suffix = '' } = groups;
  const parts = partsOf(groups);
  if (parts.digits.length > QUANTITY_DIGITS_MAX) throw new Error(WRONG_NUMBER);
  const binary = suffix === '' ? 0 : BINARY_SUFFIXES.indexOf(suffix);
  return binary > 0 ? binaryQuantity(parts, binary * 10) : decimalQuantity(parts, decimalExponent(suffix));
}

function partsOf({ sign, whole = '', fraction = '.' }: Readonly<Record<string, string | undefined>>): Parts {
  const before = whole === '' ? '0' : whole;
  const after = fraction.slice(1);
  return { negative: sign === '-', digits: before + after, whole: before.length, fraction: after.length };
}

function decimalExponent(suffix: string): number {
  const known = DECIMAL_EXPONENTS.get(suffix);
  if (known !== undefined) return known;
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) throw new Error(WRONG_SUFFIX);
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > QUANTITY_DIGITS_MAX) throw new Error(WRONG_SUFFIX);
  return exponent;
}

function decimalQuantity(parts: Parts, power: number): Quantity {
  const value = signed(parts);
  const exponent = power - parts.fraction;
  if (parts.digits.length <= SMALL_DIGITS_MAX && exponent >= NANO) return { unscaled: value, exponent, isSmall: true };
  return { ...inNanos({ unscaled: value, exponent }), isSmall: false };
}

function binaryQuantity(parts: Parts, power: number): Quantity {
  const value = signed(parts) * 2n ** BigInt(power);
  const digitsMax = SMALL_BINARY_DIGITS_MAX - Math.trunc((power * 3) / 10);
  if (parts.fraction === 0 && parts.whole <= digitsMax) return { unscaled: value, exponent: 0, isSmall: true };
  const rounded = { ...inNanos({ unscaled: value, exponent: -parts.fraction }), isSmall: false };
  const most = { unscaled: parts.negative ? -INT_MAX : INT_MAX, exponent: 0, isSmall: false };
  const isBeyond = compareQuantities(rounded, most) * (parts.negative ? -1 : 1) > 0;
  return isBeyond ? most : rounded;
}

function signed({ negative, digits }: Parts): bigint {
  return negative ? -BigInt(digits) : BigInt(digits);
}

type Decimal = Pick<Quantity, 'unscaled' | 'exponent'>;

/** Rounded away from zero: who asks for a little gets a little. */
function inNanos({ unscaled, exponent }: Decimal): Decimal {
  if (unscaled === 0n) return { unscaled, exponent: NANO };
  if (exponent >= NANO) return { unscaled: unscaled * tenTo(exponent - NANO), exponent: NANO };
  const divisor = tenTo(NANO - exponent);
  const rest = unscaled % divisor;
  const away = rest === 0n ? 0n : unscaled < 0n ? -1n : 1n;
  return { unscaled: unscaled / divisor + away, exponent: NANO };
}

function tenTo(power: number): bigint {
  return 10n ** BigInt(power);
}

/** Both as multiples of the same power of ten. */
function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.unscaled * tenTo(a.exponent - exponent), b.unscaled * tenTo(b.exponent - exponent), exponent];
}

export function compareQuantities(a: Decimal, b: Decimal): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const isSmall = a.isSmall && b.isSmall;
  if (isSmall && b.unscaled === 0n) return a;
  if (isSmall && a.unscaled === 0n) return b;
  const [left, right, exponent] = aligned(a, b);
  return { unscaled: left + right, exponent, isSmall: isSmall && [left, right, left + right].every(isInt) };
}

export function negated(quantity: Quantity): Quantity {
  return { ...quantity, unscaled: -quantity.unscaled };
}

export function quantityOfInt(value: bigint): Quantity {
  return { unscaled: value, exponent: 0, isSmall: true };
}

export function signOf({ unscaled }: Quantity): bigint {
  return unscaled < 0n ? -1n : unscaled > 0n ? 1n : 0n;
}

/** As Kubernetes sees it: `1000m` and what does not fit are no integers. */
export function quantityAsInt({ unscaled, exponent, isSmall }: Quantity): bigint | undefined {
  if (!isSmall || exponent < 0) return undefined;
  const value = unscaled * tenTo(exponent);
  return isInt(value) ? value : undefined;
}

export function quantityAsFloat({ unscaled, exponent }: Quantity): number {
  return exponent === 0 ? Number(unscaled) : Number(unscaled) * Number(`1e${String(exponent)}`);
}

/** The same for equal quantities. */
export function quantityKey({ unscaled, exponent }: Quantity): string {
  const digits = unscaled.toString();
  const significant = digits.replace(/0+$/, '');
  return unscaled === 0n ? '0' : `${significant}e${String(exponent + digits.length - significant.length)}`;
}

function isInt(value: bigint): boolean {
  return value >= INT_MIN && value <= INT_MAX;
}
