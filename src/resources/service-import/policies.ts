import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { CEL_MAY_MANAGE } from '../managing-users.ts';
import type { MemberPolicy } from '../member-policy.ts';
import { POLICY_RULES } from './policy-rules.ts';
import { POLICY_VARIABLES } from './policy-variables.ts';

const TARGET = {
  group: MULTICLUSTER_GROUP,
  // v1alpha2 has another form: it is judged as v1beta1.
  versions: ['v1beta1', 'v1alpha1'],
  resource: 'serviceimports',
  matchConditions: [],
  params: undefined,
} as const;

/** What a member can judge of an import by itself. */
export const memberPolicies: readonly MemberPolicy[] = [
  {
    ...TARGET,
    name: 'serviceimports',
    subresources: ['', 'status'],
    operations: ['CREATE', 'UPDATE'],
    variables: POLICY_VARIABLES,
    rules: POLICY_RULES,
  },
  {
    ...TARGET,
    name: 'serviceimports-writers',
    subresources: ['', 'status'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    needsControllers: true,
    variables: [],
    rules: [
      {
        name: 'import-writers',
        forbids: true,
        reason: 'FieldValueForbidden',
        expression: CEL_MAY_MANAGE,
        message: 'ServiceImports are written by the MCS implementation only; create a ServiceExport instead',
        messageExpression: undefined,
      },
    ],
  },
];
