import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** Local has the meaning of the node also on imports (KEP-1645 §Internal Traffic Policy). */
export const internalTraffic: AdmissionRule = {
  name: 'internal-traffic',
  operations: ['CREATE'],
  effects: ['warn'],
  evaluate: (request, { lookup }) => {
    const key = subjectKey(request);
    const service = lookup.serviceIn(request.cluster, key);
    if (service.type !== 'present' || service.internalTrafficPolicy !== 'Local') return allow();
    return allow(
      `internalTrafficPolicy Local of Service ${key.namespace}/${key.name}: ` +
        'where it is in force, endpoints of other clusters are never used',
    );
  },
};
