import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Listener } from './lifetime.ts';
import type { ListenerLimits } from './limits.ts';

/** What the listener shows and which client certificates it asks for. */
export interface TlsMaterial {
  /** PEM: our certificate followed by its chain, and its key. */
  readonly cert: string;
  readonly key: string;
  /**
   * PEM bundles whose names are sent to clients, which present a certificate only if its issuer is named. They decide
   * nothing here: identity is checked per request. [] asks for any certificate.
   */
  readonly clientCas: readonly string[];
}

export interface HttpsServer extends Listener {
  /** Resolves with the port that was taken; rejects when the address cannot be had. */
  readonly listen: (address: string, port: number) => Promise<number>;
  /** New connections get the new material, established ones keep theirs. Throws, and changes nothing, if it is no good. */
  readonly replaceMaterial: (material: TlsMaterial) => void;
}

export interface HttpsServerDeps {
  readonly handle: RequestListener;
  readonly material: TlsMaterial;
  readonly limits: ListenerLimits;
  /** A connection that came to nothing: a TLS fault, or the process could not accept it (no file descriptors left). */
  readonly onHandshakeFailed: (error: Error) => void;
}

/** How long a refused connection may stay to read its answer. */
const LINGER_MS = 1000;
/** How often Node looks for connections whose time is up. */
const CHECK_INTERVAL_MS = 5000;

/** What the HTTP parser refuses, with the answer for it. */
const PARSER_ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * HTTP/1.1 over TLS 1.2 or later. HTTP/2 is not offered: Express cannot answer it, and it pins a client's requests to
 * one connection. Client certificates are asked for and never required.
 */
export function createHttpsServer({ handle, material, limits, onHandshakeFailed }: HttpsServerDeps): HttpsServer {
  const exchanges = new WeakMap<Socket, Exchange>();
  const server = createServer(
    {
      ...contextOf(material),
      ALPNProtocols: ['http/1.1'],
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, limits.headersTimeoutMs),
      requestTimeout: limits.receiveTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: limits.tcpKeepAliveMs,
    },
    (message, response) => {
      exchanges.set(message.socket, { message, response, before: exchanges.get(message.socket)?.response });
      handle(message, response);
    },
  );
  // A header block is bounded in bytes; Node's further bound on their number would drop headers without a word.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connectionsMax;
  // Watches are silent for minutes.
  server.timeout = 0;
  // After the listener by which Node makes it an HTTP connection.
  server.on('secureConnection', readThroughStream);
  server.on('tlsClientError', onHandshakeFailed);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    refuseUnparsed(error, socket, exchanges.get(socket)),
  );
  return {
    listen: (address, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          server.off('error', reject);
          // Unheard, a connection that cannot be accepted would end the process.
          server.on('error', onHandshakeFailed);
          const bound = server.address();
          resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
        });
      }),
    replaceMaterial: (next) => server.setSecureContext(contextOf(next)),
    stopAccepting: () => {
      server.close();
      server.closeIdleConnections();
    },
    closeAll: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface ContextOptions {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string[];
  readonly minVersion: 'TLSv1.2';
}

function contextOf({ cert, key, clientCas }: TlsMaterial): ContextOptions {
  const ca = clientCas.filter((pem) => pem !== '');
  return { key, cert, ...(ca.length === 0 ? {} : { ca }), minVersion: 'TLSv1.2' };
}

/**
 * Node stops a connection on which a request begins while the answer before it still waits to be written. Its parser
 * reads beneath the stream as long as nobody else listens to the bytes, and there TLS goes on to deliver what is
 * decrypted already: a parser that was stopped takes that for a fault (HPE_PAUSED). With a listener for data it is fed by
 * the stream, which keeps what comes while it is paused.
 */
function readThroughStream(socket: Socket): void {
  socket.on('data', ignore);
}

function ignore(): void {
  // The parser has its own listener.
}

/** The newest request of a connection. */
interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** The answer before it; answers leave in the order of their requests. */
  readonly before: ServerResponse | undefined;
}

/**
 * Whether what is written to the connection now would be taken for an answer, or a part of one, that is still to come:
 * unless it is the answer to a request that is just arriving.
 */
function isOwing(newest: Exchange | undefined): boolean {
  if (newest === undefined) return false;
  const { message, response, before } = newest;
  if (before?.writableFinished === false) return true;
  return !response.writableEnded && (response.headersSent || message.complete);
}

/** A connection that asked nothing, or is gone, gets no answer: a client would take it for one to its next request. */
function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket, newest: Exchange | undefined): void {
  // Whatever arrives behind the first fault is another fault.
  if (socket.writableEnded) return;
  const isSilent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
  if (!socket.writable || error.code === 'ECONNRESET' || isSilent || isOwing(newest)) {
    socket.destroy();
    return;
  }
  const answer = PARSER_ANSWERS[error.code ?? ''] ?? '400 Bad Request';
  const head = `HTTP/1.1 ${answer}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n`;
  socket.end(`${head}Content-Length: ${answer.length}\r\n\r\n${answer}`);
  // Closing at once would reset the connection while the client is still sending, and it would never see the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
