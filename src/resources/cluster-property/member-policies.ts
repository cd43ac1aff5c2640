import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY } from '../../kube/cluster-property.ts';
import { ABOUT_GROUP } from '../../kube/domain.ts';
import { rulePolicy } from '../cel-rule-policy.ts';
import type { MemberPolicy } from '../member-policy.ts';
import { CEL_MEMBER_RULES } from './cel-rules.ts';

const PROPERTIES = {
  group: ABOUT_GROUP,
  versions: ['v1beta1', 'v1alpha1'],
  resource: 'clusterproperties',
  subresources: [''],
  matchConditions: [],
  variables: [],
} as const;

const propertyNamed = (name: string): Pick<NonNullable<MemberPolicy['params']>, 'apiVersion' | 'kind' | 'name'> => ({
  apiVersion: `${ABOUT_GROUP}/v1beta1`,
  kind: 'ClusterProperty',
  name,
});

const OPERATIONS = ['CREATE', 'UPDATE'] as const;

/** Inside a CEL text; the name of the member is not known there. */
const MEMBER = 'the cluster is a member of "\' + params.spec.value + \'"';

/**
 * What a member can judge by itself: each property alone, also where the definition is not ours, and what its own two
 * properties are to each other (KEP-2149). Parameters come from a cache,
 * so that two writes at once may pass; that an id is free in the ClusterSet only the whole can know.
 * Where a parameter is absent, kube-apiserver answers in its own words, and before it looks at match conditions: properties
 * are told apart by resource names, or none could be made while there is no id.
 */
export const memberPolicies: readonly MemberPolicy[] = [
  {
    ...PROPERTIES,
    name: 'clusterproperties',
    operations: OPERATIONS,
    params: undefined,
    ...rulePolicy({
      ...CEL_MEMBER_RULES,
      operations: OPERATIONS,
      subresource: '',
      shownValues: { 'spec.value': 'strings.quote(variables.value)' },
    }),
  },
  {
    ...PROPERTIES,
    name: 'cluster-id-of-member',
    operations: ['UPDATE', 'DELETE'],
    resourceNames: [CLUSTER_ID_PROPERTY],
    params: { ...propertyNamed(CLUSTERSET_PROPERTY), whenAbsent: 'Allow' },
    rules: [
      {
        name: 'cluster-id-of-member',
        expression: "request.operation != 'UPDATE' || object.spec.value == oldObject.spec.value",
        reason: 'FieldValueForbidden',
        message:
          'spec.value: Forbidden: cannot change while the cluster is a member of a ClusterSet; delete clusterset.k8s.io first',
        messageExpression: `'spec.value: Forbidden: cannot change while ${MEMBER}; delete clusterset.k8s.io first'`,
      },
      {
        name: 'cluster-id-needed',
        expression: "request.operation != 'DELETE'",
        reason: 'FieldValueForbidden',
        message: 'cluster.clusterset.k8s.io: the cluster is a member of a ClusterSet; delete clusterset.k8s.io first',
        messageExpression: `'cluster.clusterset.k8s.io: ${MEMBER}; delete clusterset.k8s.io first'`,
        forbids: true,
      },
    ],
  },
  {
    ...PROPERTIES,
    name: 'clusterset-needs-id',
    operations: ['CREATE'],
    resourceNames: [CLUSTERSET_PROPERTY],
    params: {
      ...propertyNamed(CLUSTER_ID_PROPERTY),
      whenAbsent: 'Deny',
      bindingName: `create-${CLUSTER_ID_PROPERTY}-first`,
    },
    rules: [
      {
        name: 'clusterset-needs-id',
        expression: "params.spec.value != ''",
        reason: 'FieldValueForbidden',
        message: 'metadata.name: Forbidden: the cluster has no cluster.clusterset.k8s.io; create it first',
        messageExpression: undefined,
      },
    ],
  },
];
