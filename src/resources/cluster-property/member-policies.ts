import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY } from '../../kube/cluster-property.ts';
import { ABOUT_GROUP } from '../../kube/domain.ts';
import type { MemberPolicy } from '../member-policy.ts';

const PROPERTIES = {
  group: ABOUT_GROUP,
  versions: ['v1beta1', 'v1alpha1'],
  resource: 'clusterproperties',
  subresources: [],
  variables: [],
} as const;

const isNamed = (name: string): MemberPolicy['matchConditions'][number] => ({
  name: 'property',
  expression: `request.name == '${name}'`,
});

const propertyNamed = (name: string): Pick<NonNullable<MemberPolicy['params']>, 'apiVersion' | 'kind' | 'name'> => ({
  apiVersion: `${ABOUT_GROUP}/v1beta1`,
  kind: 'ClusterProperty',
  name,
});

/**
 * What a member can judge by itself, because it is about its own two properties (KEP-2149). Parameters come from a cache,
 * so that two writes at once may pass; that an id is free in the ClusterSet only the whole can know.
 */
export const memberPolicies: readonly MemberPolicy[] = [
  {
    ...PROPERTIES,
    name: 'cluster-id-of-member',
    operations: ['UPDATE', 'DELETE'],
    matchConditions: [isNamed(CLUSTER_ID_PROPERTY)],
    params: { ...propertyNamed(CLUSTERSET_PROPERTY), whenAbsent: 'Allow' },
    rules: [
      {
        name: 'cluster-id-of-member',
        effect: 'deny',
        expression: "request.operation != 'UPDATE' || object.spec.value == oldObject.spec.value",
        reason: 'FieldValueForbidden',
        message: 'cannot change while the cluster is a member of a ClusterSet; delete clusterset.k8s.io first',
        messageExpression: undefined,
      },
      {
        name: 'cluster-id-needed',
        effect: 'deny',
        expression: "request.operation != 'DELETE'",
        reason: 'FieldValueForbidden',
        message: 'the cluster is a member of a ClusterSet; delete clusterset.k8s.io first',
        messageExpression: undefined,
      },
    ],
  },
  {
    ...PROPERTIES,
    name: 'clusterset-needs-id',
    operations: ['CREATE'],
    matchConditions: [isNamed(CLUSTERSET_PROPERTY)],
    params: { ...propertyNamed(CLUSTER_ID_PROPERTY), whenAbsent: 'Deny' },
    rules: [
      {
        name: 'clusterset-needs-id',
        effect: 'deny',
        expression: "params.spec.value != ''",
        reason: 'FieldValueForbidden',
        message: 'the cluster has no cluster.clusterset.k8s.io; create it first',
        messageExpression: undefined,
      },
    ],
  },
];
