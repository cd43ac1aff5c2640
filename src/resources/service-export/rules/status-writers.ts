import { deepEqual } from '../../../kube/deep-equal.ts';
import { type AdmissionRule, allow, forbid } from '../../admission.ts';
import { mayManage } from '../../managing-users.ts';

/** Conditions are what the MCS implementation says of an export; nobody else can know (KEP-1645 §Exporting Services). */
export const statusWriters: AdmissionRule = {
  name: 'status-writers',
  operations: ['UPDATE'],
  subresources: ['status'],
  effects: ['deny'],
  evaluate: ({ object, oldObject, user }, { policy }) =>
    mayManage(user, policy) || deepEqual(object?.status, oldObject?.status)
      ? allow()
      : forbid('the status of a ServiceExport is written by the MCS implementation only'),
};
