import { createHash } from 'node:crypto';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';

const MAGIC = Buffer.from('csr1', 'latin1');
const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;

/** What `frame` adds to a value. */
export const FRAME_BYTES = MAGIC.length + LENGTH_BYTES + DIGEST_BYTES;

/** Puts length and SHA-256 before a value, so that a cut or changed one is told from a whole one. */
export function frame(value: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(value.length);
  return Buffer.concat([MAGIC, length, digestOf(value), value]);
}

/** The value in a frame, or a sentence that says why these bytes are not one whole frame. */
export function unframe(bytes: Uint8Array): Outcome<Buffer, string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < FRAME_BYTES) return failed(`cut after ${buffer.length} bytes`);
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) return failed('does not begin like a record');
  const value = buffer.subarray(FRAME_BYTES);
  const length = buffer.readUInt32BE(MAGIC.length);
  if (value.length !== length) return failed(`holds ${value.length} of ${length} bytes`);
  const digest = buffer.subarray(MAGIC.length + LENGTH_BYTES, FRAME_BYTES);
  return digest.equals(digestOf(value)) ? succeeded(value) : failed('checksum does not match');
}

function digestOf(value: Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}
