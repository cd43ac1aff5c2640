import type { IncomingMessage } from 'node:http';
import { badRequest, requestEntityTooLarge, unsupportedMediaType } from '../../src/kube/api-errors.ts';
import type { BudgetShare } from './budget.ts';
import { reserve } from './reservation.ts';

export interface BodyBounds {
  readonly bytesMax: number;
  /** Grows with what arrives; whoever opened it gives it back. */
  readonly share: BudgetShare;
}

const JSON_TYPE = 'application/json';
/**
 * The room for a body is made so many times larger than what has come, but never larger than what was declared. So nobody
 * gets much memory for saying that much will come, and of a large body no more than about an eighth is ever copied.
 */
const ROOM_GROWTH = 8;

/** Throws 415 for anything but JSON in UTF-8, which is what kube-apiserver sends. */
export function checkContentType(message: IncomingMessage): void {
  const given = message.headers['content-type'] ?? '';
  if (given === JSON_TYPE) return;
  const [type = '', ...parameters] = given.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (type.trim() !== JSON_TYPE || !isUtf8) throw unsupportedMediaType([JSON_TYPE]);
}

/**
 * The whole body in one piece of memory. Rejects with 413 as soon as the bound is passed, declared or not, with 429 when
 * all bodies together leave no room for it, and with 400 when it ends early.
 */
export async function readBody(message: IncomingMessage, { bytesMax, share }: BodyBounds): Promise<Buffer> {
  const declared = declaredBytes(message);
  if (declared !== undefined && declared > bytesMax) throw requestEntityTooLarge(bytesMax);
  const room = createRoom(declared ?? bytesMax);
  await receive(message, (chunk) => {
    if (room.length() + chunk.length > bytesMax) throw requestEntityTooLarge(bytesMax);
    reserve(share, chunk.length);
    room.add(chunk);
  });
  return room.bytes();
}

function receive(message: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: unknown): void => {
      message.off('data', onData).off('end', onEnd).off('close', onClose);
      // What is still to come is taken and dropped, else the caller might never look for the answer.
      message.resume();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        stop(error);
      }
    };
    const onEnd = (): void => {
      message.off('close', onClose);
      resolve();
    };
    const onClose = (): void => stop(badRequest('the request body ended early'));
    message.on('data', onData).once('end', onEnd).once('close', onClose);
  });
}

const NO_BYTES = Buffer.alloc(0);

interface Room {
  readonly length: () => number;
  readonly add: (chunk: Buffer) => void;
  readonly bytes: () => Buffer;
}

/** Memory that grows with what is put in, up to `bytesMax`. */
function createRoom(bytesMax: number): Room {
  let memory: Buffer = NO_BYTES;
  let length = 0;
  const grow = (bytesMin: number): void => {
    const larger = Buffer.allocUnsafe(Math.min(bytesMax, ROOM_GROWTH * bytesMin));
    memory.copy(larger, 0, 0, length);
    memory = larger;
  };
  return {
    length: () => length,
    add: (chunk) => {
      // A small body comes in one chunk, which nobody else uses.
      if (length === 0 && chunk.length === bytesMax) {
        memory = chunk;
        length = bytesMax;
        return;
      }
      if (length + chunk.length > memory.length) grow(length + chunk.length);
      chunk.copy(memory, length);
      length += chunk.length;
    },
    bytes: () => memory.subarray(0, length),
  };
}

/** undefined: sent in chunks. */
function declaredBytes(message: IncomingMessage): number | undefined {
  if (message.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(message.headers['content-length'] ?? '0');
}
