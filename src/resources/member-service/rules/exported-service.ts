import { deepEqual } from '../../../kube/deep-equal.ts';
import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** Who changes a Service that is exported changes it for the whole ClusterSet (KEP-1645 §Constraints and Conflict Resolution). */
export const exportedService: AdmissionRule = {
  name: 'exported-service',
  operations: ['UPDATE', 'DELETE'],
  effects: ['warn'],
  evaluate: (request, { lookup, policy }) => {
    if (!policy.warnings || !lookup.hasExport(request.cluster, subjectKey(request))) return allow();
    const { operation, object, oldObject } = request;
    if (operation === 'UPDATE' && deepEqual(object.spec, oldObject.spec)) return allow();
    return allow(...lookup.predict(request, policy));
  },
};
