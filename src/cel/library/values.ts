import { celType, type CelValue, isCelList, isCelMap, isCelUint } from '@bufbuild/cel';
import { opaqueKey } from '../opaque.ts';

/** Equality of CEL: numbers across their types, lists and maps by what they hold. */
export function sameValue(a: CelValue, b: CelValue): boolean {
  const [left, right] = [plain(a), plain(b)];
  if (isNumeric(left) && isNumeric(right)) return left == right;
  if (isCelList(left) && isCelList(right)) {
    return left.size === right.size && [...left].every((item, index) => sameValue(item, right.get(index) ?? null));
  }
  if (isCelMap(left) && isCelMap(right)) {
    return (
      left.size === right.size &&
      [...left].every(([key, item]) => right.has(key) && sameValue(item, right.get(key) ?? null))
    );
  }
  return left === right || isSameOpaque(left, right);
}

function isSameOpaque(a: CelValue, b: CelValue): boolean {
  const key = opaqueKey(a);
  return key !== undefined && key === opaqueKey(b) && celType(a).name === celType(b).name;
}

/** Order of values of one type; throws for what has none. */
export function compareValues(a: CelValue, b: CelValue): number {
  const [left, right] = [plain(a), plain(b)];
  if (isNumeric(left) && isNumeric(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') return compareCodePoints(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  throw new Error('no such overload');
}

/** The order of UTF-8, which is that of Go, and not that of JavaScript. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (;;) {
    const [next, other] = [left.next(), right.next()];
    if (next.done === true || other.done === true) return Number(other.done ?? false) - Number(next.done ?? false);
    if (next.value !== other.value) return (next.value.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0);
  }
}

function plain(value: CelValue): CelValue {
  return isCelUint(value) ? value.value : value;
}

function isNumeric(value: CelValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
