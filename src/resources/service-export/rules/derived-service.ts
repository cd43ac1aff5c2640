import { type AdmissionRule, allow, forbid, subjectKey } from '../../admission.ts';

/** The Service behind a ServiceImport leads to other clusters already; exporting it would make a loop. */
export const derivedService: AdmissionRule = {
  name: 'derived-service',
  operations: ['CREATE'],
  effects: ['deny'],
  evaluate: (request, { lookup }) => {
    const key = subjectKey(request);
    const service = lookup.serviceIn(request.cluster, key);
    return service.type === 'present' && service.imported
      ? forbid(`Service ${key.namespace}/${key.name} in cluster ${request.cluster} is itself an import`)
      : allow();
  },
};
