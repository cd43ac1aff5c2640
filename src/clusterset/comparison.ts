import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberStatus } from '../kube/member-event.ts';
import { cutAscii } from './consequence.ts';
import type { Constituent } from './constituent.ts';
import type { KeyVerdict } from './key-derivation.ts';
import type { ServiceMerge } from './merge.ts';
import { listSome } from './message-text.ts';
import type { Supposed } from './supposition.ts';

/** What the texts need beside the verdicts. */
export interface ConsequenceContext extends Pick<Supposed, 'cluster' | 'clusters' | 'withoutNamespace' | 'unread'> {
  readonly statusOf: (cluster: ClusterId) => MemberStatus | undefined;
  /** Only to say the day of a contact that was not today. */
  readonly nowMs: number;
  /** Admission rules speak too: of a missing Service, of its type and of missing namespaces nothing is said then. */
  readonly toldByRules?: boolean;
  /** False: no text names another member or repeats a value of one. */
  readonly namesOthers?: boolean;
}

/** Before and after, with the words that all texts share. */
export interface Comparison {
  readonly before: KeyVerdict;
  readonly after: KeyVerdict;
  readonly context: ConsequenceContext;
  /** The exported name, cut. */
  readonly name: string;
  /** `in 7 clusters`: where imports of it are. */
  readonly reach: string;
}

/** Both sides, where the name is imported before and after. */
export interface MergeComparison extends Comparison {
  readonly from: ServiceMerge;
  readonly to: ServiceMerge;
}

/** An exported name in a consequence: longer ones must leave room for what happens to it. */
const NAME_CHARACTERS_MAX = 96;
/** Clusters that a consequence names; the rest is counted. */
const CLUSTERS_SHOWN_MAX = 3;

export function createComparison(before: KeyVerdict, after: KeyVerdict, context: ConsequenceContext): Comparison {
  const { namespace, name } = after.key;
  const clusters = Math.max(context.clusters - context.withoutNamespace.length, 0);
  return {
    before,
    after,
    context,
    name: cutAscii(`${namespace}/${name}`, NAME_CHARACTERS_MAX),
    reach: `in ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'}`,
  };
}

/** What a member contributes; undefined when it does not validly export the name. */
export function constituentOf(merge: ServiceMerge | undefined, cluster: ClusterId): Constituent | undefined {
  return merge?.constituents.find((constituent) => constituent.cluster === cluster);
}

export function clustersOf(merge: ServiceMerge): readonly ClusterId[] {
  return merge.constituents.map(({ cluster }) => cluster);
}

/** Why another value is in force: whose it is, and how it came to decide. */
export function describeCause({ from, to, context }: MergeComparison): string {
  const { cluster } = to.winner;
  if (cluster === from.winner.cluster)
    return cluster === context.cluster ? 'this export is the oldest' : `${cluster} is the oldest`;
  return constituentOf(to, from.winner.cluster) === undefined
    ? `${cluster} is next oldest`
    : `${cluster} is the oldest`;
}

/** `here` is where the change is made. */
export function whereIs(cluster: ClusterId, { context }: Comparison): string {
  return cluster === context.cluster ? 'here' : `in ${cluster}`;
}

/** `in east (oldest)`: where a value comes from that others must follow. */
export function whereDecided(cluster: ClusterId, comparison: MergeComparison): string {
  const { constituents } = comparison.to;
  const index = constituents.findIndex((constituent) => constituent.cluster === cluster);
  const isTie = constituents[index]?.createdSeconds === constituents[index + 1]?.createdSeconds;
  const age = index === 0 ? (isTie && constituents.length > 1 ? 'oldest, first by name' : 'oldest') : 'older';
  return `${whereIs(cluster, comparison)} (${age})`;
}

/** A member for those who may not know it: `this cluster` or `another cluster`. */
export function whoDiscreetly(cluster: ClusterId, { context }: Comparison): string {
  return cluster === context.cluster ? 'this cluster' : 'another cluster';
}

/** Members other than the one that makes the change, without their names. */
export function countOthers(clusters: readonly ClusterId[], { cluster }: Pick<ConsequenceContext, 'cluster'>): string {
  const others = clusters.filter((other) => other !== cluster).length;
  return others === 1 ? 'another cluster' : `${others} other clusters`;
}

/** Whether nothing of another member is in what is merged, before and after. */
export function isAlone({ from, to, context }: MergeComparison): boolean {
  return [...clustersOf(from), ...clustersOf(to)].every((cluster) => cluster === context.cluster);
}

export function listClusters(clusters: readonly ClusterId[]): string {
  return listSome(clusters, CLUSTERS_SHOWN_MAX);
}
