import { deepEqual } from '../kube/deep-equal.ts';
import { isJsonObject, type JsonObject } from '../kube/object.ts';
import type { ConflictReason } from './conflict-reason.ts';
import type { Constituent } from './constituent.ts';

/** A property that is taken from the winner as a whole, never mixed. */
export interface WholeValueRule {
  readonly field: string;
  readonly differs: (a: Constituent, b: Constituent) => boolean;
}

/** `ClientIP` affinity lasts three hours unless the Service says otherwise (core/v1 SessionAffinityConfig). */
export const AFFINITY_TIMEOUT_DEFAULT_SECONDS = 10_800;

/**
 * The KEP's rules of equality. They hold for headless results too, where some fields have no effect: the type may
 * change later.
 */
export const WHOLE_VALUE_RULES: Readonly<
  Record<Exclude<ConflictReason, 'PortConflict' | 'IPFamilyConflict'>, WholeValueRule>
> = {
  TypeConflict: { field: 'type', differs: (a, b) => a.service.type !== b.service.type },
  SessionAffinityConflict: { field: 'sessionAffinity', differs: (a, b) => affinityOf(a) !== affinityOf(b) },
  SessionAffinityConfigConflict: { field: 'sessionAffinityConfig', differs: differsInAffinityConfig },
  InternalTrafficPolicyConflict: { field: 'internalTrafficPolicy', differs: (a, b) => policyOf(a) !== policyOf(b) },
  TrafficDistributionConflict: {
    field: 'trafficDistribution',
    differs: (a, b) => distributionOf(a) !== distributionOf(b),
  },
  LabelsConflict: {
    field: 'exportedLabels',
    differs: (a, b) => !deepEqual(a.exportedLabels, b.exportedLabels),
  },
  AnnotationsConflict: {
    field: 'exportedAnnotations',
    differs: (a, b) => !deepEqual(a.exportedAnnotations, b.exportedAnnotations),
  },
};

/** The affinity in force: absent means None. */
export function affinityOf({ service }: Constituent): string {
  return service.sessionAffinity ?? 'None';
}

/** The timeout in force under ClientIP affinity. */
export function affinityTimeoutSeconds({ service }: Constituent): number {
  const clientIp = objectAt(service.sessionAffinityConfig, 'clientIP');
  const seconds = clientIp?.['timeoutSeconds'];
  return typeof seconds === 'number' ? seconds : AFFINITY_TIMEOUT_DEFAULT_SECONDS;
}

/** The policy in force: absent means Cluster. */
export function policyOf({ service }: Constituent): string {
  return service.internalTrafficPolicy ?? 'Cluster';
}

/** Timeouts matter only where both use them; otherwise the difference in affinity says it all. */
function differsInAffinityConfig(a: Constituent, b: Constituent): boolean {
  if (affinityOf(a) !== 'ClientIP' || affinityOf(b) !== 'ClientIP') return false;
  return affinityTimeoutSeconds(a) !== affinityTimeoutSeconds(b);
}

/** PreferClose is the older spelling of PreferSameZone (core/v1 Service). */
function distributionOf({ service }: Constituent): string | undefined {
  return service.trafficDistribution === 'PreferClose' ? 'PreferSameZone' : service.trafficDistribution;
}

function objectAt(value: JsonObject | undefined, key: string): JsonObject | undefined {
  const inner: unknown = value?.[key];
  return isJsonObject(inner) ? inner : undefined;
}
