import { celFunc, type CelFunc, celMethod, CelScalar } from '@bufbuild/cel';
import { createOpaqueType } from '../opaque.ts';
import { isParsed } from './parsed.ts';
import { compareSemvers, parseLenientSemver, parseSemver, type Semver, semverKey } from './semver-value.ts';

const { BOOL, INT, STRING } = CelScalar;

export const SEMVER = createOpaqueType<Semver>('kubernetes.Semver', semverKey);
const { type, wrap, unwrap } = SEMVER;

/** The semver library of Kubernetes. */
export const SEMVERS: readonly CelFunc[] = [
  celFunc('semver', [STRING], type, (text) => wrap(parseSemver(text))),
  celFunc('semver', [STRING, BOOL], type, (text, normalize) => wrap(parser(normalize)(text))),
  celFunc('isSemver', [STRING], BOOL, (text) => isParsed(parseSemver, text)),
  celFunc('isSemver', [STRING, BOOL], BOOL, (text, normalize) => isParsed(parser(normalize), text)),
  celMethod('major', type, [], INT, function () {
    return asInt(unwrap(this).major);
  }),
  celMethod('minor', type, [], INT, function () {
    return asInt(unwrap(this).minor);
  }),
  celMethod('patch', type, [], INT, function () {
    return asInt(unwrap(this).patch);
  }),
  celMethod('isGreaterThan', type, [type], BOOL, function (other) {
    return compareSemvers(unwrap(this), unwrap(other)) > 0;
  }),
  celMethod('isLessThan', type, [type], BOOL, function (other) {
    return compareSemvers(unwrap(this), unwrap(other)) < 0;
  }),
  celMethod('compareTo', type, [type], INT, function (other) {
    return BigInt(compareSemvers(unwrap(this), unwrap(other)));
  }),
];

function parser(normalize: boolean): (text: string) => Semver {
  return normalize ? parseLenientSemver : parseSemver;
}

/** Kubernetes reads 64 bits without a sign as 64 bits with one. */
function asInt(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
