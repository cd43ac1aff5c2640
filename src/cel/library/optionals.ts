import {
  celFunc,
  type CelFunc,
  celList,
  type CelList,
  celMethod,
  CelScalar,
  type CelValue,
  isCelList,
  isCelMap,
  isCelUint,
  listType,
} from '@bufbuild/cel';
import { createOpaqueType } from '../opaque.ts';
import { valueKey } from './value-key.ts';

const { BOOL, DYN } = CelScalar;
const LIST = listType(DYN);

/** A value, or none. */
interface Optional {
  readonly value: CelValue | undefined;
}

export const OPTIONAL = createOpaqueType<Optional>('optional_type', ({ value }) =>
  value === undefined ? '' : `of ${valueKey(value)}`,
);
const { type, wrap, unwrap, find } = OPTIONAL;

/** The optionals of cel-go, as far as they are functions and methods. */
export const OPTIONALS: readonly CelFunc[] = [
  celFunc('optional.of', [DYN], type, (value) => wrap({ value })),
  celFunc('optional.none', [], type, () => wrap({ value: undefined })),
  celFunc('optional.ofNonZeroValue', [DYN], type, (value) => wrap({ value: isZero(value) ? undefined : value })),
  celMethod('hasValue', type, [], BOOL, function () {
    return unwrap(this).value !== undefined;
  }),
  celMethod('value', type, [], DYN, function () {
    const { value } = unwrap(this);
    if (value === undefined) throw new Error('optional.none() dereference');
    return value;
  }),
  celMethod('or', type, [type], type, function (other) {
    return unwrap(this).value === undefined ? other : this;
  }),
  celMethod('orValue', type, [DYN], DYN, function (other) {
    const { value } = unwrap(this);
    return value === undefined ? other : value;
  }),
  celMethod('first', LIST, [], type, function () {
    return wrap({ value: this.get(0) });
  }),
  celMethod('last', LIST, [], type, function () {
    return wrap({ value: this.size === 0 ? undefined : this.get(this.size - 1) });
  }),
  celFunc('optional.unwrap', [LIST], LIST, valuesIn),
  celMethod('unwrapOpt', LIST, [], LIST, function () {
    return valuesIn(this);
  }),
];

function valuesIn(list: CelList): CelList {
  const values: CelValue[] = [];
  for (const item of list) {
    const optional = find(item);
    if (optional === undefined) throw new Error('no such overload');
    if (optional.value !== undefined) values.push(optional.value);
  }
  return celList(values);
}

function isZero(value: CelValue): boolean {
  if (isCelUint(value)) return value.value === 0n;
  if (isCelList(value) || isCelMap(value)) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  return value === null || value === '' || value === false || value === 0 || value === 0n;
}
