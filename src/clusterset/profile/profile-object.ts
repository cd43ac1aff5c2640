import type { ClusterId } from '../../kube/cluster-id.ts';
import { MEMBER_ID_LABEL, MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { JsonObject, KubeObject, ObjectMeta, OwnerReference } from '../../kube/object.ts';
import { hubManagedFields } from './managed-fields.ts';
import type { ProfileRecord } from './profile-record.ts';
import { mirroredProviders } from './shown-state.ts';

export const MANAGER_LABEL = 'x-k8s.io/cluster-manager';

/** Labels that only this server sets. */
export const HUB_LABELS: readonly string[] = [MANAGER_LABEL, MEMBER_ID_LABEL];

/** The object as it is served, in the storage version and without its resourceVersion. */
export function profileObject(cluster: ClusterId, record: ProfileRecord): KubeObject {
  const { displayName, manager } = record;
  return {
    apiVersion: `${MULTICLUSTER_GROUP}/v1alpha1`,
    kind: 'ClusterProfile',
    metadata: metadataOf(cluster, record),
    spec: { ...(displayName === undefined ? {} : { displayName }), clusterManager: { name: manager } },
    status: statusOf(record),
  };
}

function metadataOf(cluster: ClusterId, record: ProfileRecord): ObjectMeta {
  const { overlay, namespace, uid, creationTimestamp, generation, deletionTimestamp } = record;
  return {
    ...{ name: cluster, namespace, uid, creationTimestamp, generation },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp, deletionGracePeriodSeconds: 0 }),
    labels: {
      ...overlay.labels,
      [MANAGER_LABEL]: record.manager,
      ...(record.memberId === undefined ? {} : { [MEMBER_ID_LABEL]: record.memberId }),
    },
    ...(Object.keys(overlay.annotations).length === 0 ? {} : { annotations: overlay.annotations }),
    ...(overlay.finalizers.length === 0 ? {} : { finalizers: overlay.finalizers }),
    ...(overlay.ownerReferences.length === 0 ? {} : { ownerReferences: overlay.ownerReferences.filter(isReference) }),
    managedFields: [hubManagedFields(record)],
  };
}

function isReference(value: JsonObject): value is JsonObject & OwnerReference {
  return ['apiVersion', 'kind', 'name', 'uid'].every((field) => typeof value[field] === 'string');
}

/** Our own entries first, in a fixed order; of two with the same key ours is shown. */
function statusOf({ shown, overlay, generation }: ProfileRecord): JsonObject {
  const conditions = shown.conditions.map((condition): JsonObject => ({
    ...condition,
    observedGeneration: generation,
  }));
  const properties = shown.properties.map(({ name, value, lastObservedTime }): JsonObject => ({
    name,
    value,
    ...(lastObservedTime === undefined ? {} : { lastObservedTime }),
  }));
  return {
    ...(shown.version === undefined ? {} : { version: { kubernetes: shown.version } }),
    conditions: united(conditions, overlay.conditions, 'type'),
    ...listField('properties', united(properties, overlay.properties, 'name')),
    ...listField('accessProviders', united(shown.accessProviders, overlay.accessProviders, 'name')),
    ...listField('credentialProviders', united(mirroredProviders(shown), overlay.credentialProviders, 'name')),
  };
}

function united(ours: readonly JsonObject[], theirs: readonly JsonObject[], key: string): readonly JsonObject[] {
  const taken = new Set(ours.map((item) => item[key]));
  return [...ours, ...theirs.filter((item) => !taken.has(item[key]))];
}

function listField(name: string, items: readonly JsonObject[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}
