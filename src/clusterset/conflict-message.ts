import type { ClusterId } from '../kube/cluster-id.ts';
import type { ConflictReason } from './conflict-reason.ts';
import { type Constituent, createdTime } from './constituent.ts';
import type { StringMap } from './exported-metadata.ts';
import type { PropertyMerge, ServiceMerge } from './merge.ts';
import { cutText, listSome } from './message-text.ts';
import { describePort } from './service-port.ts';
import { affinityOf, affinityTimeoutSeconds, policyOf } from './whole-value.ts';

/** Constant, so that nothing changes because one more cluster agrees. */
export const AGREEMENT_MESSAGE = 'All exporting clusters agree.';

/** metav1.Condition allows this many characters in a message. */
export const MESSAGE_CHARACTERS_MAX = 32_768;

const VALUE_CHARACTERS_MAX = 256;
const CLUSTERS_SHOWN_MAX = 3;
const ENTRIES_SHOWN_MAX = 8;
// Kept free for the sentence about one member, so that cutting never touches it.
const STANDING_CHARACTERS_MAX = 32;

/**
 * What differs, which value is in force, whose it is and why: one sentence per conflict in the canonical order, and one
 * for each winner whose clock is off. The same merge gives the same bytes.
 */
export function describeConflicts(merge: ServiceMerge): string {
  const conflicts = merge.conflicts.map((property) => describeConflict(property, merge));
  const sentences = [...conflicts, ...describeClocks(merge)];
  return cutText(sentences.join(' '), MESSAGE_CHARACTERS_MAX - STANDING_CHARACTERS_MAX);
}

/** How a valid export stands to the values in force. */
export type Standing = 'Winner' | 'Agrees' | 'Differs';

const STANDING_TEXTS: Readonly<Record<Standing, string>> = {
  Winner: 'This export is the winner.',
  Agrees: 'This export agrees.',
  Differs: 'This export differs.',
};

export function standingOf(merge: ServiceMerge, cluster: ClusterId): Standing {
  if (cluster === merge.winner.cluster) return 'Winner';
  return merge.conflicts.some(({ differing }) => differing.includes(cluster)) ? 'Differs' : 'Agrees';
}

/** The same as a sentence. */
export function describeStanding(merge: ServiceMerge, cluster: ClusterId): string {
  return STANDING_TEXTS[standingOf(merge, cluster)];
}

function describeConflict(property: PropertyMerge, merge: ServiceMerge): string {
  const { reason, field, differing } = property;
  const value = cutText(VALUE_TEXTS[reason](merge).replace(/\p{Cc}+/gu, ' '), VALUE_CHARACTERS_MAX);
  const source = `"${property.setBy}" (${describeAge(property.setBy, merge)})`;
  const count = `${differing.length} of ${merge.constituents.length} clusters differ`;
  const clusters = differing.length === 0 ? '' : `; ${count}: ${listSome(differing, CLUSTERS_SHOWN_MAX)}`;
  const isMerged = reason === 'PortConflict' || reason === 'IPFamilyConflict';
  return isMerged
    ? `${field} differ: using ${value}, merged with precedence of ${source}${clusters}.`
    : `${field} differs: using ${value} of ${source}${clusters}.`;
}

/** Each winner whose clock is off: what it won by its age it may not deserve. */
function describeClocks({ conflicts, constituents }: ServiceMerge): readonly string[] {
  const winners = new Set(conflicts.map(({ setBy }) => setBy));
  const isOff = ({ cluster, clockSkewSeconds }: Constituent): boolean => winners.has(cluster) && clockSkewSeconds !== 0;
  return constituents.filter(isOff).map(({ cluster, clockSkewSeconds }) => {
    const direction = clockSkewSeconds > 0 ? 'ahead of' : 'behind';
    const size = `about ${Math.abs(clockSkewSeconds)} s`;
    return `The clock of "${cluster}" is ${size} ${direction} ours, so ages may mislead.`;
  });
}

/** Why it takes precedence: it is the oldest, or as old as the next and first by name. */
export function describeAge(cluster: ClusterId, { constituents }: ServiceMerge): string {
  const index = constituents.findIndex((constituent) => constituent.cluster === cluster);
  const constituent = constituents[index];
  const next = constituents[index + 1];
  const time = constituent === undefined ? undefined : createdTime(constituent);
  const age = index > 0 ? 'oldest export that says' : 'oldest export';
  const tie = next !== undefined && next.createdSeconds === constituent?.createdSeconds ? ', first by name' : '';
  return `${age}, ${time ?? 'time unknown'}${tie}`;
}

const VALUE_TEXTS: Readonly<Record<ConflictReason, (merge: ServiceMerge) => string>> = {
  PortConflict: ({ ports }) => ports.ports.map(({ port }) => describePort(port)).join(', ') || 'none',
  TypeConflict: ({ winner }) => winner.service.type,
  SessionAffinityConflict: ({ winner }) => affinityOf(winner),
  SessionAffinityConfigConflict: ({ winner }) => `clientIP.timeoutSeconds ${affinityTimeoutSeconds(winner)}`,
  InternalTrafficPolicyConflict: ({ winner }) => policyOf(winner),
  TrafficDistributionConflict: ({ winner }) => winner.service.trafficDistribution ?? 'none',
  IPFamilyConflict: ({ families }) => (families.families ?? []).join(', '),
  LabelsConflict: ({ metadata }) => describeMap(metadata.labels),
  AnnotationsConflict: ({ metadata }) => describeMap(metadata.annotations),
};

function describeMap(map: StringMap): string {
  const entries = Object.entries(map).map(([key, value]) => `${key}=${cutText(value, VALUE_CHARACTERS_MAX)}`);
  return listSome(entries, ENTRIES_SHOWN_MAX) || 'none';
}
