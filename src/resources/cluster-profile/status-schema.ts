import type { JsonObject } from '../../kube/object.ts';
import { conditionsSchema } from '../condition-schema.ts';

/** Code points, as the schema counts them: longer values stay in the ClusterProperty alone. */
export const PROPERTY_VALUE_CODE_POINTS_MAX = 1024;
/** Of one property, as a ClusterProperty may be called. */
export const PROPERTY_NAME_CHARACTERS_MAX = 253;

export const DISPLAY_NAME: JsonObject = {
  description: 'Name of the cluster for people. Clients may change it.',
  type: 'string',
};

/** The same in both versions. */
export const STATUS_FIELDS: Readonly<Record<string, JsonObject>> = {
  conditions: conditionsSchema(
    'ControlPlaneHealthy: whether the control plane of the cluster says that it is ready. Joined: whether the cluster ' +
      'that was registered answers. Own types of this server carry its domain as prefix.',
  ),
  properties: {
    description: 'The ClusterProperties of the cluster, and what other writers add under names of their own.',
    type: 'array',
    items: {
      description: 'One property of the cluster.',
      type: 'object',
      required: ['name', 'value'],
      properties: {
        lastObservedTime: {
          description: 'When the value was last known to be true in the cluster, at the latest change of this object.',
          type: 'string',
          format: 'date-time',
        },
        name: {
          description: 'Name of the ClusterProperty, or of a property of another writer.',
          type: 'string',
          maxLength: PROPERTY_NAME_CHARACTERS_MAX,
          minLength: 1,
        },
        value: {
          description: 'Value of the property, as it is in the cluster.',
          type: 'string',
          maxLength: PROPERTY_VALUE_CODE_POINTS_MAX,
          minLength: 1,
        },
      },
    },
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
  },
  version: {
    description: 'Versions of the cluster.',
    type: 'object',
    properties: {
      kubernetes: { description: 'The gitVersion of its API server.', type: 'string' },
    },
  },
};

/** Who owns the profile; the name is the only field that has other bounds in the other version. */
export function clusterManagerSchema(name: JsonObject): JsonObject {
  return {
    description: 'The manager of the cluster, who owns this object.',
    type: 'object',
    required: ['name'],
    properties: { name: { description: 'Unique name of the manager.', type: 'string', ...name } },
    'x-kubernetes-validations': [{ message: 'ClusterManager is immutable', rule: 'self == oldSelf' }],
  };
}

/** The whole object; `status` without the fields that both versions share. */
export function profileSchema(clusterManager: JsonObject, status: Readonly<Record<string, JsonObject>>): JsonObject {
  return {
    description: 'ClusterProfile is one member of the ClusterSet as the inventory of its namespace shows it.',
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        description: 'Which cluster this is.',
        type: 'object',
        required: ['clusterManager'],
        properties: { clusterManager, displayName: DISPLAY_NAME },
      },
      status: {
        description: 'What is known of the cluster.',
        type: 'object',
        properties: { ...status, ...STATUS_FIELDS },
      },
    },
  };
}
