import { isExportableType } from '../../../clusterset/index.ts';
import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** An ExternalName has nothing to export; such an export is legal and stays invalid (KEP-1645 §Service Types). */
export const serviceType: AdmissionRule = {
  name: 'service-type',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request, { lookup }) => {
    const key = subjectKey(request);
    const service = lookup.serviceIn(request.cluster, key);
    if (service.type !== 'present' || isExportableType(service.serviceType)) return allow();
    return allow(
      `Not exported: type of Service ${key.namespace}/${key.name} is ${service.serviceType}, ` +
        'Valid will be False (InvalidServiceType)',
    );
  },
};
