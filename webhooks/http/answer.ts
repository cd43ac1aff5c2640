import type { ServerResponse } from 'node:http';
import type { ApiStatus } from '../../src/kube/api-status.ts';

const JSON_TYPE = 'application/json';

/** True when there is nobody to answer any more: answered, timed out or gone. */
export function isOver(response: ServerResponse): boolean {
  return response.headersSent || response.writableEnded || response.destroyed;
}

export function sendJson(response: ServerResponse, code: number, text: string): void {
  begin(response, code, Buffer.byteLength(text));
  response.end(text);
}

export interface Pieces {
  readonly pieces: Iterable<Buffer>;
  /** Of all pieces together. */
  readonly bytes: number;
}

/** Sends a good answer as fast as the caller takes it. */
export async function sendPieces(response: ServerResponse, { pieces, bytes }: Pieces): Promise<void> {
  begin(response, 200, bytes);
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (piece.length === bytes) {
      response.end(piece);
      return;
    }
    if (!response.write(piece)) await drained(response);
  }
  response.end();
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
  sendJson(response, status.code, JSON.stringify(status));
}
