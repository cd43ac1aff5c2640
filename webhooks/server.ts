import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { internalError, methodNotAllowed, notFound, tooManyRequests } from '../src/kube/api-errors.ts';
import { ApiStatusError } from '../src/kube/api-status.ts';
import type { AdmissionSubject } from '../src/resources/index.ts';
import type { AdmissionHandler } from './admission/handler.ts';
import { createAdmissionHandler } from './admission/handler.ts';
import type { ConversionHandler } from './conversion/handler.ts';
import { createConversionHandler } from './conversion/handler.ts';
import { isOver, sendJson, sendStatus } from './http/answer.ts';
import { checkContentType, readBody } from './http/body.ts';
import type { Budget, BudgetShare } from './http/budget.ts';
import { createBudget } from './http/budget.ts';
import { callerTimeoutMs, startDeadline } from './http/deadline.ts';
import type { TokenBuckets } from './http/token-buckets.ts';
import { createTokenBuckets } from './http/token-buckets.ts';
import type { WebhookLimits } from './limits.ts';
import { OVERLOAD_RETRY_SECONDS } from './limits.ts';
import type { ReviewType } from './metrics.ts';
import { createWebhookMetrics } from './metrics.ts';
import type { WebhookPath, WebhookTarget } from './paths.ts';
import { parseWebhookUrl } from './paths.ts';
import type { Traffic } from './traffic.ts';
import { createTraffic } from './traffic.ts';
import type { Judge, Logger, NotSynced, ReviewOrigin, WebhookCallers } from './types.ts';

