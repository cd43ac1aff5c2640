import type { ClusterId } from '../kube/cluster-id.ts';
import type { ObjectKey } from '../kube/object.ts';
import { CONFLICT_REASONS, type ConflictReason } from './conflict-reason.ts';
import { comparePrecedence, type Constituent } from './constituent.ts';
import { type ExportedMetadata, readExportedMetadata } from './exported-metadata.ts';
import { type FamilyMerge, type IpFamilyMode, mergeFamilies } from './family-merge.ts';
import { type PortUnion, unionPorts } from './port-union.ts';
import { WHOLE_VALUE_RULES } from './whole-value.ts';

/** What became of one property: whose value is in force, and who disagrees. */
export interface PropertyMerge {
  readonly reason: ConflictReason;
  /** The field of the ServiceImport spec or of the ServiceExport spec. */
  readonly field: string;
  readonly conflicting: boolean;
  /** The export whose value is used; of merged properties (ports, ipFamilies) the one that takes precedence. */
  readonly setBy: ClusterId;
  /** Constituents that differ from `setBy`, in the order of precedence; never `setBy` itself. */
  readonly differing: readonly ClusterId[];
}

/** All that follows from the valid exports of one name; conditions, ServiceImport and explanations only read it. */
export interface ServiceMerge {
  readonly key: ObjectKey;
  /** In the order of precedence; the first is the winner. */
  readonly constituents: readonly Constituent[];
  readonly winner: Constituent;
  readonly ports: PortUnion;
  readonly families: FamilyMerge;
  /** The winner's, without what must not be passed on. */
  readonly metadata: ExportedMetadata;
  /** One per reason, in the canonical order. */
  readonly properties: readonly PropertyMerge[];
  /** Those of `properties` that conflict. */
  readonly conflicts: readonly PropertyMerge[];
}

/**
 * Merges the valid exports of one namespace/name; undefined when there is none: then there is no ServiceImport. A pure
 * function of the members' objects: no clock, no order of arrival, no earlier result.
 */
export function mergeService(
  key: ObjectKey,
  valid: readonly Constituent[],
  ipFamilyMode: IpFamilyMode,
): ServiceMerge | undefined {
  const constituents = [...valid].sort(comparePrecedence);
  const [winner] = constituents;
  if (winner === undefined) return undefined;
  const ports = unionPorts(constituents);
  const families = mergeFamilies(constituents, ipFamilyMode);
  const properties = CONFLICT_REASONS.map((reason): PropertyMerge => {
    if (reason === 'PortConflict') return portProperty(ports, winner);
    if (reason === 'IPFamilyConflict') return familyProperty(families, winner);
    return wholeProperty(reason, constituents, winner);
  });
  return {
    key,
    constituents,
    winner,
    ports,
    families,
    metadata: readExportedMetadata(winner.serviceExport),
    properties,
    conflicts: properties.filter(({ conflicting }) => conflicting),
  };
}

function portProperty({ conflicting, differing }: PortUnion, { cluster }: Constituent): PropertyMerge {
  return { reason: 'PortConflict', field: 'ports', conflicting, setBy: cluster, differing };
}

function familyProperty({ setBy, differing }: FamilyMerge, { cluster }: Constituent): PropertyMerge {
  const conflicting = differing.length > 0;
  return { reason: 'IPFamilyConflict', field: 'ipFamilies', conflicting, setBy: setBy ?? cluster, differing };
}

function wholeProperty(
  reason: keyof typeof WHOLE_VALUE_RULES,
  constituents: readonly Constituent[],
  winner: Constituent,
): PropertyMerge {
  const { field, differs } = WHOLE_VALUE_RULES[reason];
  const differing = constituents.filter((other) => other !== winner && differs(other, winner));
  return {
    reason,
    field,
    conflicting: differing.length > 0,
    setBy: winner.cluster,
    differing: differing.map(({ cluster }) => cluster),
  };
}
