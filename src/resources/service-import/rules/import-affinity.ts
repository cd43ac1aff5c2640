import { type FieldCause, fieldInvalid, fieldNotSupported } from '../../../kube/api-errors.ts';
import { isJsonObject, type JsonObject } from '../../../kube/object.ts';
import { type AdmissionRule, allow, denyFor, subjectOf } from '../../admission.ts';
import { specOf, textOf } from './import-fields.ts';

const AFFINITIES = ['ClientIP', 'None'];
/** As of a Service: one day. */
const TIMEOUT_SECONDS_MAX = 86_400;
const TIMEOUT_FIELD = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';

/** As for a Service, which the import becomes. */
export const importAffinity: AdmissionRule = {
  name: 'import-affinity',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const spec = specOf(subjectOf(request));
    const affinity = textOf(spec, 'sessionAffinity');
    const causes: FieldCause[] = [];
    if (affinity !== undefined && !AFFINITIES.includes(affinity)) {
      causes.push(fieldNotSupported('spec.sessionAffinity', affinity, AFFINITIES));
    }
    const seconds = timeoutOf(spec);
    if (typeof seconds === 'number' && (seconds < 1 || seconds > TIMEOUT_SECONDS_MAX)) {
      causes.push(fieldInvalid(TIMEOUT_FIELD, seconds, `must be between 1 and ${TIMEOUT_SECONDS_MAX}, inclusive`));
    }
    return denyFor(causes);
  },
};

/** The configuration of an affinity that is off does nothing. */
export const importAffinityConfig: AdmissionRule = {
  name: 'import-affinity-config',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request) => {
    const spec = specOf(subjectOf(request));
    const isUnused = textOf(spec, 'sessionAffinity') !== 'ClientIP' && timeoutOf(spec) !== undefined;
    return allow(isUnused ? `${TIMEOUT_FIELD} has no effect: spec.sessionAffinity is not ClientIP` : undefined);
  },
};

function timeoutOf({ sessionAffinityConfig: config }: JsonObject): unknown {
  return isJsonObject(config) && isJsonObject(config['clientIP']) ? config['clientIP']['timeoutSeconds'] : undefined;
}
