import { type FieldCause, fieldInvalid } from '../../../kube/api-errors.ts';
import { dnsLabelFaults } from '../../../kube/label-syntax.ts';
import { type AdmissionRule, allow, denyFor, subjectKey } from '../../admission.ts';

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
  return dnsLabelFaults(name).map((fault) =>
    fieldInvalid('metadata.name', name, `no Service can have this name: ${fault}`),
  );
}

function beginsWithDigit(name: string): boolean {
  return /^[0-9]/.test(name);
}

/** Kubernetes 1.36 is the first that takes them by default (KEP-5311). */
function digitWarning(name: string): string {
  return `Name "${name}" is no RFC 1035 label: clusters before Kubernetes 1.36 refuse a Service of that name`;
}
