import { listSome } from '../../../clusterset/index.ts';
import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** Clusters that one warning names; the others are counted. */
const CLUSTERS_SHOWN_MAX = 5;

/** A ServiceImport appears only where its namespace exists (KEP-1645 §Importing Services). */
export const namespaceEverywhere: AdmissionRule = {
  name: 'namespace-everywhere',
  operations: ['CREATE'],
  effects: ['warn'],
  evaluate: (request, { lookup, policy }) => {
    const { namespace } = subjectKey(request);
    // The member itself answers 404 if it is the one.
    const without = lookup.membersWithoutNamespace(namespace).filter((cluster) => cluster !== request.cluster);
    if (without.length === 0) return allow();
    const count = `${without.length} of ${lookup.memberCount()} clusters`;
    const which = policy.namesOthers ? `: ${listSome(without, CLUSTERS_SHOWN_MAX)}` : '';
    return allow(`Namespace ${namespace} is absent in ${count}, no import there${which}`);
  },
};
