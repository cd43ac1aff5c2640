import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import type { TestHandler, TestServer } from '../../test/support/tls-server.ts';
import { startProxy, startTlsServer } from '../../test/support/tls-server.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ConnectionOptions } from './connection.ts';
import { CONNECTION_LIMITS, createConnection } from './connection.ts';
import { requestJson } from './request-json.ts';
import { createSecret } from './secret.ts';
import type { ConnectionSettings, Material } from './settings.ts';
import { plainSettings } from './settings.ts';
import type { KubeConnection, KubeRequest } from './types.ts';

const authority = createTestAuthority();
const serving = authority.issue({ commonName: 'server', names: 'IP:127.0.0.1,DNS:localhost' });
const client = authority.issue({ commonName: 'client-one', usage: 'clientAuth' });
const rotated = authority.issue({ commonName: 'client-two', usage: 'clientAuth' });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function inline(text: string): Material {
  return { type: 'inline', value: createSecret(text) };
}

async function serve(handler: TestHandler): Promise<TestServer> {
  const server = await startTlsServer(serving, handler);
  cleanups.push(server.close);
  return server;
}

function connect(
  server: string,
  settings: Partial<ConnectionSettings> = {},
  options: Partial<ConnectionOptions> = {},
): KubeConnection {
  const certificateAuthority = inline(authority.certificate);
  const connection = createConnection(
    { ...plainSettings(server), certificateAuthority, ...settings },
    { userAgent: 'clusterset-apiserver/test', ...options },
  );
  cleanups.push(() => connection.close());
  return connection;
}

