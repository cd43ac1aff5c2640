import type { ClusterId } from '../kube/cluster-id.ts';
import { compareText } from '../kube/object.ts';
import type { KnownIdentity } from './member-identity.ts';
import { listSome, quote } from './message-text.ts';

/** Other members that one message names; the rest is counted. */
const OTHERS_SHOWN_MAX = 5;

/** What of the identity rules (KEP-2149) does not hold among the members, however it came about. */
export interface IdentityProblem {
  readonly cluster: ClusterId;
  readonly reason: 'DuplicateClusterID' | 'MissingClusterID';
  readonly clusterSet: string;
  /** '' when it has none. */
  readonly clusterID: string;
  /** The members of the set with the same id, the one that had it first in front; none but for duplicates. */
  readonly holders: readonly ClusterId[];
  /** One sentence. */
  readonly message: string;
}

/** Who a member is, and what tells since when it is a member. */
export interface DatedIdentity extends KnownIdentity {
  /** creationTimestamp of its property `clusterset.k8s.io`; undefined when it says nothing. */
  readonly memberSince: string | undefined;
  /** Decides between members of one age. */
  readonly fingerprint: string | undefined;
}

/** By member name, at most one for each; nothing is ever repaired by us. */
export function identityProblems(members: readonly DatedIdentity[]): readonly IdentityProblem[] {
  const inSets = members.filter(({ clusterSet, observed }) => observed && clusterSet !== '');
  const byIdentity = new Map<string, DatedIdentity[]>();
  for (const member of inSets) {
    const identity = JSON.stringify([member.clusterSet, member.clusterID]);
    byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), member]);
  }
  return [...byIdentity.values()]
    .flatMap((group) => problemsOf(group))
    .sort((a, b) => compareText(a.cluster, b.cluster));
}

function problemsOf(group: readonly DatedIdentity[]): readonly IdentityProblem[] {
  if (group.some(({ clusterID }) => clusterID === '')) return group.map(missing);
  if (group.length < 2) return [];
  const holders = group.toSorted(compareSeniority).map(({ name }) => name);
  return group.map((member) => duplicate(member, holders));
}

function missing({ name, clusterSet }: DatedIdentity): IdentityProblem {
  return {
    ...{ cluster: name, clusterSet, clusterID: '', reason: 'MissingClusterID', holders: [] },
    message: `Member ${name} belongs to ClusterSet ${quote(clusterSet)} without cluster.clusterset.k8s.io; create it there.`,
  };
}

function duplicate({ name, clusterSet, clusterID }: DatedIdentity, holders: readonly ClusterId[]): IdentityProblem {
  const [first = name] = holders;
  const others = holders.filter((holder) => holder !== name);
  const advice = first === name ? `${first} had it first` : `${first} had it first, so give ${name} another one`;
  return {
    ...{ cluster: name, clusterSet, clusterID, reason: 'DuplicateClusterID', holders },
    message: `Member ${name} has id ${quote(clusterID)} in ClusterSet ${quote(clusterSet)}, as ${listSome(others, OTHERS_SHOWN_MAX)} has; ${advice}.`,
  };
}

/** Whoever is a member for longer holds the id rightfully; what says nothing of its age comes last. */
function compareSeniority(a: DatedIdentity, b: DatedIdentity): number {
  return (
    compareText(a.memberSince ?? '~', b.memberSince ?? '~') ||
    compareText(a.fingerprint ?? '~', b.fingerprint ?? '~') ||
    compareText(a.name, b.name)
  );
}
