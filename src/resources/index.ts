export type {
  AdmissionContext,
  AdmissionDecision,
  AdmissionOperation,
  AdmissionPolicy,
  AdmissionRequest,
  AdmissionRule,
  ClusterSetLookup,
  PredictConsequences,
  RuleEffect,
  ServedProfile,
  RuleFailure,
  Verdict,
} from './admission.ts';
export { ADMISSION_SUBJECTS } from './admission-subject.ts';
export type { AdmissionSubject } from './admission-subject.ts';
export { groupOf, withGroup } from './api-version.ts';
export { subjectOf } from './admission.ts';
export type { CelFaultReason, CelRuleSet, CelRuleSource, CelVariables } from './cel-rule-source.ts';
export { crdReleaseLabels, customResourceDefinition, upstreamVersions } from './crd.ts';
export type { CrdConversion, CrdRelease, CustomResourceDefinition, WebhookAddress } from './crd.ts';
export { celFault } from './cel-fault.ts';
export { celErrorMessage, celMessage } from './cel-message.ts';
export { celNames, celValues, CLUSTERSET_NAME } from './cel-names.ts';
export { celRules } from './cel-rule.ts';
export type { CelRuleOptions } from './cel-rule.ts';
export type { CelSubject } from './cel-names.ts';
export { convertObject } from './convert.ts';
export { CAUSES_MAX, evaluateRules, finishesDeletion, limitWarnings } from './evaluate-rules.ts';
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
export { pruned, schemaFaults, unknownFields, withoutNullFields, withoutNulls } from './structural-schema.ts';
export type { MemberPolicy, MemberPolicyParams, MemberPolicyRule } from './member-policy.ts';
export { type MatchCondition, webhookMatchConditions } from './match-conditions.ts';
export { MEMBER_POLICIES } from './member-policies.ts';
export { memberPolicyManifests, policyName, type PolicyManifest, type PolicySettings } from './policy-manifest.ts';
export { definitionOf, definitions, groupName, UPSTREAM_GROUPS } from './registry.ts';
export type { ApiGroups } from './registry.ts';
export { publishedClusterFaults } from './cluster-profile/published-cluster.ts';
export { CLUSTER_PROPERTY_JOIN } from './cluster-property/join.ts';
export { SERVICE_IMPORT_SIMULATION } from './service-import/simulation/kind.ts';
