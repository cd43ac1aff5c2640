import type { ServerResponse } from 'node:http';
import type { ApiStatus } from '../../src/kube/api-status.ts';

const JSON_TYPE = 'application/json';

/** True when there is nobody to answer any more: answered, timed out or gone. */
export function isOver(response: ServerResponse): boolean {
  return response.headersSent || response.writableEnded || response.destroyed;
}

/** Begins an answer of JSON whose bytes are written by the caller. */
export function beginJson(response: ServerResponse, code: number, bytes: number): void {
  response.writeHead(code, { 'Content-Type': JSON_TYPE, 'Content-Length': bytes });
}

export function sendJson(response: ServerResponse, code: number, text: string): void {
  beginJson(response, code, Buffer.byteLength(text));
  response.end(text);
}

/** Sends a Status, of which kube-apiserver shows the message beside the name of the webhook. */
export function sendStatus(response: ServerResponse, status: ApiStatus): void {
  const retryAfterSeconds = status.details?.retryAfterSeconds ?? 0;
  if (retryAfterSeconds > 0) response.setHeader('Retry-After', String(retryAfterSeconds));
  sendJson(response, status.code, JSON.stringify(status));
}
