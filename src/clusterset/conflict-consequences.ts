import type { ClusterId } from '../kube/cluster-id.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import {
  clustersOf,
  constituentOf,
  countOthers,
  listClusters,
  type MergeComparison,
  whereDecided,
  whereIs,
  whoDiscreetly,
} from './comparison.ts';
import type { ConflictReason } from './conflict-reason.ts';
import type { ConsequenceDraft, ConsequenceTopic } from './consequence.ts';
import type { PropertyMerge } from './merge.ts';
import { describePortConflict } from './port-consequences.ts';
import { describeMapDifference, exportedMapOf, isMapReason, ownValue, VALUE_WORDS } from './value-consequences.ts';

/** Conflicts that begin, stay with other parties, or end; one line for each reason. */
export function compareConflicts(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const before = new Map(comparison.from.properties.map((property) => [property.reason, property]));
  return comparison.to.properties.flatMap((property) => {
    const previous = before.get(property.reason);
    if (!property.conflicting) return previous?.conflicting === true ? [conflictEnds(property, comparison)] : [];
    if (previous === undefined || !previous.conflicting || isNewlyDiffering(property, previous, comparison)) {
      return [conflictExpected(property, comparison)];
    }
    return isOtherConflict(property, previous, comparison) ? [conflictRemains(property, comparison)] : [];
  });
}

/** Whoever makes the change comes to disagree, though others did before. */
function isNewlyDiffering(property: PropertyMerge, previous: PropertyMerge, { context }: MergeComparison): boolean {
  return property.differing.includes(context.cluster) && !previous.differing.includes(context.cluster);
}

/** Another winner, other parties, or another value of the one who makes the change. */
function isOtherConflict(property: PropertyMerge, previous: PropertyMerge, comparison: MergeComparison): boolean {
  const { from, to, context } = comparison;
  const { reason } = property;
  return (
    property.setBy !== previous.setBy ||
    !deepEqual(property.differing, previous.differing) ||
    !deepEqual(ownValue(reason, from, context.cluster), ownValue(reason, to, context.cluster))
  );
}

function conflictExpected(property: PropertyMerge, comparison: MergeComparison): ConsequenceDraft {
  const topic = topicOf(property.reason);
  return { topic, type: 'conflict', ...conflictTexts('expected', property, comparison) };
}

function conflictRemains(property: PropertyMerge, comparison: MergeComparison): ConsequenceDraft {
  return { topic: 'notice', type: 'notice', ...conflictTexts('remains', property, comparison) };
}

function conflictTexts(
  what: 'expected' | 'remains',
  property: PropertyMerge,
  comparison: MergeComparison,
): Pick<ConsequenceDraft, 'text' | 'discreet' | 'uses'> {
  const begin = `${property.reason} ${what}:`;
  return {
    text: `${begin} ${describeConflict(property, comparison)}`,
    discreet: `${begin} ${describeDiscreetly(property, comparison)}`,
    uses: [property.setBy, ...property.differing],
  };
}

function conflictEnds({ reason }: PropertyMerge, comparison: MergeComparison): ConsequenceDraft {
  const { to, context } = comparison;
  const clusters = clustersOf(to);
  const isOnly = clusters.length === 1;
  const who = isOnly ? `only ${to.winner.cluster} exports it` : `${listClusters(clusters)} agree`;
  const others = countOthers(clusters, context);
  const parties = clusters.includes(context.cluster) ? `this cluster and ${others}` : others;
  const discreet = isOnly ? `only ${whoDiscreetly(to.winner.cluster, comparison)} exports it` : `${parties} agree`;
  const [text, quiet] = [`${reason} ends: ${who}`, `${reason} ends: ${discreet}`];
  return { topic: 'notice', type: 'notice', text, discreet: quiet, uses: clusters };
}

/** Who differs, in what, from whom; not how. */
function describeDiscreetly({ field, setBy, differing }: PropertyMerge, comparison: MergeComparison): string {
  const { context } = comparison;
  const rest = `in ${field} from what ${whoDiscreetly(setBy, comparison)} decides`;
  if (differing.includes(context.cluster)) return `this cluster differs ${rest}`;
  const others = countOthers(differing, context);
  return `${others} ${differing.length === 1 ? 'differs' : 'differ'} ${rest}`;
}

/** The value in force, whose it is, and the value of whoever makes the change or else of the oldest that differs. */
function describeConflict(property: PropertyMerge, comparison: MergeComparison): string {
  const { reason, differing, setBy } = property;
  const { to, context } = comparison;
  const other = differing.includes(context.cluster) ? context.cluster : (differing[0] ?? setBy);
  const values =
    reason === 'PortConflict'
      ? describePortConflict(comparison, other)
      : describeValues(property, { other, comparison });
  const others = differing.length > 1 ? `; ${differing.length} of ${to.constituents.length} clusters differ` : '';
  return `${values}${others}`;
}

function describeValues(
  { reason, setBy, field }: PropertyMerge,
  { other, comparison }: { readonly other: ClusterId; readonly comparison: MergeComparison },
): string {
  const decided = whereDecided(setBy, comparison);
  const here = whereIs(other, comparison);
  const [winner, loser] = [constituentOf(comparison.to, setBy), constituentOf(comparison.to, other)];
  if (winner === undefined || loser === undefined || reason === 'PortConflict') return `${field} differs`;
  if (isMapReason(reason)) {
    const texts = describeMapDifference(exportedMapOf(reason, winner), exportedMapOf(reason, loser));
    return `${field} has ${texts.a} ${decided}, ${texts.b} ${here}`;
  }
  const words = VALUE_WORDS[reason];
  return `${words.field} is ${words.valueOf(winner)} ${decided}, ${words.valueOf(loser)} ${here}`;
}

function topicOf(reason: ConflictReason): ConsequenceTopic {
  if (reason === 'PortConflict') return 'ports';
  return isMapReason(reason) ? 'metadata' : VALUE_WORDS[reason].topic;
}
