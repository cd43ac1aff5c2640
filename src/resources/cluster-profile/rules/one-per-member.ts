import { MEMBER_ID_LABEL } from '../../../kube/domain.ts';
import { textAt } from '../../../kube/object.ts';
import { type AdmissionRule, allow, subjectKey, subjectOf } from '../../admission.ts';

/** An inventory has one profile per cluster; consumers would use the cluster twice. */
export const onePerMember: AdmissionRule = {
  name: 'one-per-member',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request, { lookup, policy }) => {
    const memberId = textAt(subjectOf(request), 'metadata', 'labels', MEMBER_ID_LABEL) ?? '';
    if (memberId === '') return allow();
    const { namespace, name } = subjectKey(request);
    const other = lookup
      .profiles()
      .find((profile) => profile.memberId === memberId && profile.namespace === namespace && profile.name !== name);
    if (other === undefined) return allow();
    const which = policy.namesOthers ? `profile "${other.name}"` : 'another profile';
    return allow(`${which} already represents member "${memberId}"`);
  },
};
