import type { ClusterId } from '../../kube/cluster-id.ts';
import { describeAge } from '../conflict-message.ts';
import type { ConflictReason } from '../conflict-reason.ts';
import { type DroppedEntry, readExportedMetadata } from '../exported-metadata.ts';
import type { FamilyMerge, IpFamilyMode } from '../family-merge.ts';
import type { IpFamily } from '../ip-family.ts';
import type { ClusterSetOptions, KeyVerdict } from '../key-derivation.ts';
import type { ServiceMerge } from '../merge.ts';
import { explainExports, type ExportProvenance, type MemberContact } from './exports.ts';
import { CLUSTERS_SHOWN_MAX, ENTRIES_SHOWN_MAX, omittedCount, PORTS_SHOWN_MAX, shownValue } from './limits.ts';
import { type DroppedPortProvenance, explainDroppedPorts, explainPorts, type PortProvenance } from './ports.ts';
import { explainValues, type ValueProvenance } from './values.ts';
import { supposeWinnerLeft, type WinnerLeft } from './winner-left.ts';

export interface MemberFamiliesProvenance {
  readonly cluster: ClusterId;
  /** Undefined when the Service names none. */
  readonly families: readonly IpFamily[] | undefined;
  /** Nothing in common with older exports, hence left out of the intersection. */
  readonly skipped: boolean;
}

export interface FamiliesProvenance {
  readonly mode: IpFamilyMode;
  readonly families: readonly IpFamily[] | undefined;
  readonly setBy: ClusterId | undefined;
  readonly members: readonly MemberFamiliesProvenance[];
  readonly membersOmitted: number | undefined;
}

/** An exported label or annotation that cannot be passed on. */
export interface DroppedEntryProvenance extends DroppedEntry {
  readonly cluster: ClusterId;
}

/** What follows from the exports that count; nothing of it is there when none does. */
export interface MergeProvenance {
  readonly winner: { readonly cluster: ClusterId; readonly because: string };
  /** The reasons of the Conflict condition. */
  readonly conflicts: readonly ConflictReason[];
  readonly values: readonly ValueProvenance[];
  readonly ports: readonly PortProvenance[];
  readonly portsOmitted: number | undefined;
  readonly droppedPorts: readonly DroppedPortProvenance[];
  readonly droppedPortsOmitted: number | undefined;
  readonly ipFamilies: FamiliesProvenance;
  readonly droppedMetadata: readonly DroppedEntryProvenance[];
  readonly droppedMetadataOmitted: number | undefined;
  readonly ifWinnerLeft: WinnerLeft;
}

/** Why a ServiceImport is as it is, or why there is none. */
export interface Provenance extends Partial<MergeProvenance> {
  readonly clusterSet: string | undefined;
  readonly exportsTotal: number;
  readonly exportsCounted: number;
  readonly exports: readonly ExportProvenance[];
  readonly exportsOmitted: number | undefined;
}

export interface ProvenanceContext {
  readonly options: ClusterSetOptions;
  readonly contactOf: (cluster: ClusterId) => MemberContact | undefined;
}

/**
 * Tells a verdict in full. Everything is read from the very merge that makes the ServiceImport and its rows, so that the
 * two cannot disagree; undefined when nobody exports the name. The same verdict and contacts give the same bytes.
 */
export function explainVerdict(
  { key, exporters, merge }: KeyVerdict,
  { options, contactOf }: ProvenanceContext,
): Provenance | undefined {
  if (exporters.length === 0) return undefined;
  const exports = explainExports(exporters, { name: key.name, merge, contactOf });
  return {
    clusterSet: options.clusterSet,
    exportsTotal: exports.length,
    exportsCounted: merge?.constituents.length ?? 0,
    ...(merge === undefined ? {} : { winner: explainWinner(merge) }),
    exports: exports.slice(0, CLUSTERS_SHOWN_MAX),
    exportsOmitted: omittedCount(exports, CLUSTERS_SHOWN_MAX),
    ...(merge === undefined ? {} : explainMerge(merge, options.ipFamilyMode)),
  };
}

function explainWinner(merge: ServiceMerge): MergeProvenance['winner'] {
  const { cluster } = merge.winner;
  return { cluster, because: describeAge(cluster, merge) };
}

function explainMerge(merge: ServiceMerge, ipFamilyMode: IpFamilyMode): Omit<MergeProvenance, 'winner'> {
  const dropped = droppedEntries(merge);
  return {
    conflicts: merge.conflicts.map(({ reason }) => reason),
    values: explainValues(merge),
    ports: explainPorts(merge),
    portsOmitted: omittedCount(merge.ports.ports, PORTS_SHOWN_MAX),
    droppedPorts: explainDroppedPorts(merge),
    droppedPortsOmitted: omittedCount(merge.ports.dropped, PORTS_SHOWN_MAX),
    ipFamilies: explainFamilies(merge.families, ipFamilyMode),
    droppedMetadata: dropped.slice(0, ENTRIES_SHOWN_MAX),
    droppedMetadataOmitted: omittedCount(dropped, ENTRIES_SHOWN_MAX),
    ifWinnerLeft: supposeWinnerLeft(merge, ipFamilyMode),
  };
}

function explainFamilies({ families, setBy, members }: FamilyMerge, mode: IpFamilyMode): FamiliesProvenance {
  return {
    mode,
    families,
    setBy,
    members: members.slice(0, CLUSTERS_SHOWN_MAX),
    membersOmitted: omittedCount(members, CLUSTERS_SHOWN_MAX),
  };
}

/** Those of every export that counts: only the winner's are missed in the ServiceImport, but another may win next. */
function droppedEntries({ constituents }: ServiceMerge): readonly DroppedEntryProvenance[] {
  return constituents.flatMap(({ cluster, serviceExport }) =>
    readExportedMetadata(serviceExport).dropped.map(({ field, key, cause }) => ({
      cluster,
      field,
      key: shownValue(key),
      cause,
    })),
  );
}
