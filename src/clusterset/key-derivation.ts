import { conflictFor, judgeConflict, type Transition } from './condition-verdict.ts';
import { type Constituent, readConstituent } from './constituent.ts';
import type { Exporter } from './exporter.ts';
import type { IpFamilyMode } from './family-merge.ts';
import { exportRowUid, serviceImportUid } from './identity.ts';
import { mergeService, type ServiceMerge } from './merge.ts';
import { projectServiceExport } from './service-export.ts';
import { deriveServiceImport, type Derived } from './service-import.ts';
import type { ObjectKey } from '../kube/object.ts';
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

/** How conditions stood before: of the ServiceImport, and of each export's row. Another uid is another object. */
export interface KeyHistory {
  readonly serviceImport: (uid: string) => readonly Transition[];
  readonly row: (exporter: Exporter, uid: string) => readonly Transition[];
  readonly nowMs: number;
}

export interface DerivedRow {
  readonly exporter: Exporter;
  readonly derived: Derived;
}

export interface KeyObjects {
  readonly serviceImport: Derived | undefined;
  readonly rows: readonly DerivedRow[];
}

/** Turns a verdict into the objects that are shown: at most one ServiceImport, and one row for each export. */
export function deriveKey(verdict: KeyVerdict, options: ClusterSetOptions, history: KeyHistory): KeyObjects {
  const { key, merge, exporters } = verdict;
  const { clusterSet } = options;
  const { nowMs } = history;
  const conflict = merge === undefined ? undefined : judgeConflict(merge);
  const rows = exporters.map(({ exporter, validity }): DerivedRow => {
    const { cluster, serviceExport, memberClusterSet } = exporter;
    const uid = exportRowUid(exporter, serviceExport);
    const isCounted = merge !== undefined && conflict !== undefined && validity.status === 'True';
    const derived = projectServiceExport(
      {
        cluster,
        serviceExport,
        uid,
        clusterSet: memberClusterSet ?? clusterSet,
        validity,
        conflict: isCounted ? conflictFor(conflict, merge, cluster) : undefined,
      },
      { previous: history.row(exporter, uid), nowMs },
    );
    return { exporter, derived };
  });
  if (merge === undefined || conflict === undefined) return { serviceImport: undefined, rows };
  const uid = serviceImportUid(clusterSet, key);
  const serviceImport = deriveServiceImport({ merge, conflict, uid }, { previous: history.serviceImport(uid), nowMs });
  return { serviceImport, rows };
}
