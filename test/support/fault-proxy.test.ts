import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultProxy } from './fault-proxy.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { Fault } from './faults.ts';
import * as faults from './faults.ts';
import type { TestServer } from './tls-server.ts';
import { startTlsServer } from './tls-server.ts';
import { createTestAuthority } from './tls-material.ts';
import { until } from './until.ts';

const authority = createTestAuthority();
const BODY = JSON.stringify({ kind: 'Thing', metadata: { name: 'a', resourceVersion: '7' } });

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

let server: TestServer;
let proxy: FaultProxy;
let streamsEnded = 0;

/** Opens a request and gives the answer when its head is in. */
function open(method: string, path: string, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'impersonate-group': ['a', 'b'], authorization: 'Bearer token' };
    const request = https.request(`${proxy.url}${path}`, { method, ca: proxy.ca, headers, agent: false }, resolve);
    request.once('error', reject);
    request.end(body);
  });
}

async function call(method: string, path: string, body?: string): Promise<Answer> {
  const answer = await open(method, path, body);
  const { statusCode: status = 0, headers, rawHeaders } = answer;
  return { status, headers, rawHeaders, body: await text(answer) };
}

async function text(answer: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of answer) all += String(chunk);
  return all;
}

const create = (): Promise<Answer> => call('POST', '/apis/g/v1/namespaces/n/things?dryRun=All', '{"a":1}');
const inject = (fault: Fault, times?: number) => proxy.inject(faults.calls('POST', /\/things$/), fault, times);

beforeAll(async () => {
  server = await startTlsServer(authority.issue({ commonName: 'member', names: 'IP:127.0.0.1' }), (seen, response) => {
    if (seen.url.includes('watch=1')) {
      response.on('close', () => (streamsEnded += 1));
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"type":"ADDED"}\n', () => {
        if (seen.url.includes('break=1')) response.destroy();
      });
      return;
    }
    response.setHeader('Warning', ['299 - "one"', '299 - "two"']);
    response.writeHead(seen.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' }).end(BODY);
  });
  proxy = await startFaultProxy({ upstream: { url: server.url, ca: authority.certificate }, authority });
});

afterEach(() => {
  proxy.forget();
  server.seen.length = 0;
});

afterAll(async () => {
  await proxy.close();
  await server.close();
});

describe('what no fault concerns', () => {
  it('passes whole, repeated headers included', async () => {
    const answer = await create();
    expect(answer).toMatchObject({ status: 201, body: BODY });
    expect(answer.rawHeaders.filter((_value, index, all) => all[index - 1]?.toLowerCase() === 'warning')).toEqual([
      '299 - "one"',
      '299 - "two"',
    ]);
    const [seen] = server.seen;
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/apis/g/v1/namespaces/n/things?dryRun=All',
      body: '{"a":1}',
      headers: { authorization: 'Bearer token' },
    });
    expect(seen?.headers['impersonate-group']).toBe('a, b');
  });

  it('is kept for assertions', async () => {
    await create();
    await call('GET', '/apis/g/v1/namespaces/n%2Fx/things');
    expect(proxy.reached()).toMatchObject([
      { method: 'POST', path: '/apis/g/v1/namespaces/n/things', query: { dryRun: 'All' }, body: '{"a":1}' },
      { method: 'GET', path: '/apis/g/v1/namespaces/n/x/things' },
    ]);
    expect(proxy.arrived()).toEqual(proxy.reached());
  });

  it('streams, and ends the stream at the member when the client goes', async () => {
    const answer = await open('GET', '/things?watch=1');
    const chunks: AsyncIterator<unknown> = answer[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('{"type":"ADDED"}\n');
    expect(streamsEnded).toBe(0);
    answer.destroy();
    await until(() => expect(streamsEnded).toBe(1));
  });

  it('breaks off when the member does', async () => {
    const answer = await open('GET', '/things?watch=1&break=1');
    await expect(text(answer)).rejects.toThrow('aborted');
  });

  it('is told apart by method and path', async () => {
    const injection = inject(faults.cutBefore);
    expect((await call('PUT', '/apis/g/v1/namespaces/n/things')).status).toBe(200);
    expect((await call('POST', '/apis/g/v1/namespaces/n/others')).status).toBe(201);
    injection.remove();
    expect((await create()).status).toBe(201);
    expect(injection.count()).toBe(0);
  });
});

