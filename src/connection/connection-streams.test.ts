import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import type { TestServer } from '../../test/support/tls-server.ts';
import { startTlsServer } from '../../test/support/tls-server.ts';
import { createConnection } from './connection.ts';
import { createSecret } from './secret.ts';
import { plainSettings } from './settings.ts';
import { splitLines } from './split-lines.ts';
import type { KubeConnection, KubeRequest, KubeStream } from './types.ts';

const authority = createTestAuthority();
const serving = authority.issue({ commonName: 'server', names: 'IP:127.0.0.1' });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Rig {
  readonly server: TestServer;
  readonly connection: KubeConnection;
  /** Responses of the server in the order of arrival. */
  readonly responses: ServerResponse[];
  /** Responses that ended, for whatever reason. */
  readonly ended: () => number;
}

async function rig(limits = {}): Promise<Rig> {
  const responses: ServerResponse[] = [];
  let ended = 0;
  const server = await startTlsServer(serving, ({ url }, response) => {
    responses.push(response);
    response.on('close', () => (ended += 1));
    if (url.startsWith('/watch')) response.writeHead(200).flushHeaders();
    if (url.startsWith('/gone')) response.writeHead(410).end('{"code":410}');
    if (url.startsWith('/version')) response.end('{}');
  });
  const certificateAuthority = { type: 'inline', value: createSecret(authority.certificate) } as const;
  const settings = { ...plainSettings(server.url), certificateAuthority };
  const connection = createConnection(settings, { userAgent: 'test', limits });
  cleanups.push(server.close, () => connection.close());
  return { server, connection, responses, ended: () => ended };
}

function watch(more: Partial<KubeRequest> = {}): KubeRequest {
  return { method: 'GET', path: '/watch', timeoutMs: 10_000, ...more };
}

async function textOf(stream: KubeStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.chunks) text += chunk.toString();
  return text;
}

describe('a stream', () => {
  it('gives what comes when it comes, and ends when the server ends it', async () => {
    const { connection, responses, server } = await rig();
    const stream = await connection.openStream(watch({ query: { watch: '1' } }));
    expect(stream.status).toBe(200);
    const lines = splitLines(stream.chunks, { lineBytesMax: 100 });
    responses[0]?.write('{"a":1}\n{"b"');
    expect(await lines.next()).toEqual({ done: false, value: '{"a":1}' });
    responses[0]?.end(':2}\n');
    expect(await lines.next()).toEqual({ done: false, value: '{"b":2}' });
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    expect(server.seen[0]).toMatchObject({ url: '/watch?watch=1' });
    expect(server.seen[0]?.headers['accept-encoding']).toBeUndefined();
  });

  it('outlives the timeout of its head', async () => {
    const { connection, responses } = await rig();
    const stream = await connection.openStream(watch({ timeoutMs: 200 }));
    const text = textOf(stream);
    const later = connection.request(watch({ path: '/silent', timeoutMs: 250 }));
    await expect(later).rejects.toMatchObject({ failure: 'Timeout' });
    responses[0]?.end('late');
    expect(await text).toBe('late');
  });

  it('throws when the connection breaks, after what came before', async () => {
    const { connection, responses } = await rig();
    const stream = await connection.openStream(watch());
    const chunks = stream.chunks[Symbol.asyncIterator]();
    responses[0]?.write('x');
    expect(String((await chunks.next()).value)).toBe('x');
    responses[0]?.destroy();
    await expect(chunks.next()).rejects.toMatchObject({ name: 'ConnectionError', failure: 'Broken', sent: true });
  });

  it('throws also when it broke before anybody read', async () => {
    const { connection, responses, ended } = await rig();
    const stream = await connection.openStream(watch());
    responses[0]?.destroy();
    await expect.poll(ended).toBe(1);
    await expect(textOf(stream)).rejects.toMatchObject({ failure: 'Broken' });
  });

  it('ends quietly by close, and frees the server', async () => {
    const { connection, ended } = await rig();
    const stream = await connection.openStream(watch());
    const text = textOf(stream);
    stream.close();
    expect(await text).toBe('');
    await expect.poll(ended).toBe(1);
  });

  it('frees the server when its reader stops reading', async () => {
    const { connection, responses, ended } = await rig();
    const stream = await connection.openStream(watch());
    responses[0]?.write('x');
    for await (const chunk of stream.chunks) {
      expect(chunk.toString()).toBe('x');
      break;
    }
    await expect.poll(ended).toBe(1);
  });

  it('throws Aborted when its signal says so, or when the connection is closed', async () => {
    const { connection } = await rig();
    const controller = new AbortController();
    const first = textOf(await connection.openStream(watch({ signal: controller.signal })));
    const second = textOf(await connection.openStream(watch()));
    controller.abort();
    await expect(first).rejects.toMatchObject({ failure: 'Aborted' });
    connection.close();
    await expect(second).rejects.toMatchObject({ failure: 'Aborted' });
  });

  it('gives an error status with its body', async () => {
    const { connection } = await rig();
    const stream = await connection.openStream(watch({ path: '/gone' }));
    expect(stream.status).toBe(410);
    expect(await textOf(stream)).toBe('{"code":410}');
  });

  it('times out while there is no head', async () => {
    const { connection } = await rig();
    const opening = connection.openStream(watch({ path: '/silent', timeoutMs: 300 }));
    await expect(opening).rejects.toMatchObject({ failure: 'Timeout', sent: true });
  });

  it('leaves the sockets of requests alone, and gives its own place back', async () => {
    const { connection } = await rig({ requestSocketsMax: 1, callsMax: 3 });
    const streams = [await connection.openStream(watch()), await connection.openStream(watch())];
    expect((await connection.request(watch({ path: '/version' }))).status).toBe(200);
    for (const stream of streams) {
      stream.close();
      await textOf(stream);
    }
    for (let count = 0; count < 4; count += 1) {
      const stream = await connection.openStream(watch());
      stream.close();
      await textOf(stream);
    }
  });
});
