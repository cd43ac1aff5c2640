import type { Condition } from '../kube/condition.ts';
import { CONFLICT_CONDITION, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { JsonObject, KubeObject, ObjectMeta } from '../kube/object.ts';
import { type ConditionHistory, type ConflictVerdict, toCondition } from './condition-verdict.ts';
import { createdTime } from './constituent.ts';
import type { ServiceMerge } from './merge.ts';
import { toImportPort } from './service-port.ts';

/** Constant: readiness belongs to each member's own ServiceImport, this one reaches no data plane. */
const READY_MESSAGE =
  'This ServiceImport describes the whole ClusterSet; whether it can be used is said by the one in each member cluster.';

export interface ServiceImportInput {
  readonly merge: ServiceMerge;
  readonly conflict: ConflictVerdict;
  /** From `serviceImportUid`. */
  readonly uid: string;
}

/** An object as it is published, with the conditions that we decide apart. */
export interface Derived {
  readonly object: KubeObject;
  readonly conditions: readonly Condition[];
}

/** The clusterset-wide ServiceImport: no IPs, which belong to each importing member, and never Ready=True. */
export function deriveServiceImport(input: ServiceImportInput, history: ConditionHistory): Derived {
  const { merge, conflict, uid } = input;
  const conditions = [
    toCondition({ type: CONFLICT_CONDITION, ...conflict, observedGeneration: undefined }, history),
    toCondition(
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'Pending',
        message: READY_MESSAGE,
        observedGeneration: undefined,
      },
      history,
    ),
  ];
  const clusters = merge.constituents.map(({ cluster }) => ({ cluster }));
  const object: KubeObject = {
    apiVersion: `${MULTICLUSTER_GROUP}/v1beta1`,
    kind: 'ServiceImport',
    metadata: importMetadata(merge, uid),
    spec: importSpec(merge),
    status: { clusters, conditions: conditions.map((condition) => ({ ...condition })) },
  };
  return { object, conditions };
}

function importMetadata({ key, winner, metadata }: ServiceMerge, uid: string): ObjectMeta {
  const creationTimestamp = createdTime(winner);
  return {
    name: key.name,
    namespace: key.namespace,
    uid,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(isEmpty(metadata.labels) ? {} : { labels: metadata.labels }),
    ...(isEmpty(metadata.annotations) ? {} : { annotations: metadata.annotations }),
  };
}

/** Whole values as the winner wrote them, absent ones absent; `ports` is required even when there is none. */
function importSpec({ winner, ports, families }: ServiceMerge): JsonObject {
  const { type, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } = winner.service;
  return {
    ports: ports.ports.map(({ port }) => toImportPort(port)),
    type,
    ...(sessionAffinity === undefined ? {} : { sessionAffinity }),
    ...(sessionAffinityConfig === undefined ? {} : { sessionAffinityConfig }),
    ...(families.families === undefined ? {} : { ipFamilies: families.families }),
    ...(internalTrafficPolicy === undefined ? {} : { internalTrafficPolicy }),
    ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
  };
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  for (const _key in map) return false;
  return true;
}
