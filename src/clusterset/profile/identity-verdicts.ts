import type { ClusterId } from '../../kube/cluster-id.ts';
import type { IdentityProblem } from '../identity-problems.ts';
import type { KnownIdentity } from '../member-identity.ts';
import type { IdentityVerdict } from './profile-facts.ts';

const UNIQUE: IdentityVerdict = { isUnique: true, reason: 'Unique', message: '' };

/** What profiles say of identities; nothing of clusters that belong to no ClusterSet, or were never read. */
export function judgeIdentities(
  identities: readonly KnownIdentity[],
  problems: readonly IdentityProblem[],
): ReadonlyMap<ClusterId, IdentityVerdict> {
  const members = identities.filter(({ observed, clusterSet }) => observed && clusterSet !== '');
  return new Map<ClusterId, IdentityVerdict>([
    ...members.map(({ name }) => [name, UNIQUE] as const),
    ...problems.map(({ cluster, reason, message }) => [cluster, { isUnique: false, reason, message }] as const),
  ]);
}
