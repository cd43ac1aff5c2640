import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import express from 'express';
import { firstAccept } from '../accept.ts';
import type { Documents } from '../documents/types.ts';
import { NOT_FOUND_TEXT, sendText } from './error-response.ts';
import type { HealthAnswer, HealthEndpoint } from './health.ts';
import type { EdgeLimits } from './limits.ts';
import type { ApiMetrics } from './metrics.ts';
import type { AcceptedTarget } from './request-target.ts';
import { parseRequestTarget } from './request-target.ts';

export interface OpenAppDeps {
  readonly documents: Documents;
  readonly health: Readonly<Record<'healthz' | 'livez' | 'readyz', HealthEndpoint>>;
  readonly metrics: ApiMetrics;
  readonly limits: EdgeLimits;
  /** Answers what a handler threw. */
  readonly fail: (message: IncomingMessage, response: ServerResponse, thrown: unknown) => void;
}

/**
 * Everything that is not a resource: discovery, OpenAPI, version, health, metrics, and the 404 of all other paths. It
 * runs after authentication and authorization. Data paths never come here: Express costs four times their own work.
 */
export function createOpenApp(deps: OpenAppDeps): RequestListener {
  const app = express();
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  for (const [name, endpoint] of Object.entries(deps.health)) {
    app.all(`/${name}`, (request, response) => sendHealth(request, response, endpoint.answer(queryOf(request, deps))));
    app.all(`/${name}/:check`, (request, response) => {
      const answer = endpoint.answerCheck(request.params.check);
      if (answer === undefined) sendText(request, response, NOT_FOUND_TEXT);
      else sendHealth(request, response, answer);
    });
  }
  app.all('/metrics', (request, response) => {
    sendMetrics(response, deps.metrics).catch((error: unknown) => deps.fail(request, response, error));
  });
  app.use((request, response) => {
    try {
      const target = parseRequestTarget(request.originalUrl, deps.limits);
      if (target.type === 'refused') sendText(request, response, NOT_FOUND_TEXT);
      else sendDocument(request, response, { documents: deps.documents, target });
    } catch (error) {
      deps.fail(request, response, error);
    }
  });
  return app;
}

function queryOf(request: Request, deps: OpenAppDeps): URLSearchParams {
  const target = parseRequestTarget(request.originalUrl, deps.limits);
  return target.type === 'target' ? target.query : new URLSearchParams();
}

async function sendMetrics(response: Response, metrics: ApiMetrics): Promise<void> {
  const { contentType, body } = await metrics.expose();
  response.setHeader('Content-Type', contentType);
  response.end(body);
}

function sendHealth(request: Request, response: Response, answer: HealthAnswer): void {
  if (!answer.healthy) {
    sendText(request, response, answer);
    return;
  }
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.end(answer.body);
}

/** Answers with a published document, or the 404 of all paths that nobody knows. */
export function sendDocument(
  message: IncomingMessage,
  response: ServerResponse,
  { documents, target }: { readonly documents: Documents; readonly target: Pick<AcceptedTarget, 'path' | 'query'> },
): void {
  const answer = documents.answer(target.path, {
    accept: firstAccept(message),
    ifNoneMatch: message.headers['if-none-match'],
    acceptEncoding: message.headers['accept-encoding'],
    query: target.query,
  });
  if (answer === undefined) {
    sendText(message, response, NOT_FOUND_TEXT);
    return;
  }
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.statusCode = answer.status;
  response.end(message.method === 'HEAD' ? undefined : answer.body);
}
