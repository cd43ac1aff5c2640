import { createHash } from 'node:crypto';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { Outcome } from '../../kube/outcome.ts';

const MAPPED_CHARACTERS_MAX = 52;
const HASH_DIGITS = 8;

/**
 * The cluster name for a context or Secret name. A legal one stays as it is; any other becomes lower case with `-` for
 * illegal characters, cut to 52, and a hash of the original keeps different originals apart. Reserved names fail.
 */
export function memberNameOf(text: string): Outcome<ClusterId, string> {
  return parseClusterId(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : mapped(text));
}

function mapped(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAPPED_CHARACTERS_MAX)
    .replace(/-+$/, '');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
  return slug === '' ? `member-${hash}` : `${slug}-${hash}`;
}
