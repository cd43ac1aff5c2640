export { createImpersonate } from './impersonation.ts';
export type { ImpersonationOptions } from './impersonation.ts';
export { recordedWrite } from './recorded-write.ts';
export type { NoteOfRules } from './recorded-write.ts';
export { createRowWrites } from './row-writes.ts';
export { takeAdmission } from './take-admission.ts';
export type {
  Admission,
  AdmissionInput,
  AdmissionSubject,
  AuthorizeCluster,
  ProjectedKind,
  RowWritesDeps,
  ShownRow,
  WriteRecord,
  WriteVerb,
} from './types.ts';
