import { type FieldCause, fieldForbidden, fieldInvalid } from '../../../kube/api-errors.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { itemsOf, specOf } from './import-fields.ts';
import { familyOfIp } from './ip-text.ts';

/** At most one IP of each family, none for Headless (KEP-1645 §Service Types). */
export const importIps: AdmissionRule = {
  name: 'import-ips',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const spec = specOf(subjectOf(request));
    const ips = itemsOf(spec, 'ips');
    if (spec['type'] === 'Headless' && ips.length > 0) {
      return denyFor([fieldForbidden('spec.ips', 'must be empty for Headless')]);
    }
    const families = ips.map(familyOfIp);
    return denyFor(
      ips.flatMap((ip, index): readonly FieldCause[] => {
        const field = `spec.ips[${index}]`;
        const family = families[index];
        if (family === undefined) return [fieldInvalid(field, ip, 'must be a valid IP address')];
        return families.indexOf(family) < index ? [fieldInvalid(field, ip, `a second IP of family ${family}`)] : [];
      }),
    );
  },
};
