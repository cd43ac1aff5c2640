import { celFunc, type CelFunc, celMethod, CelScalar } from '@bufbuild/cel';
import { createOpaqueType } from '../opaque.ts';
import { type Address, formatAddress, groupAt, parseAddress } from './address-value.ts';
import { isParsed } from './parsed.ts';

const { BOOL, INT, STRING } = CelScalar;

export const ADDRESS = createOpaqueType<Address>('net.IP', formatAddress);
const { type, wrap, unwrap } = ADDRESS;

/** The ip library of Kubernetes. */
export const ADDRESSES: readonly CelFunc[] = [
  celFunc('ip', [STRING], type, (text) => wrap(parseAddress(text))),
  celFunc('isIP', [STRING], BOOL, (text) => isParsed(parseAddress, text)),
  celFunc('ip.isCanonical', [STRING], BOOL, (text) => formatAddress(parseAddress(text)) === text),
  celFunc('string', [type], STRING, (address) => formatAddress(unwrap(address))),
  celMethod('family', type, [], INT, function () {
    return BigInt(unwrap(this).family);
  }),
  celMethod('isUnspecified', type, [], BOOL, function () {
    return isUnspecified(unwrap(this));
  }),
  celMethod('isLoopback', type, [], BOOL, function () {
    return isLoopback(unwrap(this));
  }),
  celMethod('isLinkLocalMulticast', type, [], BOOL, function () {
    return isLinkLocalMulticast(unwrap(this));
  }),
  celMethod('isLinkLocalUnicast', type, [], BOOL, function () {
    return isLinkLocalUnicast(unwrap(this));
  }),
  celMethod('isGlobalUnicast', type, [], BOOL, function () {
    return isGlobalUnicast(unwrap(this));
  }),
];

function isUnspecified({ bytes }: Address): boolean {
  return bytes.every((byte) => byte === 0);
}

function isLoopback({ family, bytes }: Address): boolean {
  return family === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function isLinkLocalMulticast({ family, bytes }: Address): boolean {
  if (family === 6) return (groupAt(bytes, 0) & 0xff0f) === 0xff02;
  return bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0;
}

function isLinkLocalUnicast({ family, bytes }: Address): boolean {
  return family === 4 ? groupAt(bytes, 0) === 0xa9fe : (groupAt(bytes, 0) & 0xffc0) === 0xfe80;
}

function isMulticast({ family, bytes: [first = 0] }: Address): boolean {
  return family === 4 ? first >= 224 && first < 240 : first === 0xff;
}

/** Private addresses too, as in Go. */
function isGlobalUnicast(address: Address): boolean {
  if (address.family === 4 && address.bytes.every((byte) => byte === 255)) return false;
  return !isUnspecified(address) && !isLoopback(address) && !isMulticast(address) && !isLinkLocalUnicast(address);
}
