export type {
  AdmissionContext,
  AdmissionDecision,
  AdmissionOperation,
  AdmissionPolicy,
  AdmissionRequest,
  AdmissionRule,
  ClusterSetLookup,
  PredictConsequences,
  RuleFailure,
  Verdict,
} from './admission.ts';
export { groupOf, withGroup } from './api-version.ts';
export { subjectOf } from './admission.ts';
export { convertObject } from './convert.ts';
export { evaluateRules } from './evaluate-rules.ts';
export {
  MEMBER_PATHS,
  MEMBER_RESOURCE_RULES,
  editRules,
  memberImpersonationRules,
  memberPublishRules,
  memberReadRules,
  memberWriteRules,
  viewRules,
} from './rbac.ts';
export type { MemberResourceRule, PolicyRule } from './rbac.ts';
export { definitions, groupName } from './registry.ts';
export type { ApiGroups } from './registry.ts';
export { SERVICE_IMPORT_SIMULATION } from './service-import/simulation/kind.ts';
