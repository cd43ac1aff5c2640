import type { IncomingMessage } from 'node:http';
import { badRequest, requestEntityTooLarge, unsupportedMediaType } from '../../src/kube/api-errors.ts';
import type { Verb } from '../../src/resources/definition.ts';

const OBJECT_TYPES = ['application/json', 'application/yaml'] as const;
const READ_VERBS: ReadonlySet<Verb> = new Set(['get', 'list', 'watch']);
/** An unread body up to this size is skipped so that the connection can be kept; of a larger one it is closed. */
const SKIPPED_BODY_BYTES_MAX = 256 * 1024;

/** Throws 415 or 413 before a byte of a write's body is read. Patch types are the handler's own to choose from. */
export function checkBodyHeaders(message: IncomingMessage, verb: Verb, bodyBytesMax: number): void {
  if (READ_VERBS.has(verb) || !hasBody(message)) return;
  if (verb !== 'patch' && !isObjectType(message.headers['content-type'])) throw unsupportedMediaType(OBJECT_TYPES);
  if (declaredBytes(message) > bodyBytesMax) throw requestEntityTooLarge(bodyBytesMax);
}

/** The whole body of a write; rejects with 413 as soon as the bound is passed, declared or not. */
export async function readBody(message: IncomingMessage, bodyBytesMax: number): Promise<Buffer> {
  if (declaredBytes(message) > bodyBytesMax) throw requestEntityTooLarge(bodyBytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { promise, resolve, reject } = pending<Buffer>();
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) stop(requestEntityTooLarge(bodyBytesMax));
    else chunks.push(chunk);
  };
  const onEnd = (): void => {
    // Every request closes in the end, most before whoever awaits this can look away.
    message.off('close', onClose);
    resolve(Buffer.concat(chunks));
  };
  const onClose = (): void => stop(badRequest('the request body ended early'));
  const stop = (error: Error): void => {
    message.pause();
    message.off('data', onData);
    reject(error);
  };
  message.on('data', onData).once('end', onEnd).once('close', onClose).once('error', onClose);
  try {
    return await promise;
  } finally {
    message.off('end', onEnd).off('close', onClose).off('error', onClose);
  }
}

/** True if skipping the rest of this body would cost more than a new connection. */
export function hasLargeBody(message: IncomingMessage): boolean {
  return message.headers['transfer-encoding'] !== undefined || declaredBytes(message) > SKIPPED_BODY_BYTES_MAX;
}

/** No type at all means JSON. */
function isObjectType(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';', 1);
  return type.trim() === '' || OBJECT_TYPES.some((one) => one === type.trim());
}

function hasBody(message: IncomingMessage): boolean {
  return message.headers['transfer-encoding'] !== undefined || declaredBytes(message) > 0;
}

function declaredBytes(message: IncomingMessage): number {
  return Number(message.headers['content-length'] ?? '0');
}

function pending<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
