import { Agent, request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HttpsServer } from '../apiservice/index.ts';
import { createHttpsServer, DEFAULT_LISTENER_LIMITS } from '../apiservice/index.ts';
import { issueAuthority, issueServing } from '../certs/index.ts';
import type { WebhookServer } from '../test/support/webhooks.ts';
import { conversionReview, startWebhooks } from '../test/support/webhooks.ts';
import { WEBHOOK_PATHS } from './paths.ts';

let plain: WebhookServer;
let server: HttpsServer;
let port: number;
let ca: string;

beforeAll(async () => {
  plain = await startWebhooks();
  const validity = { nowMs: Date.now(), lifetimeMs: 3600 * 1000 };
  const authority = await issueAuthority({ commonName: 'test', validity });
  const { cert, key } = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
  ca = authority.cert;
  server = createHttpsServer({
    handle: plain.webhooks.handle,
    material: { cert, key, clientCas: [] },
    limits: DEFAULT_LISTENER_LIMITS,
    onHandshakeFailed: () => undefined,
  });
  port = await server.listen('127.0.0.1', 0);
});

afterAll(async () => {
  server.closeAll();
  await plain.stop();
});

function post(agent: Agent, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const options = { agent, host: '127.0.0.1', port, path: WEBHOOK_PATHS.convert, method: 'POST', headers };
    const call = request(options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    });
    call.once('error', reject);
    call.end(body);
  });
}

it('answers every one of many large reviews on one connection', async () => {
  const spec = { type: 'ClusterSetIP', ports: [{ port: 80 }], note: 'x'.repeat(700) };
  const objects = Array.from({ length: 1500 }, (_, index) => ({
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    metadata: { name: `s${index}` },
    spec,
  }));
  const body = conversionReview('v1alpha1', objects);
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
  const codes: (number | undefined)[] = [];
  for (let call = 0; call < 30; call += 1) codes.push(await post(agent, body));
  agent.destroy();
  expect(new Set(codes)).toEqual(new Set([200]));
});
