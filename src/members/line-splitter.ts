import { isUtf8 } from 'node:buffer';

import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';

/** One event of a watch; objects are at most 1.5 MiB, their JSON may be longer than their stored form. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Cuts a byte stream into lines. */
export interface LineSplitter {
  /** The lines that `chunk` completes; an error when one is too long or not UTF-8: nothing after it can be trusted. */
  readonly push: (chunk: Buffer) => Outcome<readonly string[], string>;
  /** True when the stream stands in the middle of a line. */
  readonly hasRest: () => boolean;
}

export function createLineSplitter(lineBytesMax: number = LINE_BYTES_MAX): LineSplitter {
  let parts: Buffer[] = [];
  let partsBytes = 0;

  function keep(part: Buffer): void {
    if (part.length === 0) return;
    parts.push(part);
    partsBytes += part.length;
  }

  function takeLine(end: Buffer): Buffer {
    const line = parts.length === 0 ? end : Buffer.concat([...parts, end]);
    parts = [];
    partsBytes = 0;
    return line;
  }

  return {
    push: (chunk) => {
      const lines: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        if (partsBytes + end - start > lineBytesMax) return failed(`a line is longer than ${lineBytesMax} bytes`);
        const line = takeLine(chunk.subarray(start, end));
        if (!isUtf8(line)) return failed('a line is not UTF-8');
        if (line.length > 0) lines.push(line.toString('utf8'));
        start = end + 1;
      }
      keep(chunk.subarray(start));
      return partsBytes > lineBytesMax ? failed(`a line is longer than ${lineBytesMax} bytes`) : succeeded(lines);
    },
    hasRest: () => partsBytes > 0,
  };
}
