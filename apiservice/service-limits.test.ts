import type { Server } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { RequestUser } from '../src/kube/request-user.ts';
import type { TestService } from '../test/support/api-service.ts';
import { createTestService, GROUP, JANE } from '../test/support/api-service.ts';
import { eventually } from '../test/support/eventually.ts';
import { DEFAULT_EDGE_LIMITS } from './edge/limits.ts';
import type { ApiServiceDeps } from './service.ts';
import type { ResourceHandler } from './types.ts';

const NS = `/apis/${GROUP}/v1/namespaces/ns1`;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Answers a request only when told to. */
function createGate(): { handler: ResourceHandler; waiting: () => number; open: () => void } {
  const held: (() => void)[] = [];
  return {
    handler: async (_request, _message, response) => {
      await new Promise<void>((resolve) => held.push(resolve));
      response.end('{}');
    },
    waiting: () => held.length,
    open: () => held.splice(0).forEach((answer) => answer()),
  };
}

let server: Server | undefined;
const agent = new Agent({ keepAlive: true });

async function start(overrides: Partial<ApiServiceDeps>): Promise<TestService & { readonly port: number }> {
  const made = createTestService(overrides);
  server = createServer(made.service.handle);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { ...made, port: (server.address() as AddressInfo).port };
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const until = (what: string, isSo: () => boolean): Promise<void> =>
  eventually(what, () => {
    if (!isSo()) throw new Error('not yet');
  });

describe('requests in flight', () => {
  const limits = { ...DEFAULT_EDGE_LIMITS, readsInFlightMax: 2, writesInFlightMax: 1, watchesMax: 1 };

  test.each([
    ['reads', 2, `${NS}/things/a`, 'GET'],
    ['writes', 1, `${NS}/things/a`, 'DELETE'],
    ['watches', 1, `${NS}/things?watch=1`, 'GET'],
  ])('%s have %d places; the next one is told to come again, and gets in when one is free', async (...row) => {
    const [, places, path, method] = row;
    const gate = createGate();
    const { port } = await start({ limits, resources: gate.handler });
    const held = Array.from({ length: places }, () => ask(port, path, method));
    await until('the places to be taken', () => gate.waiting() === places);
    const refused = await ask(port, path, method);
    expect(refused).toMatchObject({ status: 429, text: 'Too many requests, please try again later.\n' });
    expect(refused.headers['retry-after']).toBe('1');
    gate.open();
    await Promise.all(held);
    const next = ask(port, path, method);
    await until('the next request to get in', () => gate.waiting() === 1);
    gate.open();
    expect((await next).status).toBe(200);
  });

  test('reads, writes and watches do not take each other’s places', async () => {
    const gate = createGate();
    const { port } = await start({ limits, resources: gate.handler });
    const held = [ask(port, `${NS}/things?watch=1`), ask(port, `${NS}/things/a`, 'DELETE')];
    await until('both to be held', () => gate.waiting() === 2);
    held.push(ask(port, `${NS}/things/a`));
    await until('the read to be let in', () => gate.waiting() === 3);
    gate.open();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('system:masters and probes always get through', async () => {
    let user: RequestUser = JANE;
    const gate = createGate();
    const { port } = await start({
      limits,
      resources: gate.handler,
      authenticate: () => Promise.resolve({ type: 'authenticated', user }),
    });
    const held = [ask(port, `${NS}/things/a`), ask(port, `${NS}/things/a`)];
    await until('the places to be taken', () => gate.waiting() === 2);
    expect((await ask(port, '/readyz')).status).toBe(200);
    expect((await ask(port, '/version')).status).toBe(429);
    user = { ...JANE, groups: ['system:masters'] };
    expect((await ask(port, '/version')).status).toBe(200);
    gate.open();
    await Promise.all(held);
  });

  test('a client that leaves frees its place', async () => {
    const gate = createGate();
    const { port } = await start({ limits, resources: gate.handler });
    const leaving = request({ host: '127.0.0.1', port, path: `${NS}/things?watch=1` }).on('error', () => undefined);
    leaving.end();
    await until('the watch to begin', () => gate.waiting() === 1);
    leaving.destroy();
    const metrics = () => ask(port, '/metrics');
    await eventually('the watch to end', async () => {
      expect((await metrics()).text).toMatch(/apiserver_longrunning_requests\{verb="WATCH".*\} 0/);
    });
    const next = ask(port, `${NS}/things?watch=1`);
    await until('the next watch to begin', () => gate.waiting() === 2);
    gate.open();
    expect((await next).status).toBe(200);
  });
});

describe('time', () => {
  const limits = { ...DEFAULT_EDGE_LIMITS, requestTimeoutMs: 50 };

  test('a short request that takes too long is 504, and what its handler does later harms nobody', async () => {
    const gate = createGate();
    const { port, logs } = await start({ limits, resources: gate.handler });
    const late = await ask(port, `${NS}/things/a`);
    expect(late.status).toBe(504);
    expect(JSON.parse(late.text)).toMatchObject({
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    });
    expect(late.headers).not.toHaveProperty('retry-after');
    gate.open();
    expect((await ask(port, '/version')).status).toBe(200);
    expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a slow authenticator or authorizer counts too, and nothing is dispatched afterwards', async () => {
    let answer: () => void = () => undefined;
    const { port, requests } = await start({
      limits,
      authorize: () => new Promise((resolve) => (answer = () => resolve({ type: 'allow' }))),
    });
    expect((await ask(port, `${NS}/things/a`)).status).toBe(504);
    answer();
    expect((await ask(port, '/readyz')).status).toBe(200);
    expect(requests).toEqual([]);
  });

  test('an answer that has begun is cut off', async () => {
    const { port } = await start({
      limits,
      resources: async (_request, _message, response) => {
        response.writeHead(200);
        response.write('half');
        await new Promise(() => undefined);
      },
    });
    await expect(ask(port, `${NS}/things/a`)).rejects.toThrow(/aborted|hang up/);
  });

  test('watches have none of ours', async () => {
    const gate = createGate();
    const { port } = await start({ limits, resources: gate.handler });
    const watch = ask(port, `${NS}/things?watch=1&timeout=soon`);
    await until('the watch to begin', () => gate.waiting() === 1);
    expect((await ask(port, `${NS}/things/a`)).status).toBe(504);
    gate.open();
    expect((await watch).status).toBe(200);
  });
});

describe('unread bodies', () => {
  test('of a large or unknown length end the connection after the answer', async () => {
    const { port } = await start({});
    for (const head of ['Content-Length: 10000000', 'Transfer-Encoding: chunked']) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('close', () => resolve(text));
        socket.write(`POST ${NS}/views HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
      });
      expect(answer).toMatch(/^HTTP\/1.1 405 /);
      expect(answer).toMatch(/\r\nConnection: close\r\n/);
    }
  });
});

describe('shutdown', () => {
  /** A watch that ends when the process drains, and a read that ends when told to. */
  function createHandlers() {
    const gate = createGate();
    const drain = new AbortController();
    const resources: ResourceHandler = async (asked, message, response) => {
      if (asked.verb !== 'watch') return gate.handler(asked, message, response);
      response.writeHead(200);
      response.flushHeaders();
      drain.signal.addEventListener('abort', () => response.end());
      return Promise.resolve();
    };
    return { gate, resources, endWatches: () => drain.abort() };
  }

  const listenerOf = (events: string[]) => ({
    stopAccepting: () => {
      events.push('stop');
      server?.close();
    },
    closeAll: () => void events.push('close'),
  });

  test('fails readiness, ends watches, waits for reads, turns new requests away, then closes', async () => {
    const { gate, resources, endWatches } = createHandlers();
    const events: string[] = [];
    const { port, service } = await start({
      resources,
      endWatches: () => {
        events.push('watches');
        endWatches();
      },
    });
    // A connection that is in use when the listener stops stays open for one more request.
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const watch = ask(port, `${NS}/things?watch=1`);
    const read = ask(port, `${NS}/things/a`);
    await until('the read to be held', () => gate.waiting() === 1);
    const drained = service.drain(listenerOf(events)).then(() => events.push('drained'));
    expect((await watch).status).toBe(200);
    expect(events).toEqual(['stop', 'watches']);
    gate.open();
    expect((await read).status).toBe(200);
    await drained;
    expect(events).toEqual(['stop', 'watches', 'close', 'drained']);
    kept.destroy();
  });

  test('during the delay everything is served, not ready and without keeping connections', async () => {
    const { resources, endWatches } = createHandlers();
    const events: string[] = [];
    const { port, service } = await start({
      resources,
      endWatches,
      limits: { ...DEFAULT_EDGE_LIMITS, shutdownDelayMs: 300 },
    });
    expect((await ask(port, '/readyz')).status).toBe(200);
    const drained = service.drain(listenerOf(events));
    const unready = await ask(port, '/readyz');
    expect(unready.status).toBe(500);
    expect(unready.text).toContain('[-]shutdown failed');
    expect(unready.headers['connection']).toBe('close');
    expect((await ask(port, '/livez')).status).toBe(200);
    expect((await ask(port, '/version')).status).toBe(200);
    await drained;
    expect(events).toEqual(['stop', 'close']);
  });

  test('after it new requests on open connections are told to come again elsewhere', async () => {
    const { gate, resources, endWatches } = createHandlers();
    const { port, service } = await start({ resources, endWatches });
    const events: string[] = [];
    const read = ask(port, `${NS}/things/a`);
    await until('the read to be held', () => gate.waiting() === 1);
    // The listener of this test keeps accepting, as a connection that is already open would.
    const drained = service.drain({ stopAccepting: () => events.push('stop'), closeAll: () => undefined });
    await until('the listener to be stopped', () => events.length > 0);
    const refused = await ask(port, '/version');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '5', connection: 'close' });
    expect((await ask(port, '/livez')).status).toBe(200);
    gate.open();
    await read;
    await drained;
  });

  test('does not wait for ever, and does it once', async () => {
    const { gate, resources, endWatches } = createHandlers();
    const { port, service, logs } = await start({
      resources,
      endWatches,
      limits: { ...DEFAULT_EDGE_LIMITS, shutdownInFlightMs: 50 },
    });
    const read = ask(port, `${NS}/things/a`).catch(() => undefined);
    await until('the read to be held', () => gate.waiting() === 1);
    const events: string[] = [];
    const listener = {
      ...listenerOf(events),
      closeAll: () => {
        events.push('close');
        server?.closeAllConnections();
      },
    };
    await Promise.all([service.drain(listener), service.drain(listener)]);
    expect(events).toEqual(['stop', 'close']);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', fields: { requests: 1 } }));
    await read;
  });
});
