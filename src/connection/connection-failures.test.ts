import net from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import type { TestHandler, TestServer } from '../../test/support/tls-server.ts';
import { listen, startProxy, startTlsServer } from '../../test/support/tls-server.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ConnectionOptions } from './connection.ts';
import { createConnection } from './connection.ts';
import { createExecRunner } from './exec-runner.ts';
import { createSecret } from './secret.ts';
import type { ConnectionSettings, ExecSettings, Material } from './settings.ts';
import { plainSettings } from './settings.ts';
import type { KubeConnection, KubeRequest } from './types.ts';
import { ConnectionError } from './types.ts';

const MARKER = 'mArKeR-s3cr3t';
const authority = createTestAuthority();
const serving = authority.issue({ commonName: 'server', names: 'IP:127.0.0.1,DNS:localhost' });
const client = authority.issue({ commonName: 'client', usage: 'clientAuth' });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function inline(text: string): Material {
  return { type: 'inline', value: createSecret(text) };
}

const answer: TestHandler = (_seen, response) => response.end('{}');
const silence: TestHandler = () => undefined;

async function serve(handler: TestHandler, pair = serving, options = {}): Promise<TestServer> {
  const server = await startTlsServer(pair, handler, options);
  cleanups.push(server.close);
  return server;
}

function connect(
  server: string,
  settings: Partial<ConnectionSettings> = {},
  options: Partial<ConnectionOptions> = {},
): KubeConnection {
  const base = { ...plainSettings(server), certificateAuthority: inline(authority.certificate), token: inline(MARKER) };
  const connection = createConnection({ ...base, ...settings }, { userAgent: 'test', ...options });
  cleanups.push(() => connection.close());
  return connection;
}

function call(more: Partial<KubeRequest> = {}): KubeRequest {
  return { method: 'GET', path: '/version', timeoutMs: 10_000, ...more };
}

