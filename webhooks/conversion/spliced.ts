import type { Edit } from './edits.ts';
import type { Span } from './review-scan.ts';

/** Small writes cost more than the copy that makes large ones of them. */
const PIECE_BYTES = 256 * 1024;

/** How many bytes a part of the body has once it is edited. */
export function editedBytes({ start, end }: Span, edits: readonly Edit[]): number {
  return edits.reduce((bytes, edit) => bytes + edit.text.length - (edit.end - edit.start), end - start);
}

/** The edited part of the body, bit by bit; edits are in order and do not overlap. */
export function* editedParts(body: Buffer, { start, end }: Span, edits: readonly Edit[]): Generator<Buffer, void> {
  let at = start;
  for (const edit of edits) {
    yield body.subarray(at, edit.start);
    yield edit.text;
    at = edit.end;
  }
  yield body.subarray(at, end);
}

/** The same bytes in few pieces, each made when it is wanted; `bytes` is their sum. */
export function* inPieces(parts: Iterable<Buffer>, bytes: number): Generator<Buffer, void> {
  let left = bytes;
  let piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, left));
  let length = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const taken = part.copy(piece, length, at);
      at += taken;
      length += taken;
      if (length < piece.length) continue;
      yield piece;
      left -= length;
      piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, left));
      length = 0;
    }
  }
}
