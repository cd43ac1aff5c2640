export { createImpersonate } from './impersonation.ts';
export type { ImpersonationOptions } from './impersonation.ts';
export { createRowWrites } from './row-writes.ts';
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
