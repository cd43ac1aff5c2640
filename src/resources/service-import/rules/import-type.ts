import { fieldNotSupported } from '../../../kube/api-errors.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { specOf } from './import-fields.ts';

const TYPES = ['ClusterSetIP', 'Headless'];

/** There are two types of import (KEP-1645 §Service Types). The schema of a member may be older than this. */
export const importType: AdmissionRule = {
  name: 'import-type',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const { type } = specOf(subjectOf(request));
    return denyFor(
      typeof type === 'string' && !TYPES.includes(type) ? [fieldNotSupported('spec.type', type, TYPES)] : [],
    );
  },
};
