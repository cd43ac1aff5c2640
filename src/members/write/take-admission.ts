import { forbidden, internalError, invalid, serviceUnavailable } from '../../kube/api-errors.ts';
import type { ApiStatusError } from '../../kube/api-status.ts';
import { exhausted } from '../../kube/outcome.ts';
import type { RowTarget, RowWrite } from '../../kube/row-write.ts';
import type { NoteOfRules } from './recorded-write.ts';
import type { Admission } from './types.ts';

export type Allowed = Extract<Admission, { type: 'allow' }>;

/** Goes on with what admission allows; notes and warnings are passed on in any case. Throws ApiStatusError for a refusal. */
export function takeAdmission(admission: Admission, { target, warn }: RowWrite, note: NoteOfRules): Allowed {
  note(admission.auditAnnotations);
  if (admission.type === 'allow') return admission;
  for (const warning of admission.warnings) warn(warning);
  throw admissionError(admission, target);
}

function admissionError(admission: Exclude<Admission, Allowed>, target: RowTarget): ApiStatusError {
  switch (admission.type) {
    case 'invalid':
      return invalid(target, target.name, admission.causes);
    case 'forbidden':
      return forbidden(target, target.name, admission.because);
    case 'unavailable':
      return serviceUnavailable(admission.because, admission.retryAfterSeconds);
    case 'failed':
      return internalError(`the admission rule ${admission.rule} failed`, admission.cause);
    default:
      return exhausted(admission);
  }
}
