import { celFunc, type CelFunc, celMethod, CelScalar } from '@bufbuild/cel';
import { createOpaqueType } from '../opaque.ts';
import { isParsed } from './parsed.ts';
import {
  addQuantities,
  compareQuantities,
  negated,
  parseQuantity,
  type Quantity,
  quantityAsFloat,
  quantityAsInt,
  quantityKey,
  quantityOfInt,
  signOf,
} from './quantity-value.ts';

const { BOOL, DOUBLE, INT, STRING } = CelScalar;

export const QUANTITY = createOpaqueType<Quantity>('kubernetes.Quantity', quantityKey);
const { type, wrap, unwrap } = QUANTITY;

/** The quantity library of Kubernetes. */
export const QUANTITIES: readonly CelFunc[] = [
  celFunc('quantity', [STRING], type, (text) => wrap(parseQuantity(text))),
  celFunc('isQuantity', [STRING], BOOL, (text) => isParsed(parseQuantity, text)),
  // Kubernetes documents it as a method and declares it as a function.
  celFunc('sign', [type], INT, (quantity) => signOf(unwrap(quantity))),
  celMethod('isGreaterThan', type, [type], BOOL, function (other) {
    return compareQuantities(unwrap(this), unwrap(other)) > 0;
  }),
  celMethod('isLessThan', type, [type], BOOL, function (other) {
    return compareQuantities(unwrap(this), unwrap(other)) < 0;
  }),
  celMethod('compareTo', type, [type], INT, function (other) {
    return BigInt(compareQuantities(unwrap(this), unwrap(other)));
  }),
  celMethod('asApproximateFloat', type, [], DOUBLE, function () {
    return quantityAsFloat(unwrap(this));
  }),
  celMethod('asInteger', type, [], INT, function () {
    const value = quantityAsInt(unwrap(this));
    if (value === undefined) throw new Error('cannot convert value to integer');
    return value;
  }),
  celMethod('isInteger', type, [], BOOL, function () {
    return quantityAsInt(unwrap(this)) !== undefined;
  }),
  celMethod('add', type, [type], type, function (other) {
    return wrap(addQuantities(unwrap(this), unwrap(other)));
  }),
  celMethod('add', type, [INT], type, function (value) {
    return wrap(addQuantities(unwrap(this), quantityOfInt(value)));
  }),
  celMethod('sub', type, [type], type, function (other) {
    return wrap(addQuantities(unwrap(this), negated(unwrap(other))));
  }),
  celMethod('sub', type, [INT], type, function (value) {
    return wrap(addQuantities(unwrap(this), quantityOfInt(-value)));
  }),
];
