import { MEMBER_ID_LABEL } from '../../../kube/domain.ts';
import { type ClusterId, parseClusterId } from '../../../kube/cluster-id.ts';
import { isJsonList, isJsonObject, textAt } from '../../../kube/object.ts';
import {
  type AdmissionContext,
  type AdmissionRequest,
  type AdmissionRule,
  allow,
  subjectKey,
  subjectOf,
} from '../../admission.ts';

/** Of properties that one write gives; more are not looked at. */
const SHADOWED_MAX = 10;

/** A ClusterProperty of the member has the name already, and another value: readers would take the wrong one for it. */
export const shadowedProperty: AdmissionRule = {
  name: 'shadowed-property',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['warn'],
  evaluate: (request, context) => {
    const { status } = subjectOf(request);
    const properties = isJsonObject(status) ? status['properties'] : undefined;
    const member = isJsonList(properties) ? memberOf(request, context) : undefined;
    if (member === undefined || !isJsonList(properties)) return allow();
    const shadowed = properties.flatMap((property) => {
      const name = textAt(property, 'name') ?? '';
      const own = context.lookup.propertyIn(member, name);
      return own === undefined || own === textAt(property, 'value') ? [] : [name];
    });
    return allow(...shadowed.slice(0, SHADOWED_MAX).map((name) => `property "${name}" is defined by the member`));
  },
};

/**
 * The member that the profile is about, which need not be the cluster that holds it: by the member id or, before a served
 * profile has one, by its name. Undefined where that is not known.
 */
function memberOf(request: AdmissionRequest, { lookup, policy }: AdmissionContext): ClusterId | undefined {
  const subject = subjectOf(request);
  const memberId = textAt(subject, 'metadata', 'labels', MEMBER_ID_LABEL) ?? '';
  const manager = textAt(subject, 'spec', 'clusterManager', 'name');
  const { namespace, name } = subjectKey(request);
  const served = lookup
    .profiles()
    .find((profile) =>
      memberId === ''
        ? manager === policy.profileManager && profile.namespace === namespace && profile.name === name
        : profile.memberId === memberId,
    );
  const cluster = served === undefined ? undefined : parseClusterId(served.name);
  return cluster?.ok === true ? cluster.value : undefined;
}
