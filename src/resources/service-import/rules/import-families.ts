import { type FieldCause, fieldDuplicate, fieldNotSupported } from '../../../kube/api-errors.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { itemsOf, specOf } from './import-fields.ts';

const FAMILIES = ['IPv4', 'IPv6'];

/** No family twice (KEP-1645 §Exporting Services). */
export const importFamilies: AdmissionRule = {
  name: 'import-families',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const families = itemsOf(specOf(subjectOf(request)), 'ipFamilies');
    return denyFor(
      families.flatMap((family, index): readonly FieldCause[] => {
        const field = `spec.ipFamilies[${index}]`;
        if (typeof family !== 'string') return [];
        if (!FAMILIES.includes(family)) return [fieldNotSupported(field, family, FAMILIES)];
        return families.indexOf(family) < index ? [fieldDuplicate(field, family)] : [];
      }),
    );
  },
};
