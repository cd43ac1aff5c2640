import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { rulePolicy } from '../cel-rule-policy.ts';
import type { MemberPolicy } from '../member-policy.ts';
import { PROFILE_EXPRESSIONS } from './rules/expressions.ts';

const TARGET = {
  group: MULTICLUSTER_GROUP,
  versions: ['v1alpha1', 'v1alpha2'],
  resource: 'clusterprofiles',
  operations: ['CREATE', 'UPDATE'],
  matchConditions: [],
  params: undefined,
} as const;

/** Lists and objects are told by their type, as upstream does. */
const SHOWN = { 'spec.clusterManager': '"\\"object\\""', 'status.accessProviders': '"\\"array\\""' };

function profilePolicy(name: string, subresource: string): MemberPolicy {
  const { operations } = TARGET;
  return { ...TARGET, name, ...rulePolicy({ ...PROFILE_EXPRESSIONS, operations, subresource, shownValues: SHOWN }) };
}

/** What a cluster that keeps profiles can judge of one by itself (KEP-4322); what looks like a credential needs more than CEL. */
export const memberPolicies: readonly MemberPolicy[] = [
  profilePolicy('clusterprofiles', ''),
  profilePolicy('clusterprofiles-status', 'status'),
];
