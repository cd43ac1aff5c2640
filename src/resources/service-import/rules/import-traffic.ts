import { fieldNotSupported } from '../../../kube/api-errors.ts';
import { type AdmissionRule, allow, denyFor, subjectOf } from '../../admission.ts';
import { specOf, textOf } from './import-fields.ts';

const POLICIES = ['Cluster', 'Local'];
/** Of core/v1; more will come. */
const DISTRIBUTIONS: readonly string[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

/** As for a Service, which the import becomes. */
export const importTraffic: AdmissionRule = {
  name: 'import-traffic',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const policy = textOf(specOf(subjectOf(request)), 'internalTrafficPolicy');
    return denyFor(
      policy === undefined || POLICIES.includes(policy)
        ? []
        : [fieldNotSupported('spec.internalTrafficPolicy', policy, POLICIES)],
    );
  },
};

/** A hint that is not known may be one of tomorrow. */
export const importDistribution: AdmissionRule = {
  name: 'import-distribution',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request) => {
    const distribution = textOf(specOf(subjectOf(request)), 'trafficDistribution');
    return allow(
      distribution === undefined || DISTRIBUTIONS.includes(distribution)
        ? undefined
        : `spec.trafficDistribution "${distribution}" is not known: it may have no effect`,
    );
  },
};
