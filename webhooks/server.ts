import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { internalError, methodNotAllowed, notFound, tooManyRequests } from '../src/kube/api-errors.ts';
import { ApiStatusError } from '../src/kube/api-status.ts';
import type { AdmissionSubject } from '../src/resources/index.ts';
import type { AdmissionHandler } from './admission/handler.ts';
import { createAdmissionHandler } from './admission/handler.ts';
import type { ConvertibleKind } from './conversion/edits.ts';
import type { ConversionHandler } from './conversion/handler.ts';
import { createConversionHandler } from './conversion/handler.ts';
import { isOver, sendJson, sendStatus } from './http/answer.ts';
import type { Body } from './http/body.ts';
import { checkContentType, readBody } from './http/body.ts';
import type { ByteBudget } from './http/byte-budget.ts';
import { createByteBudget } from './http/byte-budget.ts';
import { callerTimeoutMs, startDeadline } from './http/deadline.ts';
import type { TokenBuckets } from './http/token-buckets.ts';
import { createTokenBuckets } from './http/token-buckets.ts';
import type { WebhookLimits } from './limits.ts';
import { OVERLOAD_RETRY_SECONDS } from './limits.ts';
import { createWebhookMetrics } from './metrics.ts';
import type { WebhookTarget } from './paths.ts';
import { parseWebhookUrl } from './paths.ts';
import type { Traffic } from './traffic.ts';
import { createTraffic } from './traffic.ts';
import type { IdentifyMember, Judge, Logger, NotSynced, ReviewOrigin } from './types.ts';

export interface WebhooksDeps {
  /** What AdmissionReviews may be about; anything else is allowed. */
  readonly subjects: readonly AdmissionSubject[];
  readonly judge: Judge;
  /** The kinds of CustomResourceDefinitions that are converted here. */
  readonly convertible: readonly ConvertibleKind[];
  readonly identifyMember: IdentifyMember;
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
  /** Answers one request to a path that `parseWebhookUrl` knows, and 404 to any other. */
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
  readonly budget: ByteBudget;
  readonly buckets: TokenBuckets;
  readonly traffic: Traffic;
}

/** The webhooks behind any listener; the README beside this file has the steps of a request and how each can end it. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { limits, clock } = deps;
  const metrics = createWebhookMetrics(deps.registry, new Set(deps.subjects.map(({ resource }) => resource)));
  const traffic = createTraffic({ limits, metrics, clock });
  const server: Server = {
    deps,
    traffic,
    admission: createAdmissionHandler({ ...deps, metrics }),
    conversion: createConversionHandler({ kinds: deps.convertible, limits, metrics }),
    budget: createByteBudget(limits.bodyBytesInFlightMax, metrics.bodyBytes),
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
  const target = parseWebhookUrl(url);
  if (target === undefined) {
    sendStatus(response, notFound({ group: '', resource: 'webhooks' }, url.slice(0, 200)).status);
    return;
  }
  if (!traffic.enter(target.webhook, response)) {
    sendStatus(response, tooManyRequests('too many reviews at once', OVERLOAD_RETRY_SECONDS).status);
    return;
  }
  startDeadline(response, callerTimeoutMs(url, deps.limits.reviewTimeoutMs));
  answer(server, target, { message, response }).catch((error: unknown) => fail(deps, response, error));
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** The steps in their order; each may end the request by throwing. */
async function answer(server: Server, target: WebhookTarget, { message, response }: Exchange): Promise<void> {
  if (message.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    throw methodNotAllowed({ group: '', resource: target.webhook }, (message.method ?? '').toLowerCase());
  }
  checkContentType(message);
  const origin = originOf(server, target, message);
  const body = await readReview(server, target, message);
  response.once('close', body.release);
  // The caller may have left, or its time be up.
  if (isOver(response)) {
    body.release();
    return;
  }
  if (target.webhook === 'convert') {
    await server.conversion(body.bytes, response);
    return;
  }
  const text = await server.admission(body.bytes, target.webhook === 'safety' ? 'deny' : 'warn', origin);
  if (!isOver(response)) sendJson(response, 200, text);
}

/** Who asks. A name in a path proves nothing, so that nobody can use up what is allowed to a member that has proved its own. */
function originOf({ deps, buckets }: Server, { member }: WebhookTarget, message: IncomingMessage): ReviewOrigin {
  if (member === undefined) return { member, authenticated: false };
  const identity = deps.identifyMember(member, message);
  if (identity === 'unknown') throw notFound({ group: '', resource: 'members' }, member);
  if (!buckets.take(`${member} ${identity}`)) {
    throw tooManyRequests(`too many reviews from member ${member}`, OVERLOAD_RETRY_SECONDS);
  }
  return { member, authenticated: identity === 'authenticated' };
}

function readReview({ deps, budget }: Server, { webhook }: WebhookTarget, message: IncomingMessage): Promise<Body> {
  const { admissionBodyBytesMax, conversionBodyBytesMax } = deps.limits;
  const bytesMax = webhook === 'convert' ? conversionBodyBytesMax : admissionBodyBytesMax;
  return readBody(message, { bytesMax, budget });
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