function call(more: Partial<KubeRequest> = {}): KubeRequest {
  return { method: 'GET', path: '/version', timeoutMs: 10_000, ...more };
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

describe('a connection', () => {
  it('sends path, query, identity and body, and uses one socket for calls in a row', async () => {
    const server = await serve((_seen, response) => sendJson(response, { ok: true }));
    const clientCertificate = { certificate: inline(client.certificate), key: inline(client.key) };
    const connection = connect(`${server.url}/clusters/a`, { token: inline('tok'), clientCertificate });
    await connection.request(call({ query: { labelSelector: 'a=b,c in (d)' } }));
    const body = '{"name":"ž"}';
    const headers = { 'Content-Type': 'application/merge-patch+json', Authorization: 'Bearer other' };
    const response = await connection.request(call({ method: 'PATCH', path: '/x%2Fy', body, headers }));
    expect(connection.server).toBe(server.url);
    expect(response.status).toBe(200);
    expect(response.headers.date).toBeDefined();
    expect(server.connections()).toBe(1);
    const [first, second] = server.seen;
    expect(first?.url).toBe('/clusters/a/version?labelSelector=a%3Db%2Cc+in+%28d%29');
    expect(first?.clientName).toBe('client-one');
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer tok',
      accept: 'application/json',
      'user-agent': 'clusterset-apiserver/test',
      'accept-encoding': 'gzip',
    });
    expect(second).toMatchObject({ method: 'PATCH', url: '/clusters/a/x%2Fy', body });
    expect(second?.headers).toMatchObject({
      authorization: 'Bearer tok',
      'content-type': 'application/merge-patch+json',
      'content-length': String(Buffer.byteLength(body)),
    });
    expect(second?.headers['accept-encoding']).toBeUndefined();
  });

  it('lets no caller bring another credential', async () => {
    const server = await serve((_seen, response) => sendJson(response, {}));
    await connect(server.url).request(call({ headers: { Authorization: 'Bearer other' } }));
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('gives every status as it is and follows no redirect', async () => {
    const elsewhere = await serve((_seen, response) => sendJson(response, {}));
    const server = await serve((_seen, response) => response.writeHead(302, { location: elsewhere.url }).end());
    const response = await connect(server.url, { token: inline('tok') }).request(call());
    expect(response.status).toBe(302);
    expect(elsewhere.connections()).toBe(0);
  });

  it('opens no more sockets than the limit, and refuses calls above another', async () => {
    const held: ServerResponse[] = [];
    const server = await serve((_seen, response) => held.push(response));
    const limits = { requestSocketsMax: 2, callsMax: 3 };
    const connection = connect(server.url, {}, { limits });
    const calls = [1, 2, 3].map(() => connection.request(call()));
    await expect(connection.request(call())).rejects.toMatchObject({ failure: 'Unreachable', sent: false });
    await expect.poll(() => held.length).toBe(2);
    for (let answered = 0; answered < 3; answered += 1) {
      await expect.poll(() => held.length).toBeGreaterThan(0);
      held.shift()?.end('{}');
    }
    expect(await Promise.all(calls)).toHaveLength(3);
    expect(server.connections()).toBe(2);
  });

  it('unpacks gzip, and can do without', async () => {
    const text = JSON.stringify({ items: 'x'.repeat(5_000) });
    const server = await serve(({ headers }, response) => {
      if (headers['accept-encoding'] === 'gzip') response.setHeader('content-encoding', 'gzip').end(gzipSync(text));
      else response.end(text);
    });
    const response = await connect(server.url).request(call());
    expect(response.body.toString()).toBe(text);
    expect(response.headers).not.toHaveProperty('content-encoding');
    const plain = await connect(server.url, { disableCompression: true }).request(call());
    expect(plain.body.toString()).toBe(text);
    expect(server.seen[1]?.headers['accept-encoding']).toBeUndefined();
  });

  it.each([['identity'], ['gzip']])('bounds the decoded size of a body (%s)', async (encoding) => {
    const server = await serve((_seen, response) => {
      const body = Buffer.alloc(100_000, 'x');
      response.setHeader('content-encoding', encoding).end(encoding === 'gzip' ? gzipSync(body) : body);
    });
    const connection = connect(server.url);
    expect((await connection.request(call({ bodyBytesMax: 100_000 }))).body).toHaveLength(100_000);
    const tooLong = connection.request(call({ bodyBytesMax: 99_999 }));
    await expect(tooLong).rejects.toMatchObject({ failure: 'BodyTooLarge', sent: true });
  });
});

describe('a 401', () => {
  it('makes a GET read the token again and ask once more', async () => {
    let token = 'old';
    const server = await serve(({ headers }, response) => {
      const isNew = headers.authorization === 'Bearer new';
      if (!isNew) token = 'new';
      sendJson(response, {}, isNew ? 200 : 401);
    });
    const readFile = (): Promise<ReturnType<typeof succeeded<string>>> => Promise.resolve(succeeded(token));
    const connection = connect(server.url, { token: { type: 'file', path: 'token' } }, { readFile });
    expect((await connection.request(call())).status).toBe(200);
    expect(server.seen).toHaveLength(2);
  });

  it('is the answer of a second refusal and of an unchanged token, whatever the method', async () => {
    let count = 0;
    const server = await serve((_seen, response) => sendJson(response, {}, 401));
    const file = { token: { type: 'file', path: 'token' } } as const;
    const changing = connect(server.url, file, { readFile: () => Promise.resolve(succeeded(`t${(count += 1)}`)) });
    expect((await changing.request(call())).status).toBe(401);
    expect(server.seen).toHaveLength(2);
    expect((await changing.request(call({ method: 'POST', body: '{}' }))).status).toBe(401);
    expect(server.seen.slice(2).map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{}'],
      ['POST', '{}'],
    ]);
    const fixed = connect(server.url, { token: inline('t') });
    expect((await fixed.request(call())).status).toBe(401);
    expect(server.seen).toHaveLength(5);
  });

  it('asks the plugin again, and stands when the plugin fails', async () => {
    const server = await serve(({ headers }, response) => {
      sendJson(response, {}, headers.authorization === 'Bearer t2' ? 200 : 401);
    });
    const apiVersion = 'client.authentication.k8s.io/v1';
    const outputs = ['t1', 't2'].map((token) =>
      JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }),
    );
    const exec = {
      apiVersion,
      command: 'p',
      args: [],
      env: [],
      provideClusterInfo: false,
      clusterConfig: undefined,
      installHint: undefined,
    };
    let now = 0;
    const connection = connect(
      server.url,
      { exec },
      {
        clock: () => (now += 20_000),
        runExec: () => {
          const output = outputs.shift();
          return Promise.resolve(output === undefined ? failed('exited with code 1') : succeeded(output));
        },
      },
    );
    expect((await connection.request(call())).status).toBe(200);
    expect((await connection.request(call())).status).toBe(200);
    expect(server.seen).toHaveLength(3);
  });
});

