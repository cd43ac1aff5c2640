import type { ClusterId } from '../kube/cluster-id.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import {
  clustersOf,
  type Comparison,
  constituentOf,
  countOthers,
  listClusters,
  type MergeComparison,
  whoDiscreetly,
} from './comparison.ts';
import type { ConsequenceDraft } from './consequence.ts';
import { createdTime } from './constituent.ts';
import { readExportedMetadata } from './exported-metadata.ts';
import type { JudgedExporter, KeyVerdict } from './key-derivation.ts';
import type { ServiceMerge } from './merge.ts';
import { listSome } from './message-text.ts';
import { describePort } from './service-port.ts';
import type { Validity } from './validity.ts';

/** Ports of a new import that a consequence names; the rest is counted. */
const PORTS_SHOWN_MAX = 3;
/** Entries that are not passed on and are named in a consequence; the rest is counted. */
const DROPPED_SHOWN_MAX = 3;

const NOTICE = { topic: 'notice', type: 'notice' } as const;

/** Whether the name is exported, by whom, and whether the changed export counts. */
export function compareExports(comparison: Comparison): readonly ConsequenceDraft[] {
  const { before, after } = comparison;
  return [
    ...compareValidity(comparison),
    ...(before.merge !== undefined && after.merge === undefined ? [lastGoes(before.merge, comparison)] : []),
    ...(before.merge === undefined && after.merge !== undefined ? firstComes(after.merge, comparison) : []),
    ...(before.merge !== undefined && after.merge !== undefined
      ? compareParties({ ...comparison, from: before.merge, to: after.merge })
      : []),
    ...compareDropped(comparison),
  ];
}

function exporterOf(verdict: KeyVerdict, cluster: ClusterId): JudgedExporter | undefined {
  return verdict.exporters.find(({ exporter }) => exporter.cluster === cluster);
}

/** Being deleted is no fault of an export. */
function compareValidity(comparison: Comparison): readonly ConsequenceDraft[] {
  const { before, after, context } = comparison;
  const was = exporterOf(before, context.cluster)?.validity;
  const validity = exporterOf(after, context.cluster)?.validity;
  if (deepEqual(was, validity) || validity?.status === 'True') return [];
  if (validity !== undefined && validity.reason !== 'Terminating') return invalidComes(validity, comparison);
  return was === undefined || was.status === 'True' ? [] : [invalidGoes(was, comparison)];
}

/** Admission rules look for the Service themselves. */
const REASONS_OF_RULES: ReadonlySet<string> = new Set(['NoService', 'InvalidServiceType']);

function invalidComes(
  { status, reason, message }: Validity,
  { name, context }: Comparison,
): readonly ConsequenceDraft[] {
  const { cluster, toldByRules = false } = context;
  if (toldByRules && REASONS_OF_RULES.has(reason)) return [];
  const text = `${name} will not be exported from ${cluster} (${reason}): ${message}`;
  const isFault = status === 'False';
  const weight = isFault ? ({ topic: 'removal', type: 'invalid' } as const) : NOTICE;
  return [{ ...weight, text, discreet: text, uses: [cluster] }];
}

function invalidGoes({ reason }: Validity, { name, context }: Comparison): ConsequenceDraft {
  const text = `this export of ${name} does not count (${reason}): no import changes`;
  return { ...NOTICE, text, discreet: text, uses: [context.cluster] };
}

function lastGoes({ winner }: ServiceMerge, { name, reach }: Comparison): ConsequenceDraft {
  const what = winner.service.type === 'Headless' ? 'imports' : 'imports and VIPs';
  const text = `last exporter: ${what} of ${name} ${reach} will be deleted`;
  return { topic: 'removal', type: 'removal', text, discreet: text, uses: [] };
}

function firstComes({ winner, ports }: ServiceMerge, comparison: Comparison): readonly ConsequenceDraft[] {
  const { name, reach } = comparison;
  const list = listSome(
    ports.ports.map(({ port }) => describePort(port)),
    PORTS_SHOWN_MAX,
  );
  const text = `${name} will be imported ${reach} as ${winner.service.type} with ${list === '' ? 'no ports' : list}`;
  return [{ ...NOTICE, text, discreet: text, uses: [winner.cluster] }, ...describeAbsence(comparison)];
}

/** Where the namespace is missing nothing is imported, which nobody would look for. */
function describeAbsence({ after, context }: Comparison): readonly ConsequenceDraft[] {
  const { clusters, withoutNamespace, toldByRules = false } = context;
  if (withoutNamespace.length === 0 || toldByRules) return [];
  const present = Math.max(clusters - withoutNamespace.length, 0);
  const where = listClusters(withoutNamespace);
  const exists = `${after.key.namespace} exists in ${present} of ${clusters} clusters; no import`;
  return [{ ...NOTICE, text: `${exists} in ${where}`, discreet: `${exists} elsewhere`, uses: withoutNamespace }];
}