async function failureOf(connection: KubeConnection, request = call()): Promise<ConnectionError> {
  try {
    await connection.request(request);
  } catch (error) {
    if (error instanceof ConnectionError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

describe('a server that does not prove who it is', () => {
  it.each([
    { leaf: { names: 'IP:127.0.0.1', expired: true }, failure: 'CertificateExpired', message: 'has expired' },
    { leaf: { names: 'DNS:elsewhere' }, failure: 'CertificateInvalid', message: 'is for another name' },
    {
      leaf: { names: 'IP:127.0.0.1', usage: 'clientAuth' as const },
      failure: 'CertificateInvalid',
      message: 'not made for',
    },
  ])('because its certificate $message gets nothing', async ({ leaf, failure, message }) => {
    const server = await serve(answer, authority.issue({ commonName: 's', ...leaf }));
    const error = await failureOf(connect(server.url));
    expect(error).toMatchObject({ failure, sent: false });
    expect(error.message).toContain(message);
    expect(server.seen).toHaveLength(0);
  });

  it('because of another authority gets nothing, unless verification is switched off', async () => {
    const server = await serve(answer);
    const foreign = { certificateAuthority: inline(createTestAuthority('other').certificate) };
    expect(await failureOf(connect(server.url, foreign))).toMatchObject({ failure: 'CertificateInvalid', sent: false });
    const system = { certificateAuthority: undefined };
    expect(await failureOf(connect(server.url, system))).toMatchObject({ failure: 'CertificateInvalid' });
    expect(server.seen).toHaveLength(0);
    const insecure = connect(server.url, { certificateAuthority: undefined, insecureSkipTlsVerify: true });
    expect((await insecure.request(call())).status).toBe(200);
  });

  it.each([
    ['DNS:kubernetes', 'kubernetes'],
    ['IP:10.96.0.1', '10.96.0.1'],
  ])('is checked for the TLS server name, here %s', async (names, tlsServerName) => {
    const server = await serve(answer, authority.issue({ commonName: 's', names }));
    expect((await connect(server.url, { tlsServerName }).request(call())).status).toBe(200);
    const wrong = connect(server.url, { tlsServerName: 'other' });
    expect(await failureOf(wrong)).toMatchObject({ failure: 'CertificateInvalid', sent: false });
  });

  it('is trusted by its own certificate in the bundle, as in Go', async () => {
    const server = await serve(answer);
    const own = { certificateAuthority: inline(serving.certificate) };
    expect((await connect(server.url, own).request(call())).status).toBe(200);
  });

  it('because it only speaks TLS 1.1 gets nothing', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = await serve(answer, serving, old);
    expect(await failureOf(connect(server.url))).toMatchObject({ failure: 'Unreachable', sent: false });
    expect(server.seen).toHaveLength(0);
  });
});

describe('a server that cannot be reached', () => {
  it.each([
    ['a closed port', 'https://127.0.0.1:1', 'the connection was refused (ECONNREFUSED)'],
    ['an unknown name', 'https://member.invalid', 'the host name'],
  ])('because of %s', async (_what, url, message) => {
    const error = await failureOf(connect(url));
    expect(error).toMatchObject({ failure: 'Unreachable', sent: false });
    expect(error.message).toContain(message);
  });

  it('because it does not speak TLS', async () => {
    const server = await listen(net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    cleanups.push(server.close);
    expect(await failureOf(connect(server.url))).toMatchObject({ failure: 'Unreachable', sent: false });
  });

  it('because it accepts and then says nothing', async () => {
    const server = await listen(net.createServer());
    cleanups.push(server.close);
    const limited = connect(server.url, {}, { limits: { connectTimeoutMs: 50 } });
    expect(await failureOf(limited)).toMatchObject({ failure: 'Timeout', sent: false });
    const hurried = connect(server.url);
    expect(await failureOf(hurried, call({ timeoutMs: 50 }))).toMatchObject({ failure: 'Timeout', sent: false });
  });
});

describe('a call that is cut short', () => {
  it('by its own deadline may have been acted on', async () => {
    const server = await serve(silence);
    const error = await failureOf(connect(server.url), call({ timeoutMs: 300, method: 'POST', body: '{}' }));
    expect(error).toMatchObject({ failure: 'Timeout', sent: true });
    expect(server.seen).toHaveLength(1);
  });

  it('by its signal says whether anything was sent', async () => {
    const server = await serve(silence);
    const connection = connect(server.url);
    const early = await failureOf(connection, call({ signal: AbortSignal.abort() }));
    expect(early).toMatchObject({ failure: 'Aborted', sent: false });
    const controller = new AbortController();
    const late = failureOf(connection, call({ signal: controller.signal }));
    await expect.poll(() => server.seen.length).toBe(1);
    controller.abort();
    expect(await late).toMatchObject({ failure: 'Aborted', sent: true });
  });

  it('by closing the connection, which takes no more calls', async () => {
    const server = await serve(silence);
    const connection = connect(server.url);
    const pending = failureOf(connection);
    await expect.poll(() => server.seen.length).toBe(1);
    connection.close();
    expect(await pending).toMatchObject({ failure: 'Aborted', sent: true });
    expect(await failureOf(connection)).toMatchObject({ failure: 'Aborted', sent: false });
  });

  it('while a slow plugin is asked', async () => {
    const exec: ExecSettings = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'p',
      args: [],
      env: [],
      provideClusterInfo: false,
      clusterConfig: undefined,
      installHint: undefined,
    };
    const runExec = (): Promise<never> => new Promise(() => undefined);
    const connection = connect('https://127.0.0.1:1', { exec }, { runExec });
    const failure = await failureOf(connection, call({ timeoutMs: 50 }));
    expect(failure).toMatchObject({ failure: 'CredentialsUnavailable', sent: false });
  });
});

describe('an answer that is not whole', () => {
  it.each<[string, TestHandler, string]>([
    [
      'breaks off',
      (_seen, response) => response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
      'broke',
    ],
    [
      'is no gzip',
      (_seen, response) => response.setHeader('content-encoding', 'gzip').end('plain text'),
      'not valid gzip',
    ],
    [
      'is half a gzip',
      (_seen, response) => response.setHeader('content-encoding', 'gzip').end(Buffer.from('1f8b', 'hex')),
      'not valid gzip',
    ],
    [
      'is encoded otherwise',
      (_seen, response) => response.setHeader('content-encoding', 'br').end('x'),
      'not asked for',
    ],
    ['is no HTTP', (_seen, response) => response.socket?.end('SSH-2.0\r\n'), 'the connection broke'],
  ])('because it %s', async (_what, handler, message) => {
    const server = await serve(handler);
    const error = await failureOf(connect(server.url));
    expect(error).toMatchObject({ failure: 'Broken', sent: true });
    expect(error.message).toContain(message);
  });
});

describe('no failure shows a credential', () => {
  const exec: ExecSettings = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', `console.error('${MARKER}'); console.log('${MARKER}')`, MARKER].map(createSecret),
    env: [{ name: 'SECRET', value: createSecret(MARKER) }],
    provideClusterInfo: false,
    clusterConfig: undefined,
    installHint: undefined,
  };
  const proxy = { authorization: createSecret(`Basic ${MARKER}`) };
  const badKey = `-----BEGIN PRIVATE KEY-----\n${MARKER}\n-----END PRIVATE KEY-----\n`;

  it.each<[string, Partial<ConnectionSettings>, Partial<KubeRequest>]>([
    ['an unreachable server', {}, {}],
    ['a plugin that writes nonsense', { exec }, {}],
    ['a plugin that fails', { exec: { ...exec, args: [createSecret('-e'), createSecret(`throw '${MARKER}'`)] } }, {}],
    ['a plugin that cannot start', { exec: { ...exec, command: '/no/such/plugin' } }, {}],
    ['a token that no header may carry', { token: inline(`${MARKER}\nx`) }, {}],
    [
      'a key that cannot be read',
      { clientCertificate: { certificate: inline(client.certificate), key: inline(badKey) } },
      {},
    ],
    [
      'a certificate that cannot be read',
      { clientCertificate: { certificate: inline(badKey), key: inline(client.key) } },
      {},
    ],
    ['an authority that cannot be read', { certificateAuthority: inline(badKey) }, {}],
    ['an unreachable proxy', { proxy: { ...proxy, url: 'http://127.0.0.1:1' } }, {}],
    ['a proxy without TLS', { proxy: { ...proxy, url: 'https://127.0.0.1:1' } }, {}],
    ['an illegal header', {}, { headers: { 'x-secret': `${MARKER}\r\nx: y` } }],
    ['an illegal path', {}, { path: `/${MARKER} x` }],
    ['a missing file', { token: { type: 'file', path: '/no/such/file' } }, {}],
  ])('of %s', async (_what, settings, request) => {
    const options = { runExec: createExecRunner(process.env) };
    const error = await failureOf(connect('https://127.0.0.1:1', settings, options), call(request));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(MARKER);
    expect(`${error.message} ${error.stack ?? ''}`).not.toContain(MARKER);
    expect(error.sent).toBe(false);
  });

  it('of a file with something else in it, a proxy that refuses, or a server that refuses the certificate', async () => {
    const readFile = (): Promise<ReturnType<typeof succeeded<string>>> =>
      Promise.resolve(succeeded(`${MARKER} ${MARKER}`));
    const file = await failureOf(connect('https://127.0.0.1:1', { token: { type: 'file', path: 'f' } }, { readFile }));
    const refusing = await startProxy(407);
    cleanups.push(refusing.close);
    const tunnel = await failureOf(connect('https://127.0.0.1:1', { proxy: { ...proxy, url: refusing.url } }));
    const picky = await serve(answer, serving, { rejectUnauthorized: true, ca: createTestAuthority('x').certificate });
    const pair = { certificate: inline(client.certificate), key: inline(client.key) };
    const refused = await failureOf(connect(picky.url, { clientCertificate: pair }));
    for (const error of [file, tunnel, refused]) {
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(MARKER);
    }
  });

  it('of a plugin run that is refused', async () => {
    const runExec = (): Promise<ReturnType<typeof failed<string>>> => Promise.resolve(failed('was not started'));
    const error = await failureOf(connect('https://127.0.0.1:1', { exec }, { runExec }));
    expect(error).toMatchObject({ failure: 'CredentialsUnavailable', sent: false });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(MARKER);
  });
});
