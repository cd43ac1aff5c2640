import { deepEqual } from '../kube/deep-equal.ts';
import { compareText, type JsonObject } from '../kube/object.ts';
import { clustersOf, describeCause, isAlone, type MergeComparison, whoDiscreetly } from './comparison.ts';
import { type ConsequenceDraft, type ConsequenceTopic, type ConsequenceType, cutAscii } from './consequence.ts';
import type { ConflictReason } from './conflict-reason.ts';
import type { Constituent } from './constituent.ts';
import type { IpFamily } from './ip-family.ts';
import type { ServiceMerge } from './merge.ts';
import { listSome } from './message-text.ts';
import { affinityOf, affinityTimeoutSeconds, policyOf } from './whole-value.ts';

/** Long values of members must leave room for the words around them. */
const VALUE_CHARACTERS_MAX = 60;
/** Labels or annotations that a consequence names; the rest is counted. */
const ENTRIES_SHOWN_MAX = 2;

/** How a property that the winner decides is called and read. */
export interface ValueWords {
  readonly topic: ConsequenceTopic;
  readonly field: string;
  readonly valueOf: (constituent: Constituent) => string;
}

export const VALUE_WORDS: Readonly<
  Record<Exclude<ConflictReason, 'PortConflict' | 'LabelsConflict' | 'AnnotationsConflict'>, ValueWords>
> = {
  TypeConflict: { topic: 'type', field: 'type', valueOf: ({ service }) => service.type },
  SessionAffinityConflict: { topic: 'affinity', field: 'sessionAffinity', valueOf: affinityOf },
  SessionAffinityConfigConflict: {
    topic: 'affinity',
    field: 'clientIP.timeoutSeconds',
    valueOf: (constituent) =>
      affinityOf(constituent) === 'ClientIP' ? `${affinityTimeoutSeconds(constituent)}` : 'none',
  },
  InternalTrafficPolicyConflict: { topic: 'traffic', field: 'internalTrafficPolicy', valueOf: policyOf },
  TrafficDistributionConflict: {
    topic: 'traffic',
    field: 'trafficDistribution',
    valueOf: ({ service }) => service.trafficDistribution ?? 'none',
  },
  IPFamilyConflict: { topic: 'families', field: 'ipFamilies', valueOf: ({ families }) => describeFamilies(families) },
};

/** Type, families, affinity, traffic and metadata that clients find changed. */
export function compareValues(comparison: MergeComparison): readonly ConsequenceDraft[] {
  return [
    ...compareType(comparison),
    ...compareFamilies(comparison),
    ...compareValue('SessionAffinityConflict', comparison),
    ...compareValue('SessionAffinityConfigConflict', comparison),
    ...compareValue('InternalTrafficPolicyConflict', comparison),
    ...compareValue('TrafficDistributionConflict', comparison),
    ...compareMaps('labels', comparison),
    ...compareMaps('annotations', comparison),
  ];
}

/** The VIPs of all importing clusters go with the type ClusterSetIP. */
function compareType(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { from, to, name, reach, context } = comparison;
  const { cluster, service } = to.winner;
  if (service.type === from.winner.service.type) return [];
  const losesIps = service.type === 'Headless';
  const text = `${name} becomes ${service.type} ${reach}${losesIps ? ', its VIPs go' : ''}: ${describeCause(comparison)}`;
  const discreet =
    cluster === context.cluster ? text : `the type of ${name} changes ${reach}: ${whoDecides(comparison)}`;
  return [{ topic: 'type', type: losesIps ? 'removal' : 'change', text, discreet, uses: [cluster] }];
}

function compareValue(reason: keyof typeof VALUE_WORDS, comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { topic, field, valueOf } = VALUE_WORDS[reason];
  const [before, after] = [valueOf(comparison.from.winner), valueOf(comparison.to.winner)];
  if (before === after || isPartOfAffinity(reason, comparison)) return [];
  return [changeDraft(topic, { field, before, after }, comparison)];
}

/** A timeout that comes or goes with the affinity is told by it. */
function isPartOfAffinity(reason: ConflictReason, { from, to }: MergeComparison): boolean {
  return reason === 'SessionAffinityConfigConflict' && affinityOf(from.winner) !== affinityOf(to.winner);
}

function compareMaps(field: 'labels' | 'annotations', comparison: MergeComparison): readonly ConsequenceDraft[] {
  const [before, after] = [comparison.from.metadata[field], comparison.to.metadata[field]];
  if (deepEqual(before, after)) return [];
  const texts = describeMapDifference(before, after);
  return [changeDraft('metadata', { field, before: texts.a, after: texts.b }, comparison)];
}

