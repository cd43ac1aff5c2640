import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as httpRequest } from 'node:http';

import type { KubeConnection, KubeRequest } from '../../src/connection/types.ts';
import { ConnectionError } from '../../src/connection/types.ts';

const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** A KubeConnection over plain HTTP, for servers in this process. `port` is asked anew for each call. */
export function createPlainConnection(port: () => number): KubeConnection {
  const agent = new Agent({ keepAlive: true });
  const streams = new Set<IncomingMessage>();
  const open = (request: KubeRequest) => send({ agent, port: port() }, request);
  return {
    server: 'http://127.0.0.1',
    request: async (request) => {
      const response = await open(request);
      return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response, request) };
    },
    openStream: async (request) => {
      const response = await open(request);
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        chunks: chunksOf(response),
        close: () => response.destroy(),
      };
    },
    close: () => {
      for (const stream of streams) stream.destroy();
      agent.destroy();
    },
  };
}

function send(to: { agent: Agent; port: number }, request: KubeRequest): Promise<IncomingMessage> {
  const query = new URLSearchParams(request.query).toString();
  const options: RequestOptions = {
    host: '127.0.0.1',
    port: to.port,
    agent: to.agent,
    method: request.method,
    path: query === '' ? request.path : `${request.path}?${query}`,
    headers: { ...request.headers, ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(options, resolve);
    outgoing.setTimeout(request.timeoutMs);
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(toConnectionError(error)));
    outgoing.end(request.body);
  });
}

async function readAll(response: IncomingMessage, request: KubeRequest): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(response)) {
    bytes += chunk.length;
    if (bytes > (request.bodyBytesMax ?? BODY_BYTES_MAX)) {
      throw new ConnectionError('BodyTooLarge', 'the body is too large', { sent: true });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    throw toConnectionError(error as NodeJS.ErrnoException);
  }
}

function toConnectionError(error: NodeJS.ErrnoException): ConnectionError {
  if (error.name === 'AbortError') return new ConnectionError('Aborted', 'aborted', { sent: true, cause: error });
  if (error.code === 'ECONNREFUSED') {
    return new ConnectionError('Unreachable', 'connection refused', { sent: false, cause: error });
  }
  return new ConnectionError('Broken', error.message, { sent: true, cause: error });
}
