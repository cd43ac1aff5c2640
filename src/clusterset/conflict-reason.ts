/** The reasons of the Conflict condition, in the one order in which they are joined. */
export const CONFLICT_REASONS = [
  'PortConflict',
  'TypeConflict',
  'SessionAffinityConflict',
  'SessionAffinityConfigConflict',
  'InternalTrafficPolicyConflict',
  'TrafficDistributionConflict',
  'IPFamilyConflict',
  'LabelsConflict',
  'AnnotationsConflict',
] as const;

export type ConflictReason = (typeof CONFLICT_REASONS)[number];

export const NO_CONFLICTS_REASON = 'NoConflicts';
