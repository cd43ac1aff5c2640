import { setImmediate } from 'node:timers/promises';
import { badRequest } from '../../src/kube/api-errors.ts';
import type { AdmissionSubject, RuleEffect } from '../../src/resources/index.ts';
import { finishesDeletion, limitWarnings } from '../../src/resources/index.ts';
import type { WebhookLimits } from '../limits.ts';
import { REVIEW_PART_BYTES_MAX, UNKNOWN_SUBJECTS_LOGGED_MAX } from '../limits.ts';
import type { WebhookMetrics } from '../metrics.ts';
import type { Judge, Logger, NotSynced, ReviewDecision, ReviewedWrite } from '../types.ts';
import type { AdmissionAnswer } from './answer.ts';
import { ALLOWED, answerOf, refusal, reviewText } from './answer.ts';
import { readAdmissionReview } from './review.ts';
import type { ReviewCaller, WriteReading } from './reviewed-write.ts';
import { createWriteReader } from './reviewed-write.ts';

export interface AdmissionDeps {
  readonly subjects: readonly AdmissionSubject[];
  readonly judge: Judge;
  /** undefined once the ClusterSet is known. */
  readonly notSynced: () => NotSynced | undefined;
  /** What the safety webhook does before: refuse with 503, or let the rules judge by what is known. */
  readonly safetyBeforeSync: 'refuse' | 'judge';
  readonly logger: Logger;
  readonly metrics: WebhookMetrics;
  readonly limits: Pick<WebhookLimits, 'sliceMs'>;
}

/** Answers one AdmissionReview with another, or nothing when nobody waits; throws ApiStatusError for a body that is none. */
export type AdmissionHandler = (body: Buffer, caller: ReviewCaller) => Promise<string | undefined>;

export function createAdmissionHandler(deps: AdmissionDeps): AdmissionHandler {
  const readWrite = createWriteReader(deps.subjects);
  const noteUnknown = createUnknownLog(deps.logger);
  return async (body, caller) => {
    const isOver = (): boolean => !caller.isAwaited();
    const call = await readAdmissionReview(body, { sliceMs: deps.limits.sliceMs, isOver });
    if (call === undefined) return undefined;
    if (!call.ok) throw badRequest(call.error);
    const { uid, resource, operation } = call.value;
    const reading = readWrite(call.value, caller);
    // Walking large objects takes about as long as judging them.
    if (body.length > REVIEW_PART_BYTES_MAX) await setImmediate();
    const answer = await review({ deps, noteUnknown }, reading, caller.effect);
    deps.metrics.reviewed({ effect: caller.effect, resource, operation }, answer);
    return reviewText(uid, answer);
  };
}

interface Review {
  readonly deps: AdmissionDeps;
  readonly noteUnknown: (unknown: string) => void;
}

async function review(
  { deps, noteUnknown }: Review,
  reading: WriteReading,
  effect: RuleEffect,
): Promise<AdmissionAnswer> {
  switch (reading.type) {
    case 'bad':
      throw badRequest(reading.because);
    case 'pass':
      if (reading.unknown !== undefined) noteUnknown(reading.unknown);
      return ALLOWED;
    case 'refused':
      return effect === 'warn' ? ALLOWED : refusal(reading.because);
    case 'write': {
      const { write } = reading;
      // Not even a bug in a rule may keep finalizers from being removed.
      if (finishesDeletion(write)) return ALLOWED;
      return answerOf(write, await decide(deps, write));
    }
  }
}

async function decide(deps: AdmissionDeps, write: ReviewedWrite): Promise<ReviewDecision> {
  const notSynced = deps.notSynced();
  const isRefused = notSynced !== undefined && write.effect === 'deny' && deps.safetyBeforeSync === 'refuse';
  // Nobody is kept from deleting because others are not known.
  if (isRefused && write.operation !== 'DELETE') return { type: 'unavailable', ...notSynced, warnings: [] };
  const decision = await askJudge(deps, write);
  logFailures(deps.logger, write, decision);
  if (!('warnings' in decision) || write.effect === 'deny') return decision;
  const caveat = notSynced === undefined ? [] : [`Not all is known yet: ${notSynced.because}`];
  return { ...decision, warnings: limitWarnings([...decision.warnings, ...caveat]) };
}

async function askJudge({ judge }: AdmissionDeps, write: ReviewedWrite): Promise<ReviewDecision> {
  try {
    return await judge(write);
  } catch (error) {
    return { type: 'fail', failure: { rule: 'all', error } };
  }
}

/** The text of an error may repeat what the object holds: the name of the rule and the stack are all that is told. */
function logFailures(logger: Logger, { subject, operation }: ReviewedWrite, decision: ReviewDecision): void {
  const failures = decision.type === 'fail' ? [decision.failure] : decision.type === 'allow' ? decision.failures : [];
  for (const { rule, error } of failures) {
    logger.error({ rule, resource: subject.resource, operation, err: error }, 'an admission rule failed');
  }
}

/** Each unknown thing once, and not more than a few of them. */
function createUnknownLog(logger: Logger): (unknown: string) => void {
  const seen = new Set<string>();
  return (unknown) => {
    if (seen.size >= UNKNOWN_SUBJECTS_LOGGED_MAX || seen.has(unknown)) return;
    seen.add(unknown);
    logger.warn({ unknown: unknown.slice(0, 300) }, 'a webhook was asked about what it does not know, and allowed it');
  };
}
