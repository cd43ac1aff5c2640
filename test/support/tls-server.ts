import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TestPair } from './tls-material.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Common name of the client certificate, unverified. */
  readonly clientName: string | undefined;
}

export interface TestServer {
  readonly port: number;
  readonly url: string;
  readonly seen: SeenRequest[];
  /** TCP connections so far. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export type TestHandler = (seen: SeenRequest, response: ServerResponse, request: IncomingMessage) => void;

/** An HTTPS server on a loopback port that remembers what it was asked. */
export async function startTlsServer(
  pair: TestPair,
  handler: TestHandler,
  options: https.ServerOptions = {},
): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const tls = { cert: pair.certificate, key: pair.key, requestCert: true, rejectUnauthorized: false };
  const server = https.createServer({ ...tls, ...options }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString(), clientName: clientName(request) };
      seen.push(entry);
      handler(entry, response, request);
    });
  });
  return { ...(await listen(server)), seen };
}

/** A forward proxy that only knows CONNECT; `answer` 0 lets everything through. With a pair it speaks TLS itself. */
export async function startProxy(answer = 0, pair?: TestPair): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const refuse = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(400).end();
  const server =
    pair === undefined
      ? http.createServer(refuse)
      : https.createServer(
          { cert: pair.certificate, key: pair.key, requestCert: true, rejectUnauthorized: false },
          refuse,
        );
  server.on('connect', (request: IncomingMessage, client: net.Socket) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body: '', clientName: clientName(request) });
    client.on('error', () => client.destroy());
    if (answer !== 0) {
      client.end(`HTTP/1.1 ${answer} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = net.connect(Number(new URL(`http://${url}`).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
  });
  const listening = await listen(server);
  return { ...listening, url: pair === undefined ? listening.url.replace('https:', 'http:') : listening.url, seen };
}

/** Listens on a free loopback port, and closes with all its sockets. */
export async function listen(server: net.Server): Promise<Omit<TestServer, 'seen'>> {
  let count = 0;
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { port, url: `https://127.0.0.1:${port}`, connections: () => count, close };
}

function clientName({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  // Without a client certificate the object is empty, whatever its type says.
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string } };
  return subject?.CN;
}
