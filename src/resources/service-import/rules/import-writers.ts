import { type AdmissionRule, allow, forbid } from '../../admission.ts';
import { mayManage } from '../../managing-users.ts';

/** Only the MCS implementation decides which imports there are, and nobody else should write them (KEP-1645 §Importing Services). */
export const importWriters: AdmissionRule = {
  name: 'import-writers',
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  subresources: ['', 'status'],
  effects: ['deny'],
  ratchets: false,
  evaluate: ({ user }, { policy }) =>
    mayManage(user, policy)
      ? allow()
      : forbid('ServiceImports are written by the MCS implementation only; create a ServiceExport instead'),
};
