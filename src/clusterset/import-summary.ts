import type { ClusterId } from '../kube/cluster-id.ts';
import { stringifyJson } from '../kube/json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kube/object.ts';
import { judgeConflict } from './condition-verdict.ts';
import type { KeyVerdict } from './key-derivation.ts';
import type { ServiceMerge } from './merge.ts';
import { listSome } from './message-text.ts';
import { deriveServiceImport } from './service-import.ts';
import { describePort } from './service-port.ts';

/** The order in which fields are compared and shown. */
const SUMMARY_FIELDS = [
  'type',
  'ports',
  'ipFamilies',
  'sessionAffinity',
  'sessionAffinityConfig',
  'internalTrafficPolicy',
  'trafficDistribution',
  'labels',
  'annotations',
  'clusters',
  'winner',
  'conflicts',
] as const;

/** Longer texts of one field are cut: 100 ports would hide everything else. */
const ITEMS_SHOWN_MAX = 16;

/** One field that differs; a side is undefined where the field is absent. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * What a ServiceImport would say, in one flat object: its spec, exported metadata, clusters in the order of precedence,
 * the winner and the reasons of conflicts. Read off the object itself, so that it cannot say anything else.
 */
export function summarizeImport(merge: ServiceMerge): JsonObject {
  const { object } = deriveServiceImport({ merge, conflict: judgeConflict(merge), uid: '' }, { previous: [], now: '' });
  const { labels, annotations } = object.metadata;
  return {
    ...(isJsonObject(object.spec) ? object.spec : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    clusters: merge.constituents.map(({ cluster }) => cluster),
    winner: merge.winner.cluster,
    conflicts: merge.conflicts.map(({ reason }) => reason),
  };
}

/** The fields in which two verdicts differ, in words; the first is how the export of `cluster` is judged. */
export function compareFields(before: KeyVerdict, after: KeyVerdict, cluster: ClusterId): readonly FieldChange[] {
  const [was, is] = [describeFields(before, cluster), describeFields(after, cluster)];
  return ['export', ...SUMMARY_FIELDS]
    .map((field): FieldChange => ({ field, before: was.get(field), after: is.get(field) }))
    .filter((change) => change.before !== change.after);
}

function describeFields({ exporters, merge }: KeyVerdict, cluster: ClusterId): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const own = exporters.find(({ exporter }) => exporter.cluster === cluster);
  if (own !== undefined) texts.set('export', own.validity.reason);
  if (merge === undefined) return texts;
  const summary = summarizeImport(merge);
  for (const field of SUMMARY_FIELDS) {
    const value = summary[field];
    if (value !== undefined && field !== 'ports') texts.set(field, describeValue(value));
  }
  const ports = merge.ports.ports.map(({ port }) => describePort(port));
  return texts.set('ports', listSome(ports, ITEMS_SHOWN_MAX) || 'none');
}

function describeValue(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return stringifyJson(value);
  const items: readonly unknown[] = value;
  return listSome(items.map(String), ITEMS_SHOWN_MAX) || 'none';
}