describe('a kept-alive socket that the server closed', () => {
  async function connectToForgetful(): Promise<{ connection: KubeConnection; server: TestServer }> {
    const used = new WeakSet();
    const server = await serve((_seen, response, request) => {
      if (used.has(request.socket)) request.socket.destroy();
      else sendJson(response, {});
      used.add(request.socket);
    });
    const connection = connect(server.url);
    await connection.request(call());
    return { connection, server };
  }

  it('makes a GET use another one', async () => {
    const { connection, server } = await connectToForgetful();
    expect((await connection.request(call())).status).toBe(200);
    expect(server.connections()).toBe(2);
  });

  it('breaks a write, which may have been done', async () => {
    const { connection, server } = await connectToForgetful();
    const write = connection.request(call({ method: 'POST', body: '{}' }));
    await expect(write).rejects.toMatchObject({ failure: 'Broken', sent: true });
    expect(server.seen).toHaveLength(2);
  });
});

describe('a rotated client certificate', () => {
  it('is used for new calls, ends open streams, and lets calls in flight finish', async () => {
    const files: Record<string, string> = { crt: client.certificate, key: client.key };
    const held: ServerResponse[] = [];
    const server = await serve(({ url, clientName }, response) => {
      if (url === '/held') held.push(response);
      else if (url === '/watch') response.write('x');
      else sendJson(response, { clientName });
    });
    let now = 0;
    const connection = connect(
      server.url,
      { clientCertificate: { certificate: { type: 'file', path: 'crt' }, key: { type: 'file', path: 'key' } } },
      { clock: () => now, readFile: (path) => Promise.resolve(succeeded(files[path] ?? '')) },
    );
    const stream = await connection.openStream(call({ path: '/watch' }));
    const inFlight = connection.request(call({ path: '/held' }));
    await expect.poll(() => held.length).toBe(1);
    files['crt'] = rotated.certificate;
    files['key'] = rotated.key;
    now = 60_000;
    expect((await requestJson(connection, call())).body).toEqual({ clientName: 'client-two' });
    const reading = async (): Promise<void> => {
      for await (const chunk of stream.chunks) expect(chunk.toString()).toBe('x');
    };
    await expect(reading()).rejects.toMatchObject({ failure: 'Broken' });
    held[0]?.end('{}');
    expect((await inFlight).status).toBe(200);
  });

  it('is noticed by an open stream even when nobody calls', async () => {
    const files: Record<string, string> = { crt: client.certificate, key: client.key };
    const server = await serve((_seen, response) => response.write('x'));
    let now = 0;
    const connection = connect(
      server.url,
      { clientCertificate: { certificate: { type: 'file', path: 'crt' }, key: { type: 'file', path: 'key' } } },
      {
        clock: () => now,
        readFile: (path) => Promise.resolve(succeeded(files[path] ?? '')),
        limits: { credentialCheckMs: 20 },
      },
    );
    const stream = await connection.openStream(call());
    files['crt'] = rotated.certificate;
    files['key'] = rotated.key;
    now = 60_000;
    const reading = async (): Promise<void> => {
      for await (const chunk of stream.chunks) expect(chunk.toString()).toBe('x');
    };
    await expect(reading()).rejects.toMatchObject({ failure: 'Broken' });
  });
});

