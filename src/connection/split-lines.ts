import { ConnectionError } from './types.ts';

const NEWLINE = 0x0a;

/**
 * The lines of a byte stream (watch events), without their newline and without empty lines. What stands after the
 * last newline comes as a line too. A line above `lineBytesMax` throws ConnectionError (BodyTooLarge).
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  { lineBytesMax }: { lineBytesMax: number },
): AsyncGenerator<string, void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const check = (bytes: number): void => {
    if (bytes <= lineBytesMax) return;
    throw new ConnectionError('BodyTooLarge', `a line is longer than ${lineBytesMax} bytes`, { sent: true });
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      check(pendingBytes + end - start);
      const line =
        pendingBytes === 0 ? chunk.subarray(start, end) : Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line.length > 0) yield line.toString('utf8');
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      check(pendingBytes);
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending).toString('utf8');
}
