import type { ServerResponse } from 'node:http';
import type { ApiStatus } from '../../src/kube/api-status.ts';

const JSON_TYPE = 'application/json';

/** True when there is nobody to answer any more: answered, timed out or gone. */
export function isOver(response: ServerResponse): boolean {
  return response.headersSent || response.writableEnded || response.destroyed;
}

/** A longer answer is not written at once. */
const AT_ONCE_BYTES_MAX = 8 * 1024;

/** Resolves when the caller took it, or left. */
export async function sendJson(response: ServerResponse, code: number, text: string): Promise<void> {
  const body = Buffer.from(text);
  const bytes = body.length - 1;
  if (bytes < AT_ONCE_BYTES_MAX) {
    begin(response, code, body.length);
    response.end(body);
    return;
  }
  await sendPieces(response, { code, pieces: [body.subarray(0, bytes)], bytes, tail: body.subarray(bytes) });
}

export interface Pieces {
  readonly code?: number;
  readonly pieces: Iterable<Buffer>;
  /** Of all pieces together. */
  readonly bytes: number;
  /** A few bytes that end the answer. */
  readonly tail: Buffer;
}

/**
 * Sends pieces as fast as the caller takes them, and the tail when everything else was taken. Node stops to read a
 * connection on which a request begins while the answer before it still waits to be written; over TLS it then takes
 * the rest of that request's body for a fault (HPE_PAUSED). No caller begins its next request before it has the tail.
 */
export async function sendPieces(response: ServerResponse, { code = 200, pieces, bytes, tail }: Pieces): Promise<void> {
  begin(response, code, bytes + tail.length);
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end(tail);
}

function begin(response: ServerResponse, code: number, bytes: number): void {
  response.writeHead(code, { 'Content-Type': JSON_TYPE, 'Content-Length': bytes });
}

/** The caller took what was written, or left. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}

/** Sends a Status, of which kube-apiserver shows the message beside the name of the webhook. */
export function sendStatus(response: ServerResponse, status: ApiStatus): void {
  const retryAfterSeconds = status.details?.retryAfterSeconds ?? 0;
  if (retryAfterSeconds > 0) response.setHeader('Retry-After', String(retryAfterSeconds));
  void sendJson(response, status.code, JSON.stringify(status));
}
