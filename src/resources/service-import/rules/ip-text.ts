import type { IpFamily } from '../../../clusterset/index.ts';

const BYTE = '(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
const IPV4 = new RegExp(`^${BYTE}(\\.${BYTE}){3}$`);
const GROUP = /^[0-9a-fA-F]{1,4}$/;
/** Of 16 bits, in an IPv6 address. */
const GROUPS = 8;

/** Of an address as kube-apiserver's `isIP` has it: without leading zeros, zone or IPv4 in IPv6; undefined for others. */
export function familyOfIp(text: unknown): IpFamily | undefined {
  if (typeof text !== 'string') return undefined;
  if (IPV4.test(text)) return 'IPv4';
  const groups = readGroups(text);
  return groups === undefined || isMapped(groups) ? undefined : 'IPv6';
}

/** All eight; undefined for what is no IPv6 address. */
function readGroups(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  const [before, after] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (before === undefined || halves.length > 2) return undefined;
  const head = after === undefined ? expandLast(before) : before;
  const tail = after === undefined ? [] : expandLast(after);
  const missing = GROUPS - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  return groups.every((group) => GROUP.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : undefined;
}

/** The last 32 bits may be written as an IPv4 address. */
function expandLast(groups: readonly string[]): readonly string[] {
  const last = groups.at(-1) ?? '';
  if (!IPV4.test(last)) return groups;
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number);
  return [...groups.slice(0, -1), (a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

/** An IPv4 address that only looks like IPv6 (RFC 4291 §2.5.5.2). */
function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}
