import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { Timer } from './deps.ts';

/** Bytes are collected into writes of this size: few system calls, and little memory in flight. */
const CHUNK_BYTES = 128 * 1024;

/** A client that takes nothing for `stallMs` is disconnected. */
export interface StallGuard {
  readonly timer: Timer;
  readonly stallMs: number;
}

export interface Sending extends StallGuard {
  /** Of all pieces, where that is known. */
  readonly lengthBytes?: number | undefined;
}

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';

/** The head of every data answer. */
export function writeHead(response: ServerResponse, contentType: string, lengthBytes?: number): void {
  response.statusCode = 200;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Cache-Control', 'no-cache, private');
  if (lengthBytes !== undefined) response.setHeader('Content-Length', lengthBytes);
}

/**
 * Adds one Warning header (code 299, as kube-apiserver sends them); line breaks and controls become spaces. Go sends and
 * reads such texts as UTF-8, Node takes bytes only.
 */
export function addWarning(response: ServerResponse, text: string): void {
  const safe = text.replaceAll(/\p{Cc}/gu, ' ').replaceAll(/["\\]/g, '\\$&');
  response.appendHeader('Warning', `299 - "${Buffer.from(safe, 'utf8').toString('latin1')}"`);
}

/**
 * Sends pieces with backpressure and ends the response; at most two chunks are in flight, whatever the size of the
 * whole. Resolves when all is handed to the operating system, or when the client is gone.
 */
export async function sendPieces(response: ServerResponse, pieces: Iterable<Buffer>, sending: Sending): Promise<void> {
  const { lengthBytes = Infinity } = sending;
  if (lengthBytes <= CHUNK_BYTES) await sendAtOnce(response, pieces, { ...sending, lengthBytes });
  else await sendInChunks(response, pieces, sending);
}

/** Small bodies are many: chunks for them would be more memory than what is sent. */
async function sendAtOnce(
  response: ServerResponse,
  pieces: Iterable<Buffer>,
  { lengthBytes, ...guard }: StallGuard & { readonly lengthBytes: number },
): Promise<void> {
  const body = Buffer.allocUnsafe(lengthBytes);
  let used = 0;
  for (const piece of pieces) used += piece.copy(body, used);
  await settled(response, guard, (done) => response.end(body, done));
}

async function sendInChunks(response: ServerResponse, pieces: Iterable<Buffer>, guard: StallGuard): Promise<void> {
  const chunks = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  let [chunk, spare] = chunks;
  let used = 0;
  let previous: Promise<boolean> = Promise.resolve(true);
  for (const piece of pieces) {
    let offset = 0;
    while (offset < piece.length && chunk !== undefined) {
      const copied = piece.copy(chunk, used, offset);
      used += copied;
      offset += copied;
      if (used < CHUNK_BYTES) continue;
      const current = write(response, chunk, guard);
      // The other chunk is free again once its own write is through.
      if (!(await previous)) return;
      previous = current;
      // A fast client would otherwise keep all others waiting until the last byte.
      await turn();
      [chunk, spare] = [spare, chunk];
      used = 0;
    }
  }
  if (chunk !== undefined && used > 0) void write(response, chunk.subarray(0, used), guard);
  await previous;
  await end(response, guard);
}

/** False when the client is gone or took too long. */
function write(response: ServerResponse, bytes: Buffer, guard: StallGuard): Promise<boolean> {
  return settled(response, guard, (done) => response.write(bytes, done));
}

async function end(response: ServerResponse, guard: StallGuard): Promise<void> {
  await settled(response, guard, (done) => response.end(done));
}

function settled(
  response: ServerResponse,
  guard: StallGuard,
  act: (done: (error?: Error | null) => void) => unknown,
): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const finish = (ok: boolean): void => {
      cancel();
      response.off('close', onClose);
      resolve(ok);
    };
    const onClose = (): void => finish(false);
    const cancel = guard.timer(() => response.destroy(), guard.stallMs);
    response.on('close', onClose);
    act((error) => finish(error === undefined || error === null));
  });
}
