import { createHash } from 'node:crypto';
import type { AssignAddress } from './kind.ts';

const HOSTS_PER_BLOCK = 254;

/** Addresses of a Service range that depends on the member's name, one after the other. */
export function createServiceAddresses(member: string): AssignAddress {
  const block = createHash('sha256').update(member).digest().readUInt8(0);
  let given = 0;
  return (family) => {
    given += 1;
    const third = Math.floor(given / HOSTS_PER_BLOCK);
    const host = (given % HOSTS_PER_BLOCK) + 1;
    return family === 'IPv6' ? `fd00:10:${block.toString(16)}::${given.toString(16)}` : `10.${block}.${third}.${host}`;
  };
}
