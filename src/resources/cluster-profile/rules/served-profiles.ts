import { textAt } from '../../../kube/object.ts';
import { type AdmissionRule, allow, forbid, subjectKey, subjectOf } from '../../admission.ts';

/** Profiles of our own name are computed here: somebody else's object of that name would be taken for one of them. */
export const servedProfiles: AdmissionRule = {
  name: 'served-profiles',
  operations: ['CREATE', 'DELETE'],
  effects: ['deny'],
  evaluate: (request, { policy, lookup }) => {
    const manager = textAt(subjectOf(request), 'spec', 'clusterManager', 'name');
    const { namespace, name } = subjectKey(request);
    const isServed = lookup.profiles().some((profile) => profile.namespace === namespace && profile.name === name);
    if (manager !== policy.profileManager || !isServed) return allow();
    return forbid(`clusterprofiles "${name}" is served for member ${name}; register or unregister the member instead`);
  },
};
