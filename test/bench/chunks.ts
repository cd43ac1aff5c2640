const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

/** Takes the bytes of one HTTP/1.1 answer with a chunked body, and gives those of the body. */
export interface ChunkReader {
  /** The pieces of the body in these bytes; they share their memory. */
  readonly read: (bytes: Buffer) => readonly Buffer[];
  /** 0 before the head was read. */
  readonly status: () => number;
}

export function createChunkReader(): ChunkReader {
  let status = 0;
  /** Of the body of the current chunk and the line break behind it. */
  let bodyLeft = 0;
  let breakLeft = 0;
  let kept: Buffer = Buffer.alloc(0);
  return {
    status: () => status,
    read: (bytes) => {
      const all = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      const pieces: Buffer[] = [];
      let at = 0;
      kept = Buffer.alloc(0);
      while (at < all.length) {
        if (bodyLeft > 0) {
          const piece = all.subarray(at, at + bodyLeft);
          pieces.push(piece);
          bodyLeft -= piece.length;
          at += piece.length;
        } else if (breakLeft > 0) {
          const skipped = Math.min(breakLeft, all.length - at);
          breakLeft -= skipped;
          at += skipped;
        } else {
          const end = all.indexOf(status === 0 ? HEAD_END : CRLF, at);
          if (end < 0) {
            kept = Buffer.from(all.subarray(at));
            break;
          }
          if (status === 0) {
            status = Number(all.toString('latin1', at, at + 12).slice(-3));
            at = end + HEAD_END.length;
          } else {
            bodyLeft = Number.parseInt(all.toString('latin1', at, end), 16);
            breakLeft = CRLF.length;
            at = end + CRLF.length;
          }
        }
      }
      return pieces;
    },
  };
}
