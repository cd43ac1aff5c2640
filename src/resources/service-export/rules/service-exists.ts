import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** An export may come before its Service, but counts for nothing until then (KEP-1645 §Exporting Services). */
export const serviceExists: AdmissionRule = {
  name: 'service-exists',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request, { lookup }) => {
    const key = subjectKey(request);
    if (key.name === '') {
      return allow(
        `No Service has the generated name in cluster ${request.cluster}: Valid will be False (NoService) until there is one`,
      );
    }
    const service = `${key.namespace}/${key.name} in cluster ${request.cluster}`;
    switch (lookup.serviceIn(request.cluster, key).type) {
      case 'absent':
        return allow(`No Service ${service}: Valid will be False (NoService) until there is one`);
      case 'terminating':
        return allow(`Service ${service} is being deleted: Valid will be False (NoService)`);
      case 'present':
      case 'unknown':
        return allow();
    }
  },
};
