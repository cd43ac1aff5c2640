import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY, propertyValue } from '../../../kube/cluster-property.ts';
import {
  type AdmissionRequest,
  type AdmissionRule,
  allow,
  type ClusterSetLookup,
  subjectKey,
  unavailable,
} from '../../admission.ts';

/** Retry-After of a join that cannot be judged; a member may be read at any time. */
const RETRY_AFTER_SECONDS = 5;
/** Members that the message names. */
const MEMBERS_SHOWN_MAX = 5;

/** Whether an id is free in a ClusterSet cannot be known before every member was read once (KEP-2149). */
export const unobservedMembers: AdmissionRule = {
  name: 'unobserved-members',
  operations: ['CREATE'],
  effects: ['deny'],
  evaluate: (request, { lookup, policy }) => {
    const id = joiningId(request, lookup);
    if (id === undefined) return allow();
    if (!lookup.identityOf(request.cluster).observed) {
      return unavailable(`the properties of member ${request.cluster} were never observed`, RETRY_AFTER_SECONDS);
    }
    const unobserved = lookup.otherIdentities(request.cluster).filter(({ observed }) => !observed);
    if (unobserved.length === 0) return allow();
    const names = unobserved.map(({ name }) => name);
    const shown = [...names.slice(0, MEMBERS_SHOWN_MAX), ...(names.length > MEMBERS_SHOWN_MAX ? ['...'] : [])];
    const which = policy.namesOthers ? `members [${shown.join(', ')}]` : `${names.length} other members`;
    return unavailable(
      `${which} were never observed; uniqueness of id "${id}" cannot be checked; unregistering what will not come back frees joins`,
      RETRY_AFTER_SECONDS,
    );
  },
};

/** The id with which the member would be in a ClusterSet after this write; undefined if it would be in none. */
function joiningId(request: AdmissionRequest, lookup: ClusterSetLookup): string | undefined {
  const { clusterID, clusterSet } = lookup.identityOf(request.cluster);
  const { name } = subjectKey(request);
  if (name === CLUSTERSET_PROPERTY) return clusterID;
  if (name !== CLUSTER_ID_PROPERTY || clusterSet === '') return undefined;
  return propertyValue(request.object);
}
