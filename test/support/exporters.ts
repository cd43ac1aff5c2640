import type { Constituent, Exporter } from '../../src/clusterset/index.ts';
import { mergeService } from '../../src/clusterset/index.ts';
import { readConstituent } from '../../src/clusterset/constituent.ts';
import type { IpFamilyMode, ServiceMerge } from '../../src/clusterset/index.ts';
import type { JsonObject, ObjectMeta } from '../../src/kube/object.ts';
import { clusterId, DEFAULT_CREATED, service, serviceExport } from './clusterset-objects.ts';

export const KEY = { namespace: 'prod', name: 'api' };

export interface ExporterShape {
  /** creationTimestamp of the export; null for none. */
  readonly created?: string | null;
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
  readonly spec?: JsonObject;
  readonly metadata?: Partial<ObjectMeta>;
}

/** A valid exporter of prod/api with what the rule at hand needs. */
export function exporter(cluster: string, shape: ExporterShape = {}, more: Partial<Exporter> = {}): Exporter {
  const { created = DEFAULT_CREATED, labels, annotations, spec = {}, metadata = {} } = shape;
  return {
    cluster: clusterId(cluster),
    fingerprint: undefined,
    clockSkewSeconds: 0,
    serviceExport: serviceExport(
      { creationTimestamp: created, ...metadata },
      {
        spec: {
          ...(labels === undefined ? {} : { exportedLabels: labels }),
          ...(annotations === undefined ? {} : { exportedAnnotations: annotations }),
        },
      },
    ),
    service: service(spec),
    sliceFamilies: new Set(),
    memberClusterSet: undefined,
    unknownContent: undefined,
    hasRow: true,
    ...more,
  };
}

export function constituent(cluster: string, shape: ExporterShape = {}, more: Partial<Exporter> = {}): Constituent {
  const whole = exporter(cluster, shape, more);
  return readConstituent(whole, whole.service ?? service());
}

/** Merges exporters given oldest first: each is created a minute after the one before unless it says otherwise. */
export function merge(
  shapes: Readonly<Record<string, ExporterShape>>,
  mode: IpFamilyMode = 'intersection',
): ServiceMerge {
  const constituents = Object.entries(shapes).map(([cluster, shape], index) =>
    constituent(cluster, { created: `2026-01-05T10:0${index}:00Z`, ...shape }),
  );
  const merged = mergeService(KEY, constituents, mode);
  if (merged === undefined) throw new Error('nothing to merge');
  return merged;
}

/** The reasons that a merge of these exporters reports. */
export function reasons(shapes: Readonly<Record<string, ExporterShape>>, mode?: IpFamilyMode): readonly string[] {
  return merge(shapes, mode).conflicts.map(({ reason }) => reason);
}
