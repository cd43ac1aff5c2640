import { type FieldCause, fieldInvalid } from '../../../kube/api-errors.ts';
import { type AdmissionRule, allow, denyFor, subjectKey } from '../../admission.ts';

const LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const LABEL = new RegExp(`^${LABEL_PATTERN}$`);
const SUBDOMAIN = new RegExp(`^${LABEL_PATTERN}(\\.${LABEL_PATTERN})*$`);
/** Of a DNS label (RFC 1123), which the name of a Service is. */
const LABEL_BYTES_MAX = 63;

/** In kube-apiserver's words (apimachinery's IsDNS1123Label). */
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  `an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL_PATTERN}')`;

/** An export names its Service by its own name, so the name must be one that a Service can have. */
export const serviceName: AdmissionRule = {
  name: 'service-name',
  operations: ['CREATE'],
  effects: ['deny', 'warn'],
  evaluate: (request) => {
    const { name } = subjectKey(request);
    // A name that is missing is made or refused elsewhere.
    if (name === '') return allow();
    const causes = nameCauses(name);
    return causes.length > 0 ? denyFor(causes) : allow(beginsWithDigit(name) ? digitWarning(name) : undefined);
  },
};

function nameCauses(name: string): readonly FieldCause[] {
  const faults: string[] = [];
  if (Buffer.byteLength(name) > LABEL_BYTES_MAX) faults.push(`must be no more than ${LABEL_BYTES_MAX} bytes`);
  if (!LABEL.test(name)) faults.push(SUBDOMAIN.test(name) ? 'must not contain dots' : LABEL_RULE);
  return faults.map((fault) => fieldInvalid('metadata.name', name, `no Service can have this name: ${fault}`));
}

function beginsWithDigit(name: string): boolean {
  return /^[0-9]/.test(name);
}

/** Kubernetes 1.36 is the first that takes them by default (KEP-5311). */
function digitWarning(name: string): string {
  return `Name "${name}" is no RFC 1035 label: clusters before Kubernetes 1.36 refuse a Service of that name`;
}
