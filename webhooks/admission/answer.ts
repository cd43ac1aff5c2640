import { badRequest, forbidden, internalError, invalid, serviceUnavailable } from '../../src/kube/api-errors.ts';
import type { ApiStatus } from '../../src/kube/api-status.ts';
import type { RuleEffect } from '../../src/resources/index.ts';
import { exhausted } from '../../src/kube/outcome.ts';
import type { ReviewDecision } from '../types.ts';
import { ADMISSION_API_VERSION, ADMISSION_KIND } from './review.ts';
import type { SubjectWrite } from './reviewed-write.ts';

/** The response of an AdmissionReview without its uid. */
export interface AdmissionAnswer {
  readonly allowed: boolean;
  readonly status?: ApiStatus;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export const ALLOWED: AdmissionAnswer = { allowed: true };

/** The whole review that goes back. */
export function reviewText(uid: string, answer: AdmissionAnswer): string {
  return JSON.stringify({
    apiVersion: ADMISSION_API_VERSION,
    kind: ADMISSION_KIND,
    response: { uid, ...answer },
  });
}

/** The safety webhook denies and never warns; the advice webhook warns and never denies. */
export function answerOf(effect: RuleEffect, write: SubjectWrite, decision: ReviewDecision): AdmissionAnswer {
  const { auditAnnotations } = decision;
  const audit = auditAnnotations === undefined ? {} : { auditAnnotations };
  if (effect === 'warn') {
    const warnings = 'warnings' in decision ? decision.warnings : [];
    return warnings.length === 0 ? { allowed: true, ...audit } : { allowed: true, warnings, ...audit };
  }
  const status = denialOf(write, decision);
  return status === undefined ? { allowed: true, ...audit } : { allowed: false, status, ...audit };
}

/** What cannot be judged for what it is. */
export function refusal(because: string): AdmissionAnswer {
  return { allowed: false, status: badRequest(because).status };
}

/** Messages can be read alone: kube-apiserver puts nothing but the name of the webhook before them. */
function denialOf({ subject, name }: SubjectWrite, decision: ReviewDecision): ApiStatus | undefined {
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
