/** A Service's or an EndpointSlice's IP family; the address type FQDN is none. */
export type IpFamily = 'IPv4' | 'IPv6';

export const IP_FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** The family that this value names; undefined for everything else. */
export function parseIpFamily(value: unknown): IpFamily | undefined {
  return value === 'IPv4' || value === 'IPv6' ? value : undefined;
}
