import type { ClusterId } from '../kube/cluster-id.ts';
import { compareConflicts } from './conflict-consequences.ts';
import { type ConsequenceContext, countOthers, createComparison, listClusters } from './comparison.ts';
import { type Consequence, type ConsequenceDraft, orderConsequences } from './consequence.ts';
import { compareExports } from './export-consequences.ts';
import type { KeyVerdict } from './key-derivation.ts';
import { minuteText } from './message-text.ts';
import { comparePorts } from './port-consequences.ts';
import { compareValues } from './value-consequences.ts';

/** Members that are not live and are named behind a consequence; the rest is counted. */
const STALE_SHOWN_MAX = 2;

/**
 * What a change brings about for the whole ClusterSet, the gravest first; nothing when nothing differs. The same input
 * gives the same bytes.
 */
export function predictConsequences(
  before: KeyVerdict,
  after: KeyVerdict,
  context: ConsequenceContext,
): readonly Consequence[] {
  const comparison = createComparison(before, after, context);
  const drafts: ConsequenceDraft[] = [...compareExports(comparison)];
  if (before.merge !== undefined && after.merge !== undefined) {
    const merges = { ...comparison, from: before.merge, to: after.merge };
    drafts.push(...compareValues(merges), ...comparePorts(merges), ...compareConflicts(merges));
  }
  if (drafts.length > 0) drafts.push(...describeUnread(context, comparison.name));
  const { namesOthers = true } = context;
  const mark = namesOthers ? markStale : markDiscreetly;
  return orderConsequences(drafts, { namesOthers, mark: (uses) => mark(uses, context) });
}

function describeUnread(context: ConsequenceContext, name: string): readonly ConsequenceDraft[] {
  const { unread } = context;
  if (unread.length === 0) return [];
  const rest = `; an export of ${name} there is not counted`;
  const text = `not read yet: ${listClusters(unread)}${rest}`;
  const discreet = `not read yet: ${countOthers(unread, context)}${rest}`;
  return [{ topic: 'notice', type: 'notice', text, discreet, uses: [] }];
}

/** ` (north last seen 14:02Z)` when what a text rests on may be out of date. */
function markStale(uses: readonly ClusterId[], context: ConsequenceContext): string {
  const marks = [...new Set(uses)].flatMap((cluster) => describeStale(cluster, context) ?? []);
  if (marks.length === 0) return '';
  const rest = marks.length - STALE_SHOWN_MAX;
  return ` (${marks.slice(0, STALE_SHOWN_MAX).join(', ')}${rest > 0 ? ` and ${rest} more stale` : ''})`;
}

function markDiscreetly(uses: readonly ClusterId[], context: ConsequenceContext): string {
  return uses.some((cluster) => describeStale(cluster, context) !== undefined) ? ' (may be out of date)' : '';
}

function describeStale(cluster: ClusterId, { statusOf, nowMs }: ConsequenceContext): string | undefined {
  const status = statusOf(cluster);
  if (status === undefined || status.phase === 'live' || status.phase === 'left') return undefined;
  if (status.lastContactMs === undefined) return `${cluster} never seen`;
  return `${cluster} last seen ${minuteText(status.lastContactMs, nowMs)}`;
}
