import type { ClusterId } from '../../kube/cluster-id.ts';
import type { KnownIdentity } from '../member-identity.ts';
import { listSome } from '../message-text.ts';
import type { IdentityVerdict } from './profile-facts.ts';

/** Other members that one message names; the rest is counted. */
const OTHERS_SHOWN_MAX = 5;

const UNIQUE: IdentityVerdict = { isUnique: true, reason: 'Unique', message: '' };
const MISSING: IdentityVerdict = {
  isUnique: false,
  reason: 'MissingClusterID',
  message: 'the cluster belongs to a ClusterSet and has no property cluster.clusterset.k8s.io',
};

/**
 * Whether each member of a ClusterSet has an id that no other member of that set has (KEP-2149 §Uniqueness), as far as
 * members were read. Nothing is said of clusters that belong to no set. What was written in members themselves cannot be
 * refused, only told; nothing is ever repaired here.
 */
export function judgeIdentities(identities: readonly KnownIdentity[]): ReadonlyMap<ClusterId, IdentityVerdict> {
  const members = identities.filter(({ observed, clusterSet }) => observed && clusterSet !== '');
  const groups = new Map<string, ClusterId[]>();
  for (const member of members) groups.set(groupOf(member), [...(groups.get(groupOf(member)) ?? []), member.name]);
  return new Map(
    members.map((member) => {
      if (member.clusterID === '') return [member.name, MISSING];
      const others = (groups.get(groupOf(member)) ?? []).filter((name) => name !== member.name);
      return [member.name, others.length === 0 ? UNIQUE : duplicate(others)];
    }),
  );
}

function groupOf({ clusterSet, clusterID }: KnownIdentity): string {
  return JSON.stringify([clusterSet, clusterID]);
}

function duplicate(others: readonly ClusterId[]): IdentityVerdict {
  const named = listSome([...others].sort(), OTHERS_SHOWN_MAX);
  return { isUnique: false, reason: 'DuplicateClusterID', message: `the same id in the same ClusterSet: ${named}` };
}
