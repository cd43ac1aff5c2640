/** Bounds file names and, with the parts that a hub object's name gets in addition, object names. */
export const RECORD_NAME_CHARACTERS_MAX = 100;

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Names are DNS subdomains: safe as a file name and as the name of a Kubernetes object. A wrong one is a bug. */
export function assertRecordName(name: string): void {
  if (name.length > RECORD_NAME_CHARACTERS_MAX || !DNS_SUBDOMAIN.test(name)) {
    throw new Error(`not a record name: "${name}"`);
  }
}
