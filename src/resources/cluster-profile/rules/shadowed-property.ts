import { isJsonList, isJsonObject, textAt } from '../../../kube/object.ts';
import { type AdmissionRule, allow, subjectOf } from '../../admission.ts';

/** Of properties that one write gives; more are not looked at. */
const SHADOWED_MAX = 10;

/** A ClusterProperty of the member has the name already, and another value: readers would take the wrong one for it. */
export const shadowedProperty: AdmissionRule = {
  name: 'shadowed-property',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['warn'],
  evaluate: (request, { lookup }) => {
    const { status } = subjectOf(request);
    const properties = isJsonObject(status) ? status['properties'] : undefined;
    if (!isJsonList(properties)) return allow();
    const shadowed = properties.flatMap((property) => {
      const name = textAt(property, 'name') ?? '';
      const own = lookup.propertyIn(request.cluster, name);
      return own === undefined || own === textAt(property, 'value') ? [] : [name];
    });
    return allow(...shadowed.slice(0, SHADOWED_MAX).map((name) => `property "${name}" is defined by the member`));
  },
};