function compareParties(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { from, to, context } = comparison;
  const was = constituentOf(from, context.cluster) !== undefined;
  const is = constituentOf(to, context.cluster) !== undefined;
  return [
    ...(was && !is ? exportGoes(comparison) : []),
    ...compareWinner(comparison),
    ...(!was && is ? exportComes(comparison) : []),
  ];
}

function exportGoes(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { after, to, name, context } = comparison;
  const rest = clustersOf(to);
  const begin = `${context.cluster} no longer exports ${name}:`;
  const still = `still ${rest.length === 1 ? 'exports' : 'export'} it`;
  const draft: ConsequenceDraft = {
    topic: 'winner',
    type: 'change',
    text: `${begin} ${listClusters(rest)} ${still}`,
    discreet: `${begin} ${countOthers(rest, context)} ${still}`,
    uses: rest,
  };
  if (exporterOf(after, context.cluster) !== undefined) return [draft];
  const recreating = `recreating this export of ${name} makes it the youngest:`;
  const text = `${recreating} ${to.winner.cluster} stays the winner`;
  const discreet = `${recreating} ${whoDiscreetly(to.winner.cluster, comparison)} stays the winner`;
  return [draft, { ...NOTICE, text, discreet, uses: [] }];
}

function compareWinner(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { from, to, name } = comparison;
  const { winner } = to;
  if (winner.cluster === from.winner.cluster) return [];
  const age = constituentOf(to, from.winner.cluster) === undefined ? 'next oldest' : 'oldest';
  const text = `${winner.cluster} becomes the winner of ${name}: ${age} export, ${createdTime(winner) ?? 'time unknown'}`;
  const discreet = `${whoDiscreetly(winner.cluster, comparison)} becomes the winner of ${name}: ${age} export`;
  return [{ topic: 'winner', type: 'change', text, discreet, uses: [winner.cluster] }];
}

function exportComes(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { before, name, from, context } = comparison;
  const others = clustersOf(from);
  const sameness = 'same name means same service';
  const text = `${name} is also exported by ${listClusters(others)}: ${sameness}`;
  const discreet = `${name} is also exported by ${countOthers(others, context)}: ${sameness}`;
  const isNew = exporterOf(before, context.cluster) === undefined;
  return [
    { ...NOTICE, text, discreet, uses: others },
    ...(isNew ? describeRank(comparison) : []),
    ...(isNew ? describeAbsence(comparison) : []),
  ];
}

/** What a new export can and cannot change; another of the same second makes its cluster's name decide. */
function describeRank(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { to, name, context } = comparison;
  const own = constituentOf(to, context.cluster);
  const twin = to.constituents.find(
    ({ cluster, createdSeconds }) => cluster !== context.cluster && createdSeconds === own?.createdSeconds,
  );
  const { cluster } = to.winner;
  const winner = whoDiscreetly(cluster, comparison);
  if (twin !== undefined) {
    const old = `this export of ${name} is as old as that of`;
    const text = `${old} ${twin.cluster}: the cluster name decides, ${cluster} wins`;
    const discreet = `${old} another cluster: the cluster name decides, ${winner} wins`;
    return [{ ...NOTICE, text, discreet, uses: [twin.cluster, cluster] }];
  }
  if (to.constituents.at(-1) !== own) return [];
  const young = `this export of ${name} is the youngest: it may add ports and change IP families,`;
  const text = `${young} ${cluster} (oldest) decides the rest`;
  return [{ ...NOTICE, text, discreet: `${young} ${winner} (oldest) decides the rest`, uses: [cluster] }];
}

/** Exported labels and annotations that never arrive. */
function compareDropped({ before, after, context }: Comparison): readonly ConsequenceDraft[] {
  const was = droppedKeys(before, context.cluster);
  const dropped = droppedKeys(after, context.cluster);
  const isCounted = exporterOf(after, context.cluster)?.validity.status === 'True';
  if (!isCounted || deepEqual(was, dropped)) return [];
  const text =
    dropped.length === 0
      ? 'all exported labels and annotations may be passed on now'
      : `not passed on: ${listSome(dropped, DROPPED_SHOWN_MAX)}`;
  return [{ topic: 'metadata', type: 'notice', text, discreet: text, uses: [] }];
}

function droppedKeys(verdict: KeyVerdict, cluster: ClusterId): readonly string[] {
  const judged = exporterOf(verdict, cluster);
  if (judged?.validity.status !== 'True') return [];
  const { dropped } = readExportedMetadata(judged.exporter.serviceExport);
  return dropped.map(({ field, key, cause }) => `${field} ${key} (${cause})`);
}
