import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { timedOut } from '../src/kube/api-errors.ts';
import type { Authorize, RequestUser } from '../src/kube/request-user.ts';
import type { Documents } from './documents/index.ts';
import { createAuthorizationFilter, OPEN_PATHS } from './edge/authorization.ts';
import { checkBodyHeaders, hasLargeBody } from './edge/body.ts';
import { requestTimeoutMs } from './edge/deadline.ts';
import type { TextAnswer } from './edge/error-response.ts';
import { NOT_FOUND_TEXT, sendStatus, sendText, toApiStatusError } from './edge/error-response.ts';
import type { Exchange } from './edge/exchange.ts';
import { isOver, takeAuditId } from './edge/exchange.ts';
import { createHealthEndpoint } from './edge/health.ts';
import type { Authenticate } from './edge/identity.ts';
import type { Lifetime, Listener } from './edge/lifetime.ts';
import { createLifetime } from './edge/lifetime.ts';
import type { EdgeLimits } from './edge/limits.ts';
import { OVERLOAD_RETRY_SECONDS, SHUTDOWN_RETRY_SECONDS } from './edge/limits.ts';
import type { Logger } from './edge/logger.ts';
import type { ApiMetrics } from './edge/metrics.ts';
import type { MemberViews } from './edge/member-view.ts';
import { actionOnRow, documentsBelow, noMember, viewTarget } from './edge/member-view.ts';
import { observe } from './edge/observe.ts';
import { createOpenApp, sendDocument } from './edge/open-app.ts';
import { describeRequest } from './edge/request-info.ts';
import { labelsOf } from './edge/request-labels.ts';
import type { AcceptedTarget } from './edge/request-target.ts';
import { parseRequestTarget } from './edge/request-target.ts';
import type { ResourceRouter } from './edge/resource-router.ts';
import { createResourceRouter } from './edge/resource-router.ts';
import type { AuthenticationStep, AuthorizationStep, InFlightStep } from './edge/steps.ts';
import { createAuthenticationStep, createAuthorizationStep, createInFlightStep } from './edge/steps.ts';
import type { HealthCheck, ResourceHandler, ServedResource } from './types.ts';

export interface ApiServiceDeps {
  readonly served: readonly ServedResource[];
  readonly documents: Documents;
  readonly resources: ResourceHandler;
  /** The objects of single members, under their own names; undefined where there are no such paths. */
  readonly memberViews?: MemberViews;
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  /** Beside `ping` and `shutdown`, which are always there. */
  readonly readiness: readonly HealthCheck[];
  /** Only what a restart would mend. */
  readonly liveness: readonly HealthCheck[];
  readonly limits: EdgeLimits;
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** A new UUID. */
  readonly newId: () => string;
  /** Called once in a shutdown: must end all watches cleanly. */
  readonly endWatches: () => void;
}

export interface ApiService {
  /** Answers one HTTP request. */
  readonly handle: RequestListener;
  /** Graceful end: readiness fails first, then no new connections, watches end, requests are finished. */
  readonly drain: (listener: Listener) => Promise<void>;
}

/** What an in-flight bound says; plain text as in kube-apiserver. */
const OVERLOADED: TextAnswer = { status: 429, text: 'Too many requests, please try again later.' };
const STOPPING: TextAnswer = { status: 429, text: 'The apiserver is shutting down, please try again later.' };

interface Pipeline {
  readonly deps: ApiServiceDeps;
  readonly lifetime: Lifetime;
  readonly router: ResourceRouter;
  readonly viewRouter: ResourceRouter;
  readonly knownPaths: ReadonlySet<string>;
  readonly authenticate: AuthenticationStep;
  readonly authorize: AuthorizationStep;
  readonly takePlace: InFlightStep;
  readonly openApp: RequestListener;
}

/** Puts the edges together; see the README beside this file for the way of a request and how each step can end it. */
export function createApiService(deps: ApiServiceDeps): ApiService {
  const lifetime = createLifetime(deps);
  const health = {
    healthz: createHealthEndpoint('healthz', deps.liveness, deps.logger),
    livez: createHealthEndpoint('livez', deps.liveness, deps.logger),
    readyz: createHealthEndpoint('readyz', [...deps.readiness, lifetime.shutdownCheck], deps.logger),
  };
  const pipeline: Pipeline = {
    deps,
    lifetime,
    router: createResourceRouter(deps.served),
    viewRouter: createResourceRouter(deps.memberViews?.served ?? []),
    knownPaths: new Set([...deps.documents.paths, ...OPEN_PATHS, '/metrics']),
    authenticate: createAuthenticationStep(deps.authenticate, deps),
    authorize: createAuthorizationStep(createAuthorizationFilter(deps.authorize), deps),
    takePlace: createInFlightStep(deps.limits, deps.metrics),
    openApp: createOpenApp({
      documents: deps.documents,
      health,
      metrics: deps.metrics,
      limits: deps.limits,
      fail: (message, response, thrown) =>
        fail({ message, response, auditId: String(response.getHeader('Audit-Id')) }, deps.logger, thrown),
    }),
  };
  return { handle: (message, response) => receive(pipeline, message, response), drain: lifetime.drain };
}

