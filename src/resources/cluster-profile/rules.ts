import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { AdmissionRule } from '../admission.ts';
import { celRules } from '../cel-rule.ts';
import { PROFILE_EXPRESSIONS } from './rules/expressions.ts';
import { noCredentials } from './rules/no-credentials.ts';
import { noFilePaths } from './rules/no-file-paths.ts';
import { onePerMember } from './rules/one-per-member.ts';
import { schemaLimits } from './rules/schema-limits.ts';
import { servedProfiles } from './rules/served-profiles.ts';
import { shadowedProperty } from './rules/shadowed-property.ts';
import { v1alpha1 } from './v1alpha1.ts';

export const rules: readonly AdmissionRule[] = [
  servedProfiles,
  noCredentials,
  noFilePaths,
  schemaLimits,
  ...celRules(PROFILE_EXPRESSIONS, {
    subject: { group: MULTICLUSTER_GROUP, version: 'v1alpha1', resource: 'clusterprofiles', kind: 'ClusterProfile' },
    schema: v1alpha1.schema,
  }),
  onePerMember,
  shadowedProperty,
];
