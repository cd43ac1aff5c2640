import type { ClusterId } from '../../kube/cluster-id.ts';
import { deepEqual } from '../../kube/deep-equal.ts';
import { stringifyJson } from '../../kube/json.ts';
import { compareText, isJsonObject } from '../../kube/object.ts';
import { judgeConflict } from '../condition-verdict.ts';
import { describeAge } from '../conflict-message.ts';
import type { ConflictReason } from '../conflict-reason.ts';
import type { IpFamilyMode } from '../family-merge.ts';
import { mergeService, type ServiceMerge } from '../merge.ts';
import { deriveServiceImport } from '../service-import.ts';
import { describePort } from '../service-port.ts';
import { PORTS_SHOWN_MAX, shownValue } from './limits.ts';
import { portsText } from './property-values.ts';

/** A field of the ServiceImport; absent texts mean that the field is absent. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What would be different if the winner's export went and nothing else. */
export interface WinnerLeft {
  /** Who would win then, and why; undefined when the ServiceImport would go. */
  readonly winner: { readonly cluster: ClusterId; readonly because: string } | undefined;
  readonly serviceImport: 'Stays' | 'Goes';
  /** Every field of metadata, spec and the list of clusters that would change. */
  readonly changes: readonly FieldChange[];
  readonly portsGained: readonly string[];
  readonly portsLost: readonly string[];
  readonly conflictsBegun: readonly ConflictReason[];
  readonly conflictsEnded: readonly ConflictReason[];
}

/** Merges again without the winner, by the very same rules, and compares the two ServiceImports. */
export function supposeWinnerLeft(merge: ServiceMerge, ipFamilyMode: IpFamilyMode): WinnerLeft {
  const others = merge.constituents.filter((constituent) => constituent !== merge.winner);
  const next = mergeService(merge.key, others, ipFamilyMode);
  return {
    winner: next && { cluster: next.winner.cluster, because: describeAge(next.winner.cluster, next) },
    serviceImport: next === undefined ? 'Goes' : 'Stays',
    changes: next === undefined ? [] : changesBetween(merge, next),
    portsGained: next === undefined ? [] : portsOnlyIn(next, merge),
    portsLost: portsOnlyIn(merge, next),
    conflictsBegun: next === undefined ? [] : reasonsOnlyIn(next, merge),
    conflictsEnded: reasonsOnlyIn(merge, next),
  };
}

/** Ports are told apart by all that clients see of them, so that a new name is one lost and one gained. */
function portsOnlyIn(merge: ServiceMerge, other: ServiceMerge | undefined): readonly string[] {
  const known = new Set(other?.ports.ports.map(({ port }) => port.identity));
  return merge.ports.ports
    .filter(({ port }) => !known.has(port.identity))
    .slice(0, PORTS_SHOWN_MAX)
    .map(({ port }) => shownValue(describePort(port)));
}

function reasonsOnlyIn(merge: ServiceMerge, other: ServiceMerge | undefined): readonly ConflictReason[] {
  const known = new Set(other?.conflicts.map(({ reason }) => reason));
  return merge.conflicts.map(({ reason }) => reason).filter((reason) => !known.has(reason));
}

function changesBetween(before: ServiceMerge, after: ServiceMerge): readonly FieldChange[] {
  const [old, next] = [fieldsOf(before), fieldsOf(after)];
  const names = new Set([...old.keys(), ...next.keys()]);
  return [...names]
    .sort(compareText)
    .filter((field) => !deepEqual(old.get(field)?.value, next.get(field)?.value))
    .map((field) => ({ field, before: old.get(field)?.text(), after: next.get(field)?.text() }));
}

interface Field {
  readonly value: unknown;
  readonly text: () => string;
}

/** The fields of the ServiceImport that this merge makes; its name and uid stay, its conditions are told as reasons. */
function fieldsOf(merge: ServiceMerge): ReadonlyMap<string, Field> {
  const conflict = judgeConflict(merge);
  const { object } = deriveServiceImport({ merge, conflict, uid: '' }, { previous: [], now: '' });
  const { creationTimestamp, labels, annotations } = object.metadata;
  const clusters = merge.constituents.map(({ cluster }) => cluster);
  const spec = Object.entries(isJsonObject(object.spec) ? object.spec : {}).map(([name, value]): [string, Field] => [
    `spec.${name}`,
    field(value, name === 'ports' ? () => portsText(merge.ports.ports.map(({ port }) => port)) : undefined),
  ]);
  const metadata = Object.entries({ creationTimestamp, labels, annotations }).flatMap(([name, value]) =>
    value === undefined ? [] : [[`metadata.${name}`, field(value)] as const],
  );
  return new Map([...metadata, ...spec, ['status.clusters', field(clusters)]]);
}

function field(value: unknown, text: () => string = () => plainText(value)): Field {
  return { value, text: () => shownValue(text()) };
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  const isWords = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isWords ? value.join(', ') : stringifyJson(value);
}