interface ValueChange {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

function changeDraft(topic: ConsequenceTopic, change: ValueChange, comparison: MergeComparison): ConsequenceDraft {
  const { name, reach, from, to, context } = comparison;
  const begin = `changes ${change.field} of ${name} ${reach}:`;
  const own = ({ cluster }: Constituent, value: string): string =>
    cluster === context.cluster ? value : 'what another cluster has';
  const [after, before] = [cutValue(change.after), cutValue(change.before)];
  return {
    topic,
    type: 'change',
    text: `${begin} ${after} instead of ${before}; ${describeCause(comparison)}`,
    discreet: `${begin} ${own(to.winner, after)} instead of ${own(from.winner, before)}`,
    uses: [to.winner.cluster],
  };
}

/** Why another value is in force, without the name of another member. */
function whoDecides(comparison: MergeComparison): string {
  return `${whoDiscreetly(comparison.to.winner.cluster, comparison)} decides`;
}

/** A family that goes takes the addresses of all clients that use it, though nothing may conflict. */
function compareFamilies(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { from, to, name, reach } = comparison;
  const before = from.families.families;
  const after = to.families.families;
  if (deepEqual(before, after)) return [];
  const draft = (type: ConsequenceType, text: string, discreet: string): ConsequenceDraft => ({
    topic: 'families',
    type,
    text,
    discreet: isAlone(comparison) ? text : discreet,
    uses: clustersOf(to),
  });
  if (after === undefined || before === undefined) {
    const text = `IP families of ${name} are ${describeFamilies(after)}, not ${describeFamilies(before)}, ${reach}`;
    return [draft(after === undefined ? 'notice' : 'change', text, `IP families of ${name} change ${reach}`)];
  }
  const lost = before.filter((family) => !after.includes(family));
  const gained = after.filter((family) => !before.includes(family));
  const drafts: ConsequenceDraft[] = [];
  if (lost.length > 0) {
    const text = `${name} loses ${lost.join(', ')} ${reach}: ${describeNarrowing(lost, comparison)}`;
    drafts.push(draft('removal', text, `${name} loses an IP family ${reach}`));
  }
  if (gained.length > 0) {
    const text = `${name} gains ${gained.join(', ')} ${reach}`;
    drafts.push(draft('change', text, `${name} gains an IP family ${reach}`));
  }
  if (drafts.length > 0) return drafts;
  const text = `${name} prefers ${after.join(', ')} over ${before.join(', ')} ${reach}: ${describeCause(comparison)}`;
  return [draft('change', text, `${name} prefers another IP family ${reach}: ${whoDecides(comparison)}`)];
}

/** Whose Service leaves no room for the families that go. */
function describeNarrowing(lost: readonly IpFamily[], { to, context }: MergeComparison): string {
  const culprit = to.families.members.find(
    ({ families, skipped }) => !skipped && families !== undefined && lost.some((family) => !families.includes(family)),
  );
  if (culprit === undefined) return 'no exporting cluster has it';
  const subject = culprit.cluster === context.cluster ? 'this cluster' : culprit.cluster;
  return `${subject} has only ${describeFamilies(culprit.families)}`;
}

export function describeFamilies(families: readonly IpFamily[] | undefined): string {
  return families === undefined ? 'unknown' : families.join(', ');
}

/** Both maps reduced to the entries in which they differ, in words. */
export function describeMapDifference(a: JsonObject, b: JsonObject): { readonly a: string; readonly b: string } {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareText);
  const differing = keys.filter((key) => !deepEqual(a[key], b[key]));
  const words = (map: JsonObject): string => {
    const entries = differing.filter((key) => map[key] !== undefined).map((key) => `${key}=${textOf(map[key])}`);
    return cutValue(listSome(entries, ENTRIES_SHOWN_MAX)) || 'none';
  };
  return { a: words(a), b: words(b) };
}

/** The exported maps of a constituent, by the reason that says that they differ. */
export function exportedMapOf(reason: 'LabelsConflict' | 'AnnotationsConflict', constituent: Constituent): JsonObject {
  return reason === 'LabelsConflict' ? constituent.exportedLabels : constituent.exportedAnnotations;
}

export function isMapReason(reason: ConflictReason): reason is 'LabelsConflict' | 'AnnotationsConflict' {
  return reason === 'LabelsConflict' || reason === 'AnnotationsConflict';
}

/** What a property of the merge is for one of its constituents, to tell whether it changed. */
export function ownValue(reason: ConflictReason, { constituents }: ServiceMerge, cluster: string): unknown {
  const own = constituents.find((constituent) => constituent.cluster === cluster);
  if (own === undefined) return undefined;
  if (reason === 'PortConflict') return own.service.ports.map(({ identity }) => identity).sort(compareText);
  return isMapReason(reason) ? exportedMapOf(reason, own) : VALUE_WORDS[reason].valueOf(own);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cutValue(text: string): string {
  return cutAscii(text, VALUE_CHARACTERS_MAX);
}
