import { createHash } from 'node:crypto';
import type { ClusterId } from '../kube/cluster-id.ts';
import { failed, succeeded, type Outcome } from '../kube/outcome.ts';

/** kube-apiserver's limit for names that are DNS subdomains. */
export const ROW_NAME_CHARACTERS_MAX = 253;

const HASH_CHARACTERS = 10;

/** True when `<cluster>.<name>` would be too long to be a name, so that the row has a cut one. */
export function isOverlong(cluster: ClusterId, name: string): boolean {
  return cluster.length + 1 + name.length > ROW_NAME_CHARACTERS_MAX;
}

/**
 * The hub's name for a member's object: `<cluster>.<name>`, unambiguous because a cluster id has no dot. Overlong names
 * are cut and end in a hash of the whole name.
 */
export function rowNameOf(cluster: ClusterId, name: string): string {
  return isOverlong(cluster, name) ? `${cluster}.${cutName(cluster, name)}` : `${cluster}.${name}`;
}

/** The part of an overlong row name after `<cluster>.`. */
export function cutName(cluster: ClusterId, name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_CHARACTERS);
  const room = ROW_NAME_CHARACTERS_MAX - cluster.length - 1 - hash.length - 1;
  return `${name.slice(0, room).replace(/[-.]+$/, '')}-${hash}`;
}

export interface RowNameParts {
  readonly cluster: string;
  /** The member object's own name, unless the row's name was cut: then only the row's annotation knows it. */
  readonly name: string;
}

/** Splits at the first dot; the error is a sentence. */
export function parseRowName(rowName: string): Outcome<RowNameParts, string> {
  const dot = rowName.indexOf('.');
  const cluster = rowName.slice(0, Math.max(dot, 0));
  const name = rowName.slice(dot + 1);
  if (dot === -1 || cluster === '' || name === '') return failed(`name "${rowName}" must be <cluster>.<name>`);
  return succeeded({ cluster, name });
}