export interface WebhooksDeps {
  /** What AdmissionReviews may be about; anything else is allowed. */
  readonly subjects: readonly AdmissionSubject[];
  readonly judge: Judge;
  readonly callers: WebhookCallers;
  /** undefined once the ClusterSet is known. */
  readonly notSynced: () => NotSynced | undefined;
  /** What the safety webhook does before: refuse with 503, or let the rules judge by what is known. */
  readonly safetyBeforeSync: 'refuse' | 'judge';
  readonly limits: WebhookLimits;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export interface Webhooks {
  /** Answers one request to a path of its callers, and 404 to any other. */
  readonly handle: RequestListener;
  /**
   * From now on every answer ends its connection, so that callers go elsewhere; nothing is refused. Resolves once
   * nothing is being answered.
   */
  readonly drain: () => Promise<void>;
}

interface Server {
  readonly deps: WebhooksDeps;
  readonly admission: AdmissionHandler;
  readonly conversion: ConversionHandler;
  /** Apart, so that large lists that are converted keep no write from being judged. */
  readonly budgets: Readonly<Record<ReviewType, Budget>>;
  readonly buckets: TokenBuckets;
  readonly traffic: Traffic;
}

/** The webhooks behind any listener; the README beside this file has the steps of a request and how each can end it. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { limits, clock, callers } = deps;
  const metrics = createWebhookMetrics(deps.registry, new Set(deps.subjects.map(({ resource }) => resource)));
  const traffic = createTraffic({ limits, metrics, clock });
  const server: Server = {
    deps,
    traffic,
    admission: createAdmissionHandler({ ...deps, metrics }),
    conversion: createConversionHandler({
      kinds: callers.type === 'ownMember' ? callers.convertible : [],
      ...{ limits, metrics },
    }),
    budgets: {
      admission: createBudget(limits.admissionBytesInFlightMax, (bytes) => metrics.bodyBytes('admission', bytes)),
      conversion: createBudget(limits.conversionBytesInFlightMax, (bytes) => metrics.bodyBytes('conversion', bytes)),
    },
    buckets: createTokenBuckets({
      perSecondMax: limits.memberReviewsPerSecondMax,
      burstMax: limits.memberReviewsBurstMax,
      clock,
    }),
  };
  return { handle: (message, response) => receive(server, message, response), drain: traffic.drain };
}

function receive(server: Server, message: IncomingMessage, response: ServerResponse): void {
  const { traffic, deps } = server;
  // A write after the caller left must not end the process.
  response.on('error', () => undefined);
  if (traffic.isDraining()) response.setHeader('Connection', 'close');
  const url = message.url ?? '';
  const target = targetOf(deps.callers, url);
  if (target === undefined) {
    sendStatus(response, notFound({ group: '', resource: 'webhooks' }, url.slice(0, 200)).status);
    return;
  }
  traffic.enter(target.webhook, response);
  startDeadline(response, callerTimeoutMs(url, deps.limits.reviewTimeoutMs));
  answer(server, target, { message, response }).catch((error: unknown) => fail(deps, response, error));
}

function targetOf({ type }: WebhookCallers, url: string): WebhookTarget | undefined {
  const target = parseWebhookUrl(url);
  const namesMember = target?.member !== undefined;
  return namesMember === (type === 'members') ? target : undefined;
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** The steps in their order; each may end the request by throwing. */
async function answer(server: Server, target: WebhookTarget, { message, response }: Exchange): Promise<void> {
  const { webhook } = target;
  if (message.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    throw methodNotAllowed({ group: '', resource: webhook }, (message.method ?? '').toLowerCase());
  }
  checkContentType(message);
  const caller = callerOf(server, target, message);
  caller.charge(1);
  const share = server.budgets[webhook === 'convert' ? 'conversion' : 'admission'].open();
  response.once('close', share.release);
  const body = await readReview(server, webhook, { message, share });
  // The caller may have left, or its time be up.
  if (isOver(response)) return;
  caller.charge(Math.floor(body.length / server.deps.limits.memberReviewBytes));
  // Only who has sent a whole body takes a place: bodies that never end keep nobody else out.
  if (!server.traffic.takePlace(webhook, response)) {
    throw tooManyRequests('too many reviews at once', OVERLOAD_RETRY_SECONDS);
  }
  if (webhook === 'convert') {
    await server.conversion({ body, share, response });
    return;
  }
  const isAwaited = (): boolean => !isOver(response);
  const text = await server.admission(body, {
    effect: webhook === 'safety' ? 'deny' : 'warn',
    origin: caller.origin,
    isAwaited,
  });
  if (text !== undefined && !isOver(response)) sendJson(response, 200, text);
}

interface Caller {
  readonly origin: ReviewOrigin;
  /** Throws 429 when it asks more than it may. */
  readonly charge: (reviews: number) => void;
}

/** Who asks. A name in a path proves nothing, so that nobody can use up what is allowed to a member that has proved its own. */
function callerOf({ deps, buckets }: Server, { member }: WebhookTarget, message: IncomingMessage): Caller {
  const { callers } = deps;
  if (member === undefined || callers.type === 'ownMember') {
    return { origin: { member: undefined, authenticated: false }, charge: () => undefined };
  }
  const identity = callers.identifyMember(member, message);
  if (identity === 'unknown') throw notFound({ group: '', resource: 'members' }, member);
  return {
    origin: { member, authenticated: identity === 'authenticated' },
    charge: (reviews) => {
      if (buckets.take(`${member} ${identity}`, reviews)) return;
      throw tooManyRequests(`too many reviews from member ${member}`, OVERLOAD_RETRY_SECONDS);
    },
  };
}

interface Incoming {
  readonly message: IncomingMessage;
  readonly share: BudgetShare;
}

async function readReview({ deps }: Server, webhook: WebhookPath, { message, share }: Incoming): Promise<Buffer> {
  const { admissionBodyBytesMax, conversionBodyBytesMax } = deps.limits;
  const bytesMax = webhook === 'convert' ? conversionBodyBytesMax : admissionBodyBytesMax;
  try {
    return await readBody(message, { bytesMax, share });
  } catch (error) {
    share.release();
    throw error;
  }
}

/** The one place where a failure becomes an answer. What is not an API error is a bug: 500, told to the log alone. */
function fail({ logger }: WebhooksDeps, response: ServerResponse, thrown: unknown): void {
  const isExpected = thrown instanceof ApiStatusError;
  if (!isExpected) logger.error({ err: thrown }, 'a review could not be answered');
  const { status } = isExpected ? thrown : internalError('the review could not be answered', thrown);
  if (response.writableEnded) return;
  // An answer that has begun is cut off, so that it cannot be taken for complete.
  if (isOver(response)) response.destroy();
  else sendStatus(response, status);
}
