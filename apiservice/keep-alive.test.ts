import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningEmbeddedMember } from '../test/support/embedded-member.ts';
import { startEmbeddedMember } from '../test/support/embedded-member.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const LISTED = 300;
const LISTED_BYTES = 8 * 1024;
const WRITTEN_BYTES = 100 * 1024;

let running: RunningEmbeddedMember;

beforeAll(async () => {
  running = await startEmbeddedMember('east');
  running.member.seed(Array.from({ length: LISTED }, (_, index) => service(`s${index}`, LISTED_BYTES)));
});

afterAll(() => running.member.close());

function service(name: string, noteBytes: number) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name, annotations: { note: 'x'.repeat(noteBytes) } },
    spec: { ports: [{ port: 80 }] },
  };
}

/** Lists and writes by turns on one connection, in a thread of its own as any client has, and gives what was answered. */
const CLIENT = `
  const { Agent, request } = require('node:https');
  const { parentPort, workerData } = require('node:worker_threads');
  const { tls, url, path, name, body, rounds } = workerData;
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 });
  const headers = { 'Content-Type': 'application/json' };
  const ports = new Set();
  const call = (method, target, sent) => new Promise((resolve, reject) => {
    const made = request(url + target, { agent, method, headers }, (response) => {
      ports.add(response.socket.localPort);
      response.resume().once('end', () => resolve(response.statusCode));
    });
    made.once('error', reject).end(sent);
  });
  (async () => {
    const codes = [];
    for (let round = 0; round < rounds; round += 1) {
      codes.push(await call('GET', path), await call('PUT', path + '/' + name, body));
    }
    agent.destroy();
    parentPort.postMessage({ codes, connections: ports.size });
  })();
`;

it('takes large writes on the connection of large lists', async () => {
  const { url, ca, admin } = running;
  const body = JSON.stringify(service('s0', WRITTEN_BYTES));
  const tls = { ca, cert: admin.cert, key: admin.key };
  const worker = new Worker(CLIENT, {
    eval: true,
    workerData: { tls, url, path: SERVICES, name: 's0', body, rounds: 60 },
  });
  const [{ codes, connections }] = (await once(worker, 'message')) as [{ codes: number[]; connections: number }];
  expect(new Set(codes)).toEqual(new Set([200]));
  expect(connections).toBe(1);
});
