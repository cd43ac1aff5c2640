import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { issueAuthority, issueServing } from '../../../certs/index.ts';
import { answerProblem } from './tls-answer.ts';
import type { TlsQuestion } from './tls-answer.ts';

const validity = { nowMs: Date.now(), lifetimeMs: 3_600_000 };
let server: Server;
let question: TlsQuestion;

beforeAll(async () => {
  const authority = await issueAuthority({ commonName: 'ours', validity });
  const pair = await issueServing({ dnsNames: ['webhooks.ours.svc'], ips: [], authority, validity });
  server = createServer(pair, (message, response) => {
    response.writeHead(message.url === '/livez' ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  question = { host: '127.0.0.1', port, serverName: 'webhooks.ours.svc', ca: authority.cert, path: '/livez' };
});

afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

test('a server answers that has a certificate of the CA for the name', async () => {
  expect(await answerProblem(question)).toBeUndefined();
});

test('it is told why another does not', async () => {
  const { cert: ca } = await issueAuthority({ commonName: 'others', validity });
  expect(await answerProblem({ ...question, ca })).toMatch(/certificate/);
  expect(await answerProblem({ ...question, serverName: 'other.ours.svc' })).toMatch(/altnames/);
  expect(await answerProblem({ ...question, path: '/other' })).toBe('it answers /other with 404');
  expect(await answerProblem({ ...question, port: 1 })).toMatch(/ECONNREFUSED/);
});
