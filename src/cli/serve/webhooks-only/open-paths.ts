import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { createHealthEndpoint } from '../../../../apiservice/index.ts';
import type { HealthEndpoint, Logger } from '../../../../apiservice/index.ts';
import type { HealthCheck } from '../../../../apiservice/types.ts';

export interface OpenPathsDeps {
  readonly readiness: readonly HealthCheck[];
  readonly logger: Logger;
  readonly registry: Registry;
}

const PLAIN = 'text/plain; charset=utf-8';

/** What anybody in the member may ask beside the webhooks: whether we are well, and the metrics. */
export function createOpenPaths({ readiness, logger, registry }: OpenPathsDeps): RequestListener {
  const endpoints: Readonly<Record<string, HealthEndpoint>> = {
    healthz: createHealthEndpoint('healthz', [], logger),
    livez: createHealthEndpoint('livez', [], logger),
    readyz: createHealthEndpoint('readyz', readiness, logger),
  };
  return (message, response) => {
    const [path = '', query = ''] = (message.url ?? '').split('?', 2);
    if (!isRead(message)) send(response, 405, 'method not allowed');
    else if (path === '/metrics') void sendMetrics(response, registry);
    else sendHealth(response, healthOf(endpoints, path, new URLSearchParams(query)));
  };
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

type HealthAnswer = ReturnType<HealthEndpoint['answerCheck']>;

function healthOf(
  endpoints: Readonly<Record<string, HealthEndpoint>>,
  path: string,
  query: URLSearchParams,
): HealthAnswer {
  const [, name = '', check, ...rest] = path.split('/');
  const endpoint = Object.hasOwn(endpoints, name) && rest.length === 0 ? endpoints[name] : undefined;
  return check === undefined ? endpoint?.answer(query) : endpoint?.answerCheck(check);
}

function sendHealth(response: ServerResponse, answer: HealthAnswer): void {
  if (answer === undefined) send(response, 404, '404 page not found');
  else if (answer.healthy) send(response, 200, answer.body);
  else send(response, answer.status, answer.text);
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': PLAIN, 'X-Content-Type-Options': 'nosniff' });
  response.end(text);
}

async function sendMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    const body = await registry.metrics();
    response.writeHead(200, { 'Content-Type': registry.contentType });
    response.end(body);
  } catch {
    send(response, 500, 'the metrics could not be collected');
  }
}
