import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
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

/** Calls one after another on one connection, in a thread of its own as any caller has, and gives the codes. */
const CALLER = `
  const { Agent, request } = require('node:https');
  const { parentPort, workerData } = require('node:worker_threads');
  const { ca, port, path, body, calls } = workerData;
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
  const headers = { 'Content-Type': 'application/json' };
  const codes = [];
  const next = () => {
    if (codes.length === calls) { agent.destroy(); parentPort.postMessage(codes); return; }
    const call = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
      response.resume();
      response.once('end', () => { codes.push(response.statusCode); next(); });
    });
    call.once('error', (error) => { throw error; });
    call.end(body);
  };
  next();
`;

async function codesOf(body: string, calls: number): Promise<readonly number[]> {
  const worker = new Worker(CALLER, { eval: true, workerData: { ca, port, path: WEBHOOK_PATHS.convert, body, calls } });
  const [codes] = (await once(worker, 'message')) as [readonly number[]];
  return codes;
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
  expect(new Set(await codesOf(body, 60))).toEqual(new Set([200]));
});
