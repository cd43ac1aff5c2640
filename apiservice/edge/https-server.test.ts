import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { Agent, request } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createTreeAuthority } from '../../test/support/certificate-tree.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { HttpsServer } from './https-server.ts';
import { createHttpsServer } from './https-server.ts';
import { DEFAULT_LISTENER_LIMITS } from './limits.ts';

const ca = createTreeAuthority('serving-ca');
const clientCa = createTreeAuthority('client-ca');
const issueServing = () => ca.issue({ subject: '/CN=server', usage: 'serverAuth', names: 'IP:127.0.0.1' });

let server: HttpsServer | undefined;
let failures: Error[] = [];

const answerHeaders: RequestListener = (message, response) => response.end(JSON.stringify(message.rawHeaders));

async function start(limits = DEFAULT_LISTENER_LIMITS, handle = answerHeaders): Promise<number> {
  failures = [];
  server = createHttpsServer({
    handle,
    material: { ...issueServing(), clientCas: [clientCa.cert] },
    limits,
    onHandshakeFailed: (error) => failures.push(error),
  });
  return server.listen('127.0.0.1', 0);
}

afterEach(() => server?.closeAll());

/** Opens a TLS connection, sends text and collects what comes until the peer closes. */
function converse(port: number, text: string, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert, ...options }, () => socket.write(text));
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

interface Handshake {
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  readonly fingerprint: string;
}

function shakeHands(port: number, options: ConnectionOptions = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert, ...options }, () => {
      const fingerprint = socket.getPeerCertificate().fingerprint256;
      resolve({ protocol: socket.getProtocol(), alpn: socket.alpnProtocol, fingerprint });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('https server', () => {
  test('speaks HTTP/1.1 only, also to clients that would rather have HTTP/2', async () => {
    const port = await start();
    expect(await shakeHands(port, { ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({ alpn: 'http/1.1' });
    await expect(shakeHands(port, { ALPNProtocols: ['h2'] })).rejects.toThrow();
  });

  test('speaks TLS 1.2 and 1.3, and counts what fails', async () => {
    const port = await start();
    expect(await shakeHands(port, { maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: 'TLSv1.2' });
    expect(await shakeHands(port)).toMatchObject({ protocol: 'TLSv1.3' });
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(shakeHands(port, old)).rejects.toThrow();
    await eventually('the failure to be counted', () => expect(failures).not.toEqual([]));
  });

  test('takes new material for new connections and keeps the old ones; bad material changes nothing', async () => {
    const port = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: ca.cert });
    const fingerprint = () =>
      new Promise<string>((resolve, reject) => {
        request({ port, host: '127.0.0.1', agent }, (response) => {
          const socket = response.socket as unknown as { getPeerCertificate: () => { fingerprint256: string } };
          const seen = socket.getPeerCertificate().fingerprint256;
          response.resume().on('end', () => resolve(seen));
        })
          .on('error', reject)
          .end();
      });
    const before = await fingerprint();
    const next = issueServing();
    server?.replaceMaterial({ ...next, clientCas: [clientCa.cert] });
    expect(await fingerprint()).toBe(before);
    const after = (await shakeHands(port)).fingerprint;
    expect(after).not.toBe(before);
    const mismatch = { cert: next.cert, key: issueServing().key, clientCas: [] };
    expect(() => server?.replaceMaterial(mismatch)).toThrow();
    expect((await shakeHands(port)).fingerprint).toBe(after);
    agent.destroy();
  });

  test('reads header blocks far above the default of Node, without losing lines, and refuses larger ones', async () => {
    const port = await start({ ...DEFAULT_LISTENER_LIMITS, headerBytesMax: 256 * 1024 });
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `X-Remote-Group: group-${i}\r\n`).join('');
    const get = (headers: string) => converse(port, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
    const many = await get(lines(4000));
    expect(many).toMatch(/^HTTP\/1.1 200 /);
    expect(many.match(/X-Remote-Group/g)).toHaveLength(4000);
    expect(await get(lines(20_000))).toMatch(/^HTTP\/1.1 431 /);
  });

  test('answers what is no HTTP with 400', async () => {
    const port = await start();
    expect(await converse(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  test('answers it behind an answer that is whole, and a fault in a body in place of the answer', async () => {
    const port = await start();
    const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await converse(port, `${get}nonsense\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 [^]*HTTP\/1.1 400 Bad Request\r\n/);
    server?.closeAll();
    const waiting = await start(undefined, (message, response) => message.on('end', () => response.end()).resume());
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n';
    expect(await converse(waiting, post)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  test.each<[string, RequestListener, string, number]>([
    ['half sent', (_message, response) => void response.write('half'), 'half', 1],
    ['still to come', (message) => void message.resume(), '', 0],
  ])('never answers what is no HTTP while an answer is %s', async (...[, handle, shown, answers]) => {
    const port = await start(undefined, handle);
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert });
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('what is sent', () => expect(received).toContain(shown));
    const closed = once(socket, 'close');
    socket.write('nonsense\r\n\r\n');
    await closed;
    expect(received.match(/HTTP\/1.1 /g) ?? []).toHaveLength(answers);
  });

  test('gives up slow headers with 408, and silence without a word', async () => {
    const port = await start({ ...DEFAULT_LISTENER_LIMITS, headersTimeoutMs: 100 });
    expect(await converse(port, 'GET / HTTP/1.1\r\nHost: x\r\n')).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(await converse(port, '')).toBe('');
  });

  test('an idle connection outlives the time that headers may take', async () => {
    const port = await start({ ...DEFAULT_LISTENER_LIMITS, headersTimeoutMs: 50 });
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert });
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    const answers = () => received.match(/HTTP\/1.1 200 /g)?.length ?? 0;
    const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    socket.write(get);
    await eventually('the first answer', () => expect(answers()).toBe(1));
    // The silent connection is given up by the same check that must spare the idle one.
    expect(await converse(port, '')).toBe('');
    socket.write(get);
    await eventually('the second answer', () => expect(answers()).toBe(2));
    socket.destroy();
  });

  test('takes a large request whose sender has not read the large answer before it', async () => {
    const answer = Buffer.alloc(16 * 1024 * 1024, 'a');
    const body = Array.from({ length: 25_000 }, (_, index) => `${index},`).join('');
    const seen: string[] = [];
    const port = await start(DEFAULT_LISTENER_LIMITS, (message, response) => {
      seen.push(message.method ?? '');
      if (message.method === 'GET') {
        response.end(answer);
        return;
      }
      const hash = createHash('sha256');
      message.on('data', (chunk: Buffer) => hash.update(chunk));
      message.on('end', () => response.end(hash.digest('hex')));
    });
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert }).pause();
    const chunks: Buffer[] = [];
    const closed = once(socket, 'close');
    const put = `PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('the first request', () => expect(seen).toEqual(['GET']));
    socket.write(`${put}${body}`);
    await eventually('the second request', () => expect(seen).toEqual(['GET', 'PUT']));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
    await closed;
    const received = Buffer.concat(chunks).toString('latin1').replaceAll(/a{3,}/g, '');
    expect(received.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(received.endsWith(createHash('sha256').update(body).digest('hex'))).toBe(true);
  });
});
