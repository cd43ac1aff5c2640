import type { ClusterId } from '../kube/cluster-id.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import type { ObjectKey } from '../kube/object.ts';
import { conflictFor, type ConflictVerdict, judgeConflict, type Transition } from './condition-verdict.ts';
import { type Constituent, readConstituent } from './constituent.ts';
import type { Exporter } from './exporter.ts';
import type { IpFamilyMode } from './family-merge.ts';
import { rowUid, serviceImportUid } from './identity.ts';
import { mergeService, type ServiceMerge } from './merge.ts';
import { projectServiceExport, type ServiceExportInput } from './service-export.ts';
import { deriveServiceImport, type Derived } from './service-import.ts';
import { showService } from './shown-service.ts';
import { judgeValidity, type Validity } from './validity.ts';

export interface ClusterSetOptions {
  /** The ClusterSet that is served; undefined accepts every member's exports. */
  readonly clusterSet: string | undefined;
  readonly ipFamilyMode: IpFamilyMode;
}

/** An export of the name, judged. */
export interface JudgedExporter {
  readonly exporter: Exporter;
  readonly validity: Validity;
}

/** Everything decided about one name, before it becomes objects. */
export interface KeyVerdict {
  readonly key: ObjectKey;
  readonly exporters: readonly JudgedExporter[];
  /** Undefined when no export is valid. */
  readonly merge: ServiceMerge | undefined;
}

/** Judges all exports of one namespace/name and merges the valid ones. */
export function judgeKey(key: ObjectKey, exporters: readonly Exporter[], options: ClusterSetOptions): KeyVerdict {
  const judged: JudgedExporter[] = [];
  const valid: Constituent[] = [];
  for (const exporter of exporters) {
    const validity = judgeValidity(exporter, options.clusterSet);
    judged.push({ exporter, validity });
    const { service } = exporter;
    if (validity.status === 'True' && service !== undefined) valid.push(readConstituent(exporter, service));
  }
  return { key, exporters: judged, merge: mergeService(key, valid, options.ipFamilyMode) };
}

/** A row and what it was made from. */
export interface DerivedRow {
  readonly derived: Derived;
  readonly input: ServiceExportInput;
  readonly fingerprint: string | undefined;
}

/** What is shown for a name: at most one ServiceImport, and a row for each export. */
export interface KeyObjects {
  readonly serviceImport: Derived | undefined;
  readonly rows: ReadonlyMap<ClusterId, DerivedRow>;
}

export const NO_OBJECTS: KeyObjects = { serviceImport: undefined, rows: new Map() };

export interface KeyHistory {
  /** What was shown for the name before. */
  readonly before: KeyObjects;
  /** How conditions stood before our restart: of the row of a cluster or, for undefined, of the ServiceImport. */
  readonly restored: (cluster: ClusterId | undefined, uid: string) => readonly Transition[];
  /** RFC 3339, UTC, whole seconds. */
  readonly now: string;
}

/** Turns a verdict into objects. What did not change is the same object as before. */
export function deriveKey(verdict: KeyVerdict, options: ClusterSetOptions, history: KeyHistory): KeyObjects {
  const { merge, exporters } = verdict;
  const conflict = merge === undefined ? undefined : judgeConflict(merge);
  const rows = new Map<ClusterId, DerivedRow>();
  for (const { exporter, validity } of exporters) {
    if (!exporter.hasRow) continue;
    const { cluster, memberClusterSet } = exporter;
    const isCounted = merge !== undefined && conflict !== undefined && validity.status === 'True';
    const row: RowVerdict = {
      exporter,
      validity,
      conflict: isCounted ? conflictFor(conflict, merge, cluster) : undefined,
      clusterSet: memberClusterSet ?? options.clusterSet,
    };
    rows.set(cluster, deriveRow(row, history));
  }
  if (merge === undefined || conflict === undefined) return { serviceImport: undefined, rows };
  return { serviceImport: deriveImport({ merge, conflict }, options, history), rows };
}

interface RowVerdict {
  readonly exporter: Exporter;
  readonly validity: Validity;
  readonly conflict: ConflictVerdict | undefined;
  readonly clusterSet: string | undefined;
}

function deriveRow(row: RowVerdict, { before, restored, now }: KeyHistory): DerivedRow {
  const { exporter, validity, conflict, clusterSet } = row;
  const { cluster, fingerprint, serviceExport } = exporter;
  const previous = before.rows.get(cluster);
  const known = previous !== undefined && isSameObject(previous, exporter) ? previous : undefined;
  const uid = known?.input.uid ?? rowUid(exporter, serviceExport);
  const service = showService(exporter);
  const input: ServiceExportInput = { cluster, serviceExport, uid, clusterSet, validity, service, conflict };
  if (known !== undefined && isSameInput(known.input, input)) return known;
  if (known !== undefined) {
    const derived = projectServiceExport(input, { previous: known.derived.conditions, now });
    return { derived: keepEqual(known.derived, derived), input, fingerprint };
  }
  const transitions = previous === undefined ? restored(cluster, uid) : [];
  return { derived: projectServiceExport(input, { previous: transitions, now }), input, fingerprint };
}

/** Not another cluster's object, nor one that was made anew. */
function isSameObject({ input, fingerprint }: DerivedRow, exporter: Exporter): boolean {
  return (
    fingerprint === exporter.fingerprint && input.serviceExport.metadata.uid === exporter.serviceExport.metadata.uid
  );
}

function deriveImport(
  verdict: { readonly merge: ServiceMerge; readonly conflict: ConflictVerdict },
  { clusterSet }: ClusterSetOptions,
  { before, restored, now }: KeyHistory,
): Derived {
  const previous = before.serviceImport;
  const uid = previous?.object.metadata.uid ?? serviceImportUid(clusterSet, verdict.merge.key);
  const transitions = previous?.conditions ?? restored(undefined, uid);
  return keepEqual(previous, deriveServiceImport({ ...verdict, uid }, { previous: transitions, now }));
}

function isSameInput(a: ServiceExportInput, b: ServiceExportInput): boolean {
  return (
    a.serviceExport === b.serviceExport &&
    a.clusterSet === b.clusterSet &&
    a.service === b.service &&
    deepEqual(a.validity, b.validity) &&
    deepEqual(a.conflict, b.conflict)
  );
}

function keepEqual(previous: Derived | undefined, next: Derived): Derived {
  return previous !== undefined && deepEqual(previous.object, next.object) ? previous : next;
}
