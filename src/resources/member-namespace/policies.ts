import { celString } from '../cel-text.ts';
import type { MemberPolicy } from '../member-policy.ts';

/** Both say to which ClusterSet a namespace belongs: KEP-4322 and the cluster inventory API spell the label differently. */
const LABELS = ['clusterset.multicluster.x-k8s.io', 'multicluster.x-k8s.io/clusterset'] as const;

const [A, B] = LABELS.map(celString);

function agree(of: 'object' | 'oldObject'): string {
  const labels = `${of}.metadata.labels`;
  return `(!has(${labels}) || !(${A} in ${labels}) || !(${B} in ${labels}) || ${labels}[${A}] == ${labels}[${B}])`;
}

/** Never a webhook: namespaces must not depend on one. */
export const memberPolicies: readonly MemberPolicy[] = [
  {
    name: 'namespaces',
    group: '',
    versions: ['v1'],
    resource: 'namespaces',
    subresources: [''],
    operations: ['CREATE', 'UPDATE'],
    matchConditions: [],
    variables: [],
    rules: [
      {
        name: 'clusterset-labels',
        reason: 'FieldValueInvalid',
        expression: `${agree('object')} || (request.operation == 'UPDATE' && !${agree('oldObject')})`,
        message: `metadata.labels: Invalid value: ${LABELS.join(' and ')} name different ClusterSets`,
        messageExpression: undefined,
      },
    ],
    params: undefined,
  },
];
