import type { ClusterId } from '../kube/cluster-id.ts';
import { compareText, isJsonObject, type JsonObject, type KubeObject } from '../kube/object.ts';
import { formatTime, parseTimeSeconds } from '../kube/time.ts';
import type { Exporter } from './exporter.ts';
import { IP_FAMILIES, type IpFamily } from './ip-family.ts';
import { readServiceFacts, type ServiceFacts } from './service-facts.ts';

/** One exporting cluster's contribution: a valid ServiceExport and what is read of its Service. */
export interface Constituent {
  readonly cluster: ClusterId;
  /** How far the clock that made the ages of this member is ahead of ours, coarsely; 0 when it is right. */
  readonly clockSkewSeconds: number;
  readonly serviceExport: KubeObject;
  /** Age of the export, never of the Service; undefined counts as youngest. */
  readonly createdSeconds: number | undefined;
  readonly service: ServiceFacts;
  /** Where the Service can be reached; undefined when it does not say. */
  readonly families: readonly IpFamily[] | undefined;
  /** As the exporter wrote them; absent equals empty. */
  readonly exportedLabels: JsonObject;
  readonly exportedAnnotations: JsonObject;
}

const NOTHING: JsonObject = {};

/** Reads what a valid export contributes; `service` is its Service. */
export function readConstituent(exporter: Exporter, service: KubeObject): Constituent {
  const { cluster, clockSkewSeconds, serviceExport, sliceFamilies } = exporter;
  const facts = readServiceFacts(service);
  const spec: unknown = serviceExport.spec;
  const exported = isJsonObject(spec) ? spec : NOTHING;
  return {
    cluster,
    clockSkewSeconds,
    serviceExport,
    createdSeconds: readCreatedSeconds(serviceExport),
    service: facts,
    families: reachableFamilies(facts, sliceFamilies),
    exportedLabels: mapOf(exported['exportedLabels']),
    exportedAnnotations: mapOf(exported['exportedAnnotations']),
  };
}

/** What precedence is judged by. */
export type Aged = Pick<Constituent, 'cluster' | 'createdSeconds'>;

/**
 * Oldest export first; equal times, which whole seconds make common, by cluster id, bytewise
 * (KEP-1645 §Constraints and Conflict Resolution). Total, because a member has one export of a name.
 */
export function comparePrecedence(a: Aged, b: Aged): number {
  const aSeconds = a.createdSeconds ?? Infinity;
  const bSeconds = b.createdSeconds ?? Infinity;
  if (aSeconds !== bSeconds) return aSeconds < bSeconds ? -1 : 1;
  return compareText(a.cluster, b.cluster);
}

/** The export's age in UTC; undefined when it has none that can be read. */
export function createdTime({ createdSeconds }: Pick<Constituent, 'createdSeconds'>): string | undefined {
  return createdSeconds === undefined ? undefined : formatTime(createdSeconds * 1000);
}

/** Epoch seconds of the creation; undefined when there is no time, or none that can be read. */
export function readCreatedSeconds({ metadata }: KubeObject): number | undefined {
  const text: unknown = metadata.creationTimestamp;
  return typeof text === 'string' ? parseTimeSeconds(text) : undefined;
}

/**
 * kube-apiserver gives a selectorless headless Service every family, even in a single-stack cluster; what its
 * EndpointSlices have is the truth, in the order of the Service.
 */
export function reachableFamilies(
  service: ServiceFacts,
  sliceFamilies: ReadonlySet<IpFamily>,
): readonly IpFamily[] | undefined {
  const declared = service.ipFamilies;
  if (service.type !== 'Headless' || !service.selectorless || sliceFamilies.size === 0) return declared;
  const order = [...(declared ?? []), ...IP_FAMILIES];
  return [...new Set(order)].filter((family) => sliceFamilies.has(family));
}

function mapOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : NOTHING;
}
