import { memberPolicies as slicePolicies } from './endpoint-slice/policies.ts';
import { memberPolicies as namespacePolicies } from './member-namespace/policies.ts';
import type { MemberPolicy } from './member-policy.ts';
import { definitions } from './registry.ts';

/** All that a member can enforce by itself. */
export const MEMBER_POLICIES: readonly MemberPolicy[] = [
  ...definitions.flatMap(({ memberPolicies }) => memberPolicies),
  ...slicePolicies,
  ...namespacePolicies,
];
