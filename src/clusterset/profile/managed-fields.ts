import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { type JsonObject, textAt } from '../../kube/object.ts';
import type { ProfileRecord } from './profile-record.ts';
import { mirroredProviders } from './shown-state.ts';

/** The field manager of what this server sets in profiles. */
export const HUB_FIELD_MANAGER = 'clusterset-apiserver';

/** Says which fields are this server's; without a time, which would move with each change. */
export function hubManagedFields({ memberId, shown }: ProfileRecord): JsonObject {
  const { conditions, properties, accessProviders, version } = shown;
  const mirrored = mirroredProviders(shown);
  const labels = {
    'f:x-k8s.io/cluster-manager': {},
    ...(memberId === undefined ? {} : { 'f:multicluster.x-k8s.io/inventory-member-id': {} }),
  };
  const status = {
    'f:conditions': entries('type', conditions),
    ...(properties.length === 0 ? {} : { 'f:properties': entries('name', properties) }),
    ...(accessProviders.length === 0 ? {} : { 'f:accessProviders': entries('name', accessProviders) }),
    ...(mirrored.length === 0 ? {} : { 'f:credentialProviders': entries('name', mirrored) }),
    ...(version === undefined ? {} : { 'f:version': { 'f:kubernetes': {} } }),
  };
  return {
    manager: HUB_FIELD_MANAGER,
    operation: 'Update',
    apiVersion: `${MULTICLUSTER_GROUP}/v1alpha1`,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': { 'f:labels': labels }, 'f:spec': { 'f:clusterManager': {} }, 'f:status': status },
  };
}

/** Whole items of a list by their key; `.` is the item itself. */
function entries(key: string, items: readonly object[]): JsonObject {
  return Object.fromEntries(items.map((item) => [`k:${JSON.stringify({ [key]: textAt(item, key) })}`, { '.': {} }]));
}