describe('a proxy', () => {
  it('is asked to CONNECT with its own password, and sees nothing else', async () => {
    const server = await serve(({ clientName }, response) => sendJson(response, { clientName }));
    const proxy = await startProxy();
    cleanups.push(proxy.close);
    const connection = connect(server.url, {
      proxy: { url: proxy.url, authorization: createSecret('Basic cHc=') },
      token: inline('tok'),
      clientCertificate: { certificate: inline(client.certificate), key: inline(client.key) },
    });
    expect((await requestJson(connection, call())).body).toEqual({ clientName: 'client-one' });
    await connection.request(call());
    expect(proxy.seen).toHaveLength(1);
    expect(proxy.seen[0]).toMatchObject({ method: 'CONNECT', url: `127.0.0.1:${server.port}` });
    expect(proxy.seen[0]?.headers).toMatchObject({ 'proxy-authorization': 'Basic cHc=' });
    expect(proxy.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('may speak TLS with a certificate of the same authority, and never sees our own', async () => {
    const server = await serve(({ clientName }, response) => sendJson(response, { clientName }));
    const proxy = await startProxy(0, serving);
    cleanups.push(proxy.close);
    const connection = connect(server.url, {
      proxy: { url: proxy.url, authorization: undefined },
      clientCertificate: { certificate: inline(client.certificate), key: inline(client.key) },
    });
    expect((await requestJson(connection, call())).body).toEqual({ clientName: 'client-one' });
    expect(proxy.seen[0]?.clientName).toBeUndefined();
    const certificateAuthority = inline(createTestAuthority().certificate);
    const mistrusting = connect(server.url, {
      proxy: { url: proxy.url, authorization: undefined },
      certificateAuthority,
    });
    await expect(mistrusting.request(call())).rejects.toMatchObject({ failure: 'Unreachable', sent: false });
  });

  it('does not weaken the check of the server behind it', async () => {
    const server = await serve((_seen, response) => sendJson(response, {}));
    const proxy = await startProxy();
    cleanups.push(proxy.close);
    const certificateAuthority = inline(createTestAuthority().certificate);
    const connection = connect(server.url, {
      proxy: { url: proxy.url, authorization: undefined },
      certificateAuthority,
    });
    await expect(connection.request(call())).rejects.toMatchObject({ failure: 'CertificateInvalid', sent: false });
    expect(server.seen).toHaveLength(0);
  });

  it('that refuses leaves the server unreachable', async () => {
    const proxy = await startProxy(407);
    cleanups.push(proxy.close);
    const connection = connect('https://127.0.0.1:1', { proxy: { url: proxy.url, authorization: undefined } });
    await expect(connection.request(call())).rejects.toMatchObject({
      failure: 'Unreachable',
      sent: false,
      message: `proxy ${proxy.url}: answered 407 to CONNECT`,
    });
  });
});

describe('requestJson', () => {
  it('keeps big integers, and tolerates only errors that are not JSON', async () => {
    const server = await serve(({ url }, response) => {
      if (url === '/big') response.end('{"n":9007199254740993}');
      else response.writeHead(url === '/502' ? 502 : 200).end('<html>secret</html>');
    });
    const connection = connect(server.url);
    expect((await requestJson(connection, call({ path: '/big' }))).body).toEqual({ n: 9007199254740993n });
    expect(await requestJson(connection, call({ path: '/502' }))).toMatchObject({ status: 502, body: undefined });
    const broken = requestJson(connection, call({ path: '/200' }));
    await expect(broken).rejects.toMatchObject({ failure: 'Broken', message: `${server.url}: the answer is not JSON` });
  });
});

describe('idle sockets', () => {
  it('are given up long before a kube-apiserver closes them: a write must not meet one that is just being closed', () => {
    // kube-apiserver closes after 90 s, common load balancers after 60 s.
    expect(CONNECTION_LIMITS.idleSocketMs).toBeLessThanOrEqual(30_000);
  });

  it('are closed by us after that time, and the next write gets a new one', async () => {
    const closed: Promise<unknown>[] = [];
    const handler: TestHandler = (_seen, response, request) => {
      closed.push(once(request.socket, 'close'));
      sendJson(response, { ok: true });
    };
    const server = await startTlsServer(serving, handler, { keepAliveTimeout: 120_000 });
    cleanups.push(server.close);
    const connection = connect(server.url, {}, { limits: { idleSocketMs: 20 } });
    await connection.request(call({ method: 'POST', body: '{}' }));
    await closed[0];
    await connection.request(call({ method: 'POST', body: '{}' }));
    expect(server.connections()).toBe(2);
  });
});