describe('a fault', () => {
  const conflict = { reason: 'Conflict', message: 'changed' };

  it.each<[string, Fault, number]>([
    ['cuts before the member hears of it', faults.cutBefore, 0],
    ['cuts after the member did it', faults.cutAfter, 1],
    ['cuts inside of the body', faults.cutInside, 1],
  ])('%s', async (_name, fault, reached) => {
    inject(fault);
    await expect(create()).rejects.toThrow(/hang up|aborted|ECONNRESET/);
    expect(server.seen).toHaveLength(reached);
    expect(proxy.reached()).toHaveLength(reached);
    expect(proxy.arrived()).toHaveLength(1);
  });

  it.each<[string, { fault: Fault; expected: Partial<Answer>; reached: number }]>([
    ['answers a Status', { fault: faults.answerStatus(409, conflict), expected: { status: 409 }, reached: 0 }],
    [
      'answers any text',
      {
        fault: faults.answerWith(302, '', { location: 'https://other' }),
        expected: { status: 302, body: '' },
        reached: 0,
      },
    ],
    ['gives garbage after the member did it', { fault: faults.garbageBody, expected: { status: 201 }, reached: 1 }],
    [
      'gives half of the JSON',
      { fault: faults.truncatedBody, expected: { status: 201, body: BODY.slice(0, BODY.length >> 1) }, reached: 1 },
    ],
  ])('%s', async (_name, { fault, expected, reached }) => {
    inject(fault);
    const answer = await create();
    expect(answer).toMatchObject(expected);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(server.seen).toHaveLength(reached);
  });

  it('is a Status that clients can read', async () => {
    inject(faults.answerStatus(429, { ...conflict, details: { retryAfterSeconds: 3 } }, { 'retry-after': '3' }));
    const { body, headers } = await create();
    expect(headers['retry-after']).toBe('3');
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', code: 429, details: { retryAfterSeconds: 3 } });
  });

  it('befalls as many requests as told', async () => {
    const injection = inject(faults.answerStatus(409, conflict), 2);
    expect([(await create()).status, (await create()).status, (await create()).status]).toEqual([409, 409, 201]);
    expect(injection.count()).toBe(2);
  });

  it.each<[string, Fault, number]>([
    ['holds the request', faults.holdBefore, 0],
    ['holds the answer', faults.holdAfter, 1],
  ])('%s until it is released', async (_name, fault, reached) => {
    const injection = inject(fault);
    const answer = create();
    await injection.met;
    await until(() => expect(proxy.reached()).toHaveLength(reached));
    injection.release();
    expect((await answer).status).toBe(201);
    expect(proxy.reached()).toHaveLength(1);
  });

  it('does work before, while and after the member answers', async () => {
    const order: string[] = [];
    const note = (what: string) => (): Promise<void> => {
      order.push(`${what}: ${server.seen.length} seen`);
      return Promise.resolve();
    };
    inject(faults.around({ before: note('before'), after: note('after') }));
    expect((await create()).status).toBe(201);
    inject(faults.during(note('during')));
    expect((await create()).status).toBe(201);
    expect(order).toEqual(['before: 0 seen', 'after: 1 seen', 'during: 1 seen']);
  });
});

describe('the member', () => {
  it('can be down, and come back', async () => {
    await proxy.refuse();
    await expect(create()).rejects.toThrow('ECONNREFUSED');
    await proxy.accept();
    expect((await create()).status).toBe(201);
  });

  it('can fail in the handshake', async () => {
    proxy.breakHandshakes(true);
    await expect(create()).rejects.toThrow(/hang up|ECONNRESET|disconnected/);
    proxy.breakHandshakes(false);
    expect((await create()).status).toBe(201);
    expect(proxy.arrived()).toHaveLength(1);
  });

  it('that is really down cuts the connection', async () => {
    const gone = await startFaultProxy({ upstream: { url: 'https://127.0.0.1:1', ca: '' }, authority });
    const answer = new Promise((resolve, reject) => {
      https.get(`${gone.url}/things`, { ca: gone.ca, agent: false }, resolve).once('error', reject);
    });
    await expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
    expect(gone.reached()).toEqual([]);
    await gone.close();
  });
});
