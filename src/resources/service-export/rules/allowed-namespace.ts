import { type AdmissionRule, allow, forbid, subjectKey } from '../../admission.ts';

/** Whoever runs the ClusterSet decides what may be exported (KEP-1645 §Restricting Exports). */
export const allowedNamespace: AdmissionRule = {
  name: 'allowed-namespace',
  operations: ['CREATE'],
  effects: ['deny', 'warn'],
  evaluate: (request, { policy }) => {
    const { namespace } = subjectKey(request);
    if (policy.forbiddenNamespaces.includes(namespace)) {
      return forbid(`exports from namespace ${namespace} are not allowed by the policy of this ClusterSet`);
    }
    return allow(
      policy.warnedNamespaces.includes(namespace)
        ? `Exports from namespace ${namespace} are discouraged: same namespace and name mean the same service everywhere`
        : undefined,
    );
  },
};
