import type { ClientRequest, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describeFailure, errorCode } from './failure.ts';
import type { KubeRequest } from './types.ts';
import { ConnectionError } from './types.ts';

/** One call from its start to its end: its deadline, its abort signal, and whether anything was sent. */
export interface Call {
  readonly request: KubeRequest;
  /** Aborted with a ConnectionError as its reason. */
  readonly signal: AbortSignal;
  /** True once a request may have reached the server. */
  sent: boolean;
  readonly end: (reason: ConnectionError) => void;
  /** No deadline any more (streams after their head). */
  readonly disarm: () => void;
  /** Forgets timers and listeners. */
  readonly release: () => void;
}

export function openCall(request: KubeRequest, server: string): Call {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const text = `${server}: no answer within ${request.timeoutMs} ms`;
    call.end(new ConnectionError('Timeout', text, { sent: call.sent }));
  }, request.timeoutMs);
  const onAbort = (): void => {
    call.end(new ConnectionError('Aborted', `${server}: the call was given up`, { sent: call.sent }));
  };
  const call: Call = {
    request,
    signal: controller.signal,
    sent: false,
    end: (reason) => controller.abort(reason),
    disarm: () => clearTimeout(timer),
    release: () => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    },
  };
  if (request.signal?.aborted === true) onAbort();
  else request.signal?.addEventListener('abort', onAbort, { once: true });
  return call;
}

/** Rejects with the call's reason as soon as it ends, whatever `work` does. */
export function untilEnded<T>(call: Call, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(endReason(call));
    if (call.signal.aborted) onAbort();
    call.signal.addEventListener('abort', onAbort, { once: true });
    const settle =
      <V>(tell: (value: V) => void) =>
      (value: V): void => {
        call.signal.removeEventListener('abort', onAbort);
        tell(value);
      };
    work.then(settle(resolve), settle(reject));
  });
}

/** The ConnectionError that ended the call. */
export function endReason(call: Call): ConnectionError {
  const reason: unknown = call.signal.reason;
  return reason instanceof ConnectionError ? reason : new ConnectionError('Aborted', 'ended', { sent: call.sent });
}

/** Where a server listens, taken apart once for all calls. */
export interface ServerAddress {
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  readonly host: string;
  readonly port: string;
  /** Before every path; '' or without a slash at its end. */
  readonly pathPrefix: string;
}

export interface ExchangeTarget {
  readonly server: ServerAddress;
  readonly agent: https.Agent;
  readonly token: string | undefined;
  readonly userAgent: string;
  readonly gzip: boolean;
  readonly connectTimeoutMs: number;
}

/** Why no head came; `isStaleSocket`: a kept-alive socket had been closed by the server meanwhile. */
export interface ExchangeFailure {
  readonly error: ConnectionError;
  readonly isStaleSocket: boolean;
}

export type ExchangeResult =
  { readonly type: 'head'; readonly response: IncomingMessage } | ({ readonly type: 'failure' } & ExchangeFailure);

/** Sends one request and gives the response's head. When the call ends later, the response breaks off. */
export function exchange(target: ExchangeTarget, call: Call): Promise<ExchangeResult> {
  return new Promise((settle) => {
    const server = target.server.origin;
    const started = start(target, call);
    if (started.type === 'failure') {
      settle(started);
      return;
    }
    const { request } = started;
    const onAbort = (): void => {
      request.destroy(endReason(call));
    };
    if (call.signal.aborted) onAbort();
    call.signal.addEventListener('abort', onAbort, { once: true });
    request.on('close', () => call.signal.removeEventListener('abort', onAbort));
    watchSocket(request, { call, server, connectTimeoutMs: target.connectTimeoutMs });
    request.on('response', (response) => {
      // Without a listener, a break between the head and the first read would be lost.
      response.on('error', () => undefined);
      settle({ type: 'head', response });
    });
    request.on('error', (error) => {
      const isStaleSocket = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(error));
      const reason = call.signal.aborted ? endReason(call) : describeFailure(error, { server, sent: call.sent });
      settle({ type: 'failure', error: reason, isStaleSocket });
    });
    request.end(call.request.body);
  });
}

function start(
  target: ExchangeTarget,
  call: Call,
): { type: 'request'; request: ClientRequest } | ({ type: 'failure' } & ExchangeFailure) {
  const { origin, host, port, pathPrefix } = target.server;
  try {
    const request = https.request({
      agent: target.agent,
      host,
      port,
      method: call.request.method,
      path: `${pathPrefix}${call.request.path}${queryText(call.request.query)}`,
      headers: headersOf(target, call.request),
    });
    return { type: 'request', request };
  } catch (error) {
    // Node refuses paths and headers with illegal characters by throwing, with the value in its message.
    const text = `${origin}: the request cannot be sent (${errorCode(error)})`;
    return { type: 'failure', error: new ConnectionError('Broken', text, { sent: false }), isStaleSocket: false };
  }
}

/**
 * Marks the call as sent when the handshake is over: Node holds the request back until then. Nothing waits for Nagle's
 * algorithm, as with Go's clients: Node sets that for plain sockets of an agent, but not for those with TLS.
 */
function watchSocket(request: ClientRequest, at: { call: Call; server: string; connectTimeoutMs: number }): void {
  request.on('socket', (socket: Socket) => {
    socket.setNoDelay(true);
    // The server's Finished message ends the handshake; a kept-alive socket has had it.
    if (socket instanceof TLSSocket && socket.getPeerFinished() === undefined) {
      const timer = setTimeout(() => {
        const text = `${at.server}: no TLS connection within ${at.connectTimeoutMs} ms`;
        request.destroy(new ConnectionError('Timeout', text, { sent: false }));
      }, at.connectTimeoutMs);
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        at.call.sent = true;
      });
      socket.once('close', () => clearTimeout(timer));
    } else {
      at.call.sent = true;
    }
  });
}

function headersOf(target: ExchangeTarget, request: KubeRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { accept: 'application/json', 'user-agent': target.userAgent };
  if (target.gzip) headers['accept-encoding'] = 'gzip';
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
  }
  if (request.body !== undefined) headers['content-length'] = String(Buffer.byteLength(request.body));
  // Last, so that no caller can speak with another credential.
  delete headers['authorization'];
  if (target.token !== undefined) headers['authorization'] = `Bearer ${target.token}`;
  return headers;
}

function queryText(query: KubeRequest['query']): string {
  if (query === undefined) return '';
  const text = new URLSearchParams({ ...query }).toString();
  return text === '' ? '' : `?${text}`;
}

/** `server` is an origin, which a path prefix may follow. */
export function serverAddress(server: string): ServerAddress {
  const { origin, hostname, port, pathname } = new URL(server);
  return {
    origin,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? '443' : port,
    pathPrefix: pathname === '/' ? '' : pathname,
  };
}
