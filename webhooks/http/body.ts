import type { IncomingMessage } from 'node:http';
import { badRequest, requestEntityTooLarge, tooManyRequests, unsupportedMediaType } from '../../src/kube/api-errors.ts';
import { OVERLOAD_RETRY_SECONDS } from '../limits.ts';
import type { ByteBudget } from './byte-budget.ts';

export interface Body {
  readonly bytes: Buffer;
  /** Gives the bytes back to the budget; to be called when nothing refers to them any more. */
  readonly release: () => void;
}

export interface BodyBounds {
  readonly bytesMax: number;
  readonly budget: ByteBudget;
}

const JSON_TYPE = 'application/json';
/** A body of unknown length begins with so much room, which is doubled whenever it is full. */
const FIRST_ROOM_BYTES = 64 * 1024;

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
export async function readBody(message: IncomingMessage, { bytesMax, budget }: BodyBounds): Promise<Body> {
  const declared = declaredBytes(message);
  if (declared !== undefined && declared > bytesMax) throw requestEntityTooLarge(bytesMax);
  const room = createRoom(budget, declared ?? FIRST_ROOM_BYTES);
  try {
    await receive(message, (chunk) => {
      if (room.length() + chunk.length > bytesMax) throw requestEntityTooLarge(bytesMax);
      room.add(chunk);
    });
    return { bytes: room.bytes(), release: room.release };
  } catch (error) {
    room.release();
    throw error;
  }
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

interface Room {
  readonly length: () => number;
  readonly add: (chunk: Buffer) => void;
  readonly bytes: () => Buffer;
  readonly release: () => void;
}

/** Memory for a body within the budget; throws 429 when there is none left. */
function createRoom(budget: ByteBudget, firstBytes: number): Room {
  let release = reserve(budget, firstBytes);
  let memory = Buffer.allocUnsafe(firstBytes);
  let length = 0;
  const grow = (bytesMin: number): void => {
    const bytes = Math.max(bytesMin, 2 * memory.length);
    release();
    release = reserve(budget, bytes);
    const larger = Buffer.allocUnsafe(bytes);
    memory.copy(larger, 0, 0, length);
    memory = larger;
  };
  return {
    length: () => length,
    add: (chunk) => {
      if (length + chunk.length > memory.length) grow(length + chunk.length);
      chunk.copy(memory, length);
      length += chunk.length;
    },
    bytes: () => memory.subarray(0, length),
    release: () => release(),
  };
}

function reserve(budget: ByteBudget, bytes: number): () => void {
  const release = budget.reserve(bytes);
  if (release === undefined) throw tooManyRequests('too much is being reviewed at once', OVERLOAD_RETRY_SECONDS);
  return release;
}

/** undefined: sent in chunks. */
function declaredBytes(message: IncomingMessage): number | undefined {
  if (message.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(message.headers['content-length'] ?? '0');
}
