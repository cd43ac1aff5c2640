import type { JsonObject } from '../../kube/object.ts';
import { LABEL_SYNTAX } from '../../kube/label-syntax.ts';
import { conditionsSchema } from '../condition-schema.ts';
import { validations } from '../schema-validations.ts';

/** Below spec in v1beta1 and v1alpha1, at the root in v1alpha2. */
export const SPEC_FIELDS: Readonly<Record<string, JsonObject>> = {
  internalTrafficPolicy: {
    description:
      'Where a node may send the traffic for this service: Cluster (any endpoint, also when absent) or Local (endpoints on ' +
      'the same node only).',
    type: 'string',
    ...validations({ rule: "self in ['', 'Cluster', 'Local']", message: 'must be Cluster or Local' }),
  },
  ipFamilies: {
    description: 'IP families of the service in order of preference: IPv4, IPv6 or both.',
    type: 'array',
    maxItems: 2,
    items: { description: 'IPv4 or IPv6.', type: 'string' },
    ...validations(
      { rule: "self.all(family, family in ['IPv4', 'IPv6'])", message: 'must be IPv4 or IPv6' },
      { rule: 'size(self) < 2 || self[0] != self[1]', message: 'must not name a family twice' },
    ),
  },
  ips: {
    description:
      'Virtual IPs of the service in one importing cluster, in the order of ipFamilies. Each importing cluster has its own, ' +
      'so that the view of the whole ClusterSet has none.',
    type: 'array',
    maxItems: 2,
    items: { description: 'An IP address.', type: 'string' },
  },
  ports: {
    description:
      'Union of the ports of all exporting clusters. Where two disagree on a name or a number, the oldest export decides.',
    type: 'array',
    items: {
      description: 'One port of the service.',
      type: 'object',
      required: ['port'],
      properties: {
        appProtocol: {
          description: 'Application protocol, as in the port of a Service; a hint for implementations.',
          type: 'string',
        },
        name: {
          description: 'Name of the port, a DNS label, unique in the service. May be absent for a single port.',
          type: 'string',
          // Of a DNS label or nothing. A rule in CEL would be too dear for kube-apiserver.
          maxLength: 63,
          pattern: `^(${LABEL_SYNTAX.dnsLabelPattern})?$`,
        },
        port: {
          description: 'Port number that clients connect to.',
          type: 'integer',
          format: 'int32',
          ...validations({ rule: 'self >= 1 && self <= 65535', message: 'must be between 1 and 65535, inclusive' }),
        },
        protocol: {
          description: 'TCP, UDP or SCTP; TCP when absent.',
          type: 'string',
          enum: ['', 'SCTP', 'TCP', 'UDP'],
        },
      },
    },
    'x-kubernetes-list-type': 'atomic',
  },
  sessionAffinity: {
    description: 'ClientIP sends the connections of one client to one endpoint; None, also when absent, does not.',
    type: 'string',
    ...validations({ rule: "self in ['', 'ClientIP', 'None']", message: 'must be ClientIP or None' }),
  },
  sessionAffinityConfig: {
    description: 'Details of the session affinity.',
    type: 'object',
    properties: {
      clientIP: {
        description: 'Details of session affinity by client IP.',
        type: 'object',
        properties: {
          timeoutSeconds: {
            description: 'Seconds after which an idle client may be sent elsewhere: 1 to 86400, 10800 when absent.',
            type: 'integer',
            format: 'int32',
            ...validations({ rule: 'self >= 1 && self <= 86400', message: 'must be between 1 and 86400, inclusive' }),
          },
        },
      },
    },
  },
  trafficDistribution: {
    description: 'Preferred endpoints, such as PreferSameZone; a hint that implementations may ignore.',
    type: 'string',
  },
  type: {
    description: 'ClusterSetIP: reached through virtual IPs. Headless: reached through the addresses of its endpoints.',
    type: 'string',
    enum: ['ClusterSetIP', 'Headless'],
  },
};

export const SPEC_FIELDS_REQUIRED = ['ports', 'type'] as const;

/** Of the object that holds `SPEC_FIELDS`. */
export const SPEC_VALIDATIONS = validations({
  rule: "self.type != 'Headless' || !has(self.ips) || size(self.ips) == 0",
  message: 'must be empty for Headless',
  fieldPath: '.ips',
});

const CLUSTERS_DESCRIPTION = 'The clusters that export the service, the oldest export first.';
const CLUSTER_DESCRIPTION = 'Name of the exporting cluster in the ClusterSet.';

/** Below status in v1beta1 and v1alpha1, at the root in v1alpha2. */
export const STATUS_FIELDS: Readonly<Record<string, JsonObject>> = {
  clusters: clustersSchema({ description: CLUSTER_DESCRIPTION, type: 'string' }),
  conditions: conditionsSchema(
    'Ready: the service can be used in one importing cluster. Own types of this server carry its domain as prefix.',
  ),
  endpointSliceObjects: {
    description: 'Whether imported EndpointSlices exist for this service in the importing cluster.',
    type: 'string',
    enum: ['Present', 'Absent'],
  },
};

/** v1alpha2 alone bounds the name of a cluster: a DNS subdomain. */
export const V1ALPHA2_CLUSTERS = clustersSchema({
  description: CLUSTER_DESCRIPTION,
  type: 'string',
  maxLength: 253,
  minLength: 1,
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
});

function clustersSchema(cluster: JsonObject): JsonObject {
  return {
    description: CLUSTERS_DESCRIPTION,
    type: 'array',
    items: {
      description: 'One exporting cluster.',
      type: 'object',
      required: ['cluster'],
      properties: { cluster },
    },
    'x-kubernetes-list-map-keys': ['cluster'],
    'x-kubernetes-list-type': 'map',
  };
}
