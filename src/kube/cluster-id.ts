import type { Brand } from './brand.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** The one string that names a member everywhere: row names, labels, messages, tie-breaks, status.clusters. */
export type ClusterId = Brand<string, 'ClusterId'>;

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Names whose rows would read as a well-known property of the hub itself (KEP-2149 names and proposed ones). */
const RESERVED = new Set([
  'cluster',
  'clusterset',
  'location',
  'count',
  'type',
  'cluster-entrypoints',
  'cluster-endpoints',
  'id',
  'mcs-id',
  'k8s',
  'kubernetes',
]);

/** A DNS-1123 label of at most 63 characters that is not reserved; otherwise a sentence that says what is wrong. */
export function parseClusterId(text: string): Outcome<ClusterId, string> {
  if (!LABEL.test(text)) {
    return failed(
      `cluster name "${text}" must be a DNS label: lower case letters, digits and "-", at most 63 characters`,
    );
  }
  if (RESERVED.has(text)) {
    return failed(`cluster name "${text}" is reserved: its rows would look like a well-known cluster property`);
  }
  return succeeded(text as ClusterId);
}