function receive(pipeline: Pipeline, message: IncomingMessage, response: ServerResponse): void {
  const { deps, lifetime } = pipeline;
  const auditId = takeAuditId(message, deps.newId);
  response.setHeader('Audit-Id', auditId);
  response.setHeader('Cache-Control', 'no-cache, private');
  if (lifetime.phase() !== 'serving' || hasLargeBody(message)) response.setHeader('Connection', 'close');
  // A write after the client left or the deadline passed must not end the process.
  response.on('error', () => undefined);
  response.once('close', lifetime.begin());
  const target = parseRequestTarget(message.url ?? '', deps.limits);
  if (target.type === 'refused') {
    sendText(message, response, target);
    return;
  }
  const exchange = toExchange(pipeline, { message, response, auditId }, target);
  observe(exchange, deps);
  answer(pipeline, exchange).catch((error: unknown) => fail(exchange, deps.logger, error));
}

type Received = Pick<Exchange, 'message' | 'response' | 'auditId'>;

function toExchange(pipeline: Pipeline, received: Received, target: AcceptedTarget): Exchange {
  const { deps, knownPaths } = pipeline;
  const view = deps.memberViews === undefined ? undefined : viewTarget(target);
  const info = describeRequest(received.message.method ?? '', view?.target ?? target);
  const router = view === undefined ? pipeline.router : pipeline.viewRouter;
  const found = info.action.type === 'resource' ? router.find(info.action) : undefined;
  return {
    ...received,
    path: target.path,
    query: target.query,
    info,
    view,
    labels: labelsOf(info, found, knownPaths),
    startedMs: deps.clock(),
    user: undefined,
  };
}

/** The steps in their order; each may end the request by throwing, or by having answered it. */
async function answer(pipeline: Pipeline, exchange: Exchange): Promise<void> {
  const { deps, lifetime } = pipeline;
  if (lifetime.phase() === 'stopping' && !OPEN_PATHS.has(exchange.path)) {
    turnAway(exchange, STOPPING, SHUTDOWN_RETRY_SECONDS);
    return;
  }
  if (!exchange.info.longRunning) startDeadline(exchange, deps);
  const user = await pipeline.authenticate(exchange);
  exchange.user = user;
  if (isOver(exchange)) return;
  if (!pipeline.takePlace(exchange, user)) {
    deps.metrics.requestTerminated(exchange.labels, OVERLOADED.status);
    turnAway(exchange, OVERLOADED, OVERLOAD_RETRY_SECONDS);
    return;
  }
  await pipeline.authorize(authorized(deps, exchange), user);
  if (isOver(exchange)) return;
  const { memberViews } = deps;
  const { view } = exchange;
  if (view !== undefined && memberViews?.isMember(view.member) !== true) throw noMember(view.member);
  await dispatch(pipeline, exchange, user);
}

/** What the authorizer is asked about. */
function authorized({ memberViews }: ApiServiceDeps, exchange: Exchange): Exchange {
  const { view, info } = exchange;
  if (view === undefined || memberViews === undefined) return exchange;
  return { ...exchange, info: { ...info, action: actionOnRow(info.action, view.member, memberViews) } };
}

function turnAway({ message, response }: Exchange, text: TextAnswer, retryAfterSeconds: number): void {
  response.setHeader('Retry-After', String(retryAfterSeconds));
  sendText(message, response, text);
}

/** Answers 504 when time is up; an answer that has begun is cut off, so that it cannot be taken for complete. */
function startDeadline(exchange: Exchange, { limits, metrics }: ApiServiceDeps): void {
  const { message, response, labels, query } = exchange;
  const timer = setTimeout(
    () => {
      const { status } = timedOut('request did not complete within the allotted timeout');
      metrics.requestTerminated(labels, status.code);
      if (isOver(exchange)) message.destroy();
      else sendStatus(message, response, status);
    },
    requestTimeoutMs(query, limits.requestTimeoutMs),
  );
  response.once('close', () => clearTimeout(timer));
}

/** Data paths go straight to their handler, everything else through the app of open paths. */
async function dispatch(pipeline: Pipeline, exchange: Exchange, user: RequestUser): Promise<void> {
  const { info, message, response, view } = exchange;
  if (info.action.type === 'nonResource') {
    answerDocument(pipeline, exchange);
    return;
  }
  const router = view === undefined ? pipeline.router : pipeline.viewRouter;
  const routed = router.route(info, info.action, exchange.query);
  if (routed.type === 'unknown') {
    sendText(message, response, NOT_FOUND_TEXT);
    return;
  }
  if (routed.type === 'refused') throw routed.error;
  checkBodyHeaders(message, routed.route.verb, pipeline.deps.limits.bodyBytesMax);
  const member = view === undefined ? {} : { member: view.member };
  const request = { ...routed.route, ...member, user, auditId: exchange.auditId };
  await pipeline.deps.resources(request, message, response);
}

function answerDocument({ deps, openApp }: Pipeline, { view, message, response }: Exchange): void {
  if (view === undefined || deps.memberViews === undefined) {
    openApp(message, response);
    return;
  }
  const documents = documentsBelow(deps.memberViews.documents, view.prefix);
  sendDocument(message, response, { documents, target: view.target });
}

/** The one place where a failure becomes an answer. What is not an API error is a bug: 500, told to the log alone. */
function fail({ message, response, auditId }: Received, logger: Logger, thrown: unknown): void {
  const error = toApiStatusError(thrown);
  if (error.status.code >= 500 && error.cause !== undefined) {
    logger.error({ auditId, err: error.cause, status: error.status.code }, 'request could not be answered');
  }
  if (!response.headersSent && !response.writableEnded) sendStatus(message, response, error.status);
  else if (!response.writableEnded) message.destroy();
}
