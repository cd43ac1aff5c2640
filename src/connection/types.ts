import type { IncomingHttpHeaders } from 'node:http';

/** One call to a kube-apiserver. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path, already percent-encoded; no query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Several values are sent as several header lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as application/json unless headers say otherwise. */
  readonly body?: string;
  /** From sending to the last byte (request) or to the response head (openStream). */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** A longer body rejects with BodyTooLarge; default 64 MiB. */
  readonly bodyBytesMax?: number;
}

export interface KubeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A response whose body is read as it comes (watches). */
export interface KubeStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Chunks as received; ends cleanly, or throws ConnectionError when the connection breaks. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends the stream at once. */
  close(): void;
}

/** Kept-alive HTTPS to one kube-apiserver with its credentials; follows no redirects, never falls back to insecure TLS. */
export interface KubeConnection {
  /** Scheme, host and port; no credentials. */
  readonly server: string;
  /** Resolves for every HTTP status; rejects with ConnectionError only. */
  request(request: KubeRequest): Promise<KubeResponse>;
  openStream(request: KubeRequest): Promise<KubeStream>;
  /** Ends all connections, open streams included. */
  close(): void;
}

/** Why a call did not get an answer; `sent` tells whether the request may have reached the server. */
export type ConnectionFailure =
  | 'Unreachable'
  | 'Timeout'
  | 'CertificateInvalid'
  | 'CertificateExpired'
  | 'CredentialsUnavailable'
  /** What says how to connect cannot be used; nothing was tried. */
  | 'RegistrationInvalid'
  | 'Aborted'
  | 'BodyTooLarge'
  | 'Broken';

export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly failure: ConnectionFailure;
  readonly sent: boolean;

  constructor(failure: ConnectionFailure, message: string, more: { sent: boolean; cause?: unknown }) {
    super(message, { cause: more.cause });
    this.failure = failure;
    this.sent = more.sent;
  }
}
