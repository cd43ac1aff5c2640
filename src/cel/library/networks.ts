import { celFunc, type CelFunc, celMethod, CelScalar } from '@bufbuild/cel';
import { goQuoted } from '../../kube/go-quote.ts';
import { createOpaqueType } from '../opaque.ts';
import { type Address, formatAddress, isMapped, parseAddress, parseGoAddress } from './address-value.ts';
import { ADDRESS } from './addresses.ts';
import { isParsed } from './parsed.ts';

const { BOOL, INT, STRING } = CelScalar;

/** An address and how many of its bits name the network; the others may be set. */
interface Network {
  readonly address: Address;
  readonly bits: number;
}

export const NETWORK = createOpaqueType<Network>('net.CIDR', formatNetwork);
const { type, wrap, unwrap } = NETWORK;

/** The cidr library of Kubernetes. */
export const NETWORKS: readonly CelFunc[] = [
  celFunc('cidr', [STRING], type, (text) => wrap(parseNetwork(text))),
  celFunc('isCIDR', [STRING], BOOL, (text) => isParsed(parseNetwork, text)),
  celFunc('string', [type], STRING, (network) => formatNetwork(unwrap(network))),
  celMethod('containsIP', type, [STRING], BOOL, function (text) {
    // What is no address is an argument of the wrong kind, in Kubernetes' eyes.
    if (!isParsed(parseAddress, text)) throw new Error('no such overload');
    return containsAddress(unwrap(this), parseAddress(text));
  }),
  celMethod('containsIP', type, [ADDRESS.type], BOOL, function (address) {
    return containsAddress(unwrap(this), ADDRESS.unwrap(address));
  }),
  celMethod('containsCIDR', type, [STRING], BOOL, function (text) {
    return containsNetwork(unwrap(this), parseNetwork(text));
  }),
  celMethod('containsCIDR', type, [type], BOOL, function (network) {
    return containsNetwork(unwrap(this), unwrap(network));
  }),
  celMethod('ip', type, [], ADDRESS.type, function () {
    return ADDRESS.wrap(unwrap(this).address);
  }),
  celMethod('prefixLength', type, [], INT, function () {
    return BigInt(unwrap(this).bits);
  }),
  celMethod('masked', type, [], type, function () {
    const { address, bits } = unwrap(this);
    return wrap({ address: masked(address, bits), bits });
  }),
];

/** As Kubernetes reads it, with its errors. */
function parseNetwork(text: string): Network {
  const slash = text.lastIndexOf('/');
  if (slash < 0) throw networkFault(text, "no '/'");
  const address = parseGoAddress(text.slice(0, slash), (fault) => networkFault(text, fault).message);
  if (address.zone !== undefined) throw networkFault(text, 'IPv6 zones cannot be present in a prefix');
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9][0-9]*)$/.test(digits)) throw networkFault(text, `bad bits after slash: ${goQuoted(digits)}`);
  const bits = Number(digits);
  if (bits > address.bytes.length * 8) throw networkFault(text, 'prefix length out of range');
  if (isMapped(address.bytes)) {
    throw new Error(`${PREFIX}: IPv4-mapped IPv6 address ${goQuoted(text)} is not allowed`);
  }
  return { address: { family: address.family, bytes: address.bytes }, bits };
}

const PREFIX = 'network address parse error during conversion from string';

/** Kubernetes says twice what it was doing. */
function networkFault(text: string, fault: string): Error {
  return new Error(`${PREFIX}: ${PREFIX}: netip.ParsePrefix(${goQuoted(text)}): ${fault}`);
}

function formatNetwork({ address, bits }: Network): string {
  return `${formatAddress(address)}/${String(bits)}`;
}

function masked({ family, bytes }: Address, bits: number): Address {
  const kept = (index: number): number => Math.min(8, Math.max(0, bits - 8 * index));
  return { family, bytes: bytes.map((byte, index) => byte & (0xff << (8 - kept(index))) & 0xff) };
}

function containsAddress({ address, bits }: Network, other: Address): boolean {
  return address.family === other.family && formatAddress(masked(address, bits)) === formatAddress(masked(other, bits));
}

function containsNetwork(network: Network, other: Network): boolean {
  return network.bits <= other.bits && containsAddress(network, other.address);
}
