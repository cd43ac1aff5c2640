export { CONFLICT_REASONS, type ConflictReason, NO_CONFLICTS_REASON } from './conflict-reason.ts';
export { CLUSTER_PROPERTY_KEYS } from './cluster-property.ts';
export {
  type ConditionHistory,
  type ConditionVerdict,
  type ConflictVerdict,
  conflictFor,
  judgeConflict,
  toCondition,
} from './condition-verdict.ts';
export type { ConsequenceContext } from './comparison.ts';
export { type Consequence, CONSEQUENCE_TYPES, type ConsequenceType } from './consequence.ts';
export { comparePrecedence, type Constituent, createdTime } from './constituent.ts';
export {
  ALLOWED_KEYS,
  ANNOTATIONS_BYTES_MAX,
  type ExportedMetadata,
  isReservedKey,
  readExportedMetadata,
  RESERVED_KEYS,
  RESERVED_PREFIXES,
} from './exported-metadata.ts';
export { type ExportRow, readExportRow } from './export-row.ts';
export type { Exporter } from './exporter.ts';
export type { FamilyMerge, IpFamilyMode } from './family-merge.ts';
export { rowUid, type RowMember, serviceImportUid } from './identity.ts';
export { createIdentityNews, type IdentityNews } from './identity-news.ts';
export { type DatedIdentity, type IdentityProblem, identityProblems } from './identity-problems.ts';
export {
  createIdentityReservations,
  type IdentityClaim,
  type IdentityReservations,
  type TakenClaim,
} from './identity-reservations.ts';
export { importNews, type ImportChange, type ImportNews, type ImportNewsReason } from './import-news.ts';
export { compareFields, type FieldChange, summarizeImport } from './import-summary.ts';
export { type IpFamily, parseIpFamily } from './ip-family.ts';
export {
  type ClusterSetOptions,
  deriveKey,
  type JudgedExporter,
  judgeKey,
  type KeyHistory,
  type KeyObjects,
  type KeyVerdict,
} from './key-derivation.ts';
export { isLabelValue, isQualifiedName } from './label-syntax.ts';
export type { ExportState, MemberFacts, NamespaceState, ServiceState } from './member-facts.ts';
export type { KnownIdentity, MemberIdentity } from './member-identity.ts';
export { listSome, minuteText } from './message-text.ts';
export { mergeService, type PropertyMerge, type ServiceMerge } from './merge.ts';
export { clustersServing, type DroppedPort, type PortUnion, type UnionPort } from './port-union.ts';
export type { ExportProvenance, MemberContact } from './provenance/exports.ts';
export { explainVerdict, type Provenance, type ProvenanceContext } from './provenance/provenance.ts';
export { predictConsequences } from './predict-consequences.ts';
export { rowNameOf, type RowNameParts, parseRowName } from './row-name.ts';
export type { ShownObject } from './property-rows.ts';
export type { ProjectedKeys } from './projected-metadata.ts';
export { projectServiceExport, SERVICE_EXPORT_KEYS, type ServiceExportInput } from './service-export.ts';
export { type Derived, deriveServiceImport, type ServiceImportInput } from './service-import.ts';
export { readShownService, showService } from './shown-service.ts';
export type { ServicePort } from './service-port.ts';
export { completeService, type SupposedObject } from './supposed-object.ts';
export type { Supposed, Supposition } from './supposition.ts';
export {
  type NewRow,
  type ShownRow,
  unprojectAppliedMetadata,
  unprojectMetadata,
  unprojectNewMetadata,
} from './unprojected-metadata.ts';
export { type ClusterSetView, createClusterSetView } from './view.ts';
export { isExportableType, type Validity } from './validity.ts';
export { judgeIdentities } from './profile/identity-verdicts.ts';
export type {
  AccessEntry,
  IdentityVerdict,
  JoinedState,
  ProfileFacts,
  ProfileSettings,
  SettingFault,
  SettingReason,
} from './profile/profile-facts.ts';
export { MANAGER_LABEL, profileObject } from './profile/profile-object.ts';
export { changeObject, changeStatus } from './profile/profile-overlay.ts';
export { cutProfileRow, type ProfileRow, readProfileRow } from './profile/profile-row.ts';
export type { PropertySelection } from './profile/profile-properties.ts';
export { NO_OVERLAY, parseProfileRecords, type ProfileOverlay, type ProfileRecord } from './profile/profile-record.ts';
export { leavingVerdict, SETTINGS_CONDITION } from './profile/profile-verdicts.ts';
export { nextShown, NOTHING_SHOWN, type ShownState } from './profile/shown-state.ts';
export { fullBudget, takeUpdate, type UpdateBudget } from './profile/update-budget.ts';
