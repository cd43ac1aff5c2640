import { badRequest, forbidden, internalError, invalid, serviceUnavailable } from '../../src/kube/api-errors.ts';
import type { ApiStatus } from '../../src/kube/api-status.ts';
import { exhausted } from '../../src/kube/outcome.ts';
import type { ReviewDecision, ReviewedWrite } from '../types.ts';
import { ADMISSION_API_VERSION, ADMISSION_KIND } from './review.ts';

/** The response of an AdmissionReview without its uid. */
export interface AdmissionAnswer {
  readonly allowed: boolean;
  readonly status?: ApiStatus | undefined;
  readonly warnings?: readonly string[] | undefined;
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
}

export const ALLOWED: AdmissionAnswer = { allowed: true };

/** Up to the value of its last field. */
const ENVELOPE = `{"apiVersion":"${ADMISSION_API_VERSION}","kind":"${ADMISSION_KIND}","response":`;

/** The whole review that goes back. */
export function reviewText(uid: string, { allowed, status, warnings, auditAnnotations }: AdmissionAnswer): string {
  return `${ENVELOPE}${JSON.stringify({ uid, allowed, status, warnings, auditAnnotations })}}`;
}

/** The safety webhook denies and never warns; the advice webhook warns and never denies. */
export function answerOf(write: ReviewedWrite, decision: ReviewDecision): AdmissionAnswer {
  const { auditAnnotations } = decision;
  if (write.effect === 'warn') {
    const warnings = 'warnings' in decision && decision.warnings.length > 0 ? decision.warnings : undefined;
    return { allowed: true, warnings, auditAnnotations };
  }
  const status = denialOf(write, decision);
  return { allowed: status === undefined, status, auditAnnotations };
}

/** What cannot be judged for what it is. */
export function refusal(because: string): AdmissionAnswer {
  return { allowed: false, status: badRequest(because).status };
}

/** Messages can be read alone: kube-apiserver puts nothing but the name of the webhook before them. */
function denialOf({ subject, name }: ReviewedWrite, decision: ReviewDecision): ApiStatus | undefined {
  switch (decision.type) {
    case 'allow':
      return undefined;
    case 'deny':
      return invalid(subject, name, decision.causes).status;
    case 'forbid':
      return forbidden(subject, name, decision.because).status;
    case 'unavailable':
      return serviceUnavailable(decision.because, decision.retryAfterSeconds).status;
    case 'fail':
      return internalError(`the admission rule ${JSON.stringify(decision.failure.rule)} failed`, undefined).status;
    default:
      return exhausted(decision);
  }
}
