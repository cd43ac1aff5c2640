import { CEL_MAY_MANAGE } from '../managing-users.ts';
import type { MemberPolicy } from '../member-policy.ts';

function isImported(slice: 'object' | 'oldObject'): string {
  const labels = `${slice}.metadata.labels`;
  return `(${slice} != null && has(${labels}) && ${labels}.exists(key, key.startsWith('multicluster.kubernetes.io/')))`;
}

/** What DNS and kube-proxy of a member trust must not depend on a webhook. */
export const memberPolicies: readonly MemberPolicy[] = [
  {
    name: 'endpointslices',
    group: 'discovery.k8s.io',
    versions: ['v1'],
    resource: 'endpointslices',
    subresources: [''],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    needsControllers: true,
    matchConditions: [{ name: 'is-imported', expression: `${isImported('object')} || ${isImported('oldObject')}` }],
    variables: [],
    rules: [
      {
        name: 'imported-slices',
        forbids: true,
        reason: 'FieldValueForbidden',
        expression: CEL_MAY_MANAGE,
        message: 'EndpointSlices with labels multicluster.kubernetes.io/ are written by the MCS implementation only',
        messageExpression: undefined,
      },
    ],
    params: undefined,
  },
];
