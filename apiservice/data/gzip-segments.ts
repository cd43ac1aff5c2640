import { setImmediate as turn } from 'node:timers/promises';
import type { StoredObject } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import type { Deflated } from './deflated.ts';
import { deflate, gzipOf } from './deflated.ts';
import { encodeItem, finishItem, itemFreshMs } from './encode.ts';
import type { LongList } from './list-texts.ts';
import type { Segment } from './segments.ts';
import { createSegmentCache } from './segments.ts';
import type { View } from './view.ts';

/** Text compressed in one go; a segment of large objects becomes several pieces. */
const PIECE_TEXT_BYTES = 256 * 1024;

/** Compressed between two turns of the event loop: some milliseconds of work. */
const TEXT_BYTES_PER_TURN = 1024 * 1024;

/** A list as bytes of objects that everybody shares, and the text around them. */
export interface SharedList {
  readonly view: View;
  readonly items: readonly StoredObject[];
  readonly text: { readonly open: string; readonly separator: string; readonly close: string };
  /** Where its parts are kept as texts. */
  readonly long?: LongList | undefined;
}

/**
 * Compresses lists. Their segments are compressed apart and kept for the next reader, so that after a change only the
 * segment that it is in is compressed anew.
 */
export interface GzipSegments {
  readonly compress: (list: SharedList) => Promise<readonly Buffer[]>;
}

/** What is kept is bounded by `gzipCacheBytesMax`. */
export function createGzipSegments(
  deps: Pick<DataDeps, 'cache' | 'clock'> & { readonly limits: Pick<DataDeps['limits'], 'gzipCacheBytesMax'> },
): GzipSegments {
  const cache = createSegmentCache<readonly Deflated[]>(deps.limits.gzipCacheBytesMax);

  const make = (segment: Segment, separator: Buffer, long: LongList | undefined): readonly Deflated[] => {
    const madeMs = deps.clock();
    const text = long?.read(segment);
    const { texts, freshMs } =
      text === undefined
        ? textsOf(deps, segment, { separator, nowMs: madeMs })
        : { texts: [text.bytes], freshMs: text.freshMs };
    const value = texts.map(deflate);
    const bytes = value.reduce((sum, piece) => sum + piece.bytes.length, 0);
    cache.keep(segment, { value, bytes, madeMs, freshMs });
    return value;
  };

  return {
    compress: async ({ view, items, text, long }) => {
      const separator = Buffer.from(text.separator);
      const between = deflate(separator);
      const pieces = [deflate(Buffer.from(text.open))];
      let madeBytes = 0;
      for (const segment of long?.segments ?? cache.cut(view, items)) {
        if (pieces.length > 1) pieces.push(between);
        const found = cache.find(segment, deps.clock());
        const parts = found ?? make(segment, separator, long);
        pieces.push(...parts);
        if (found !== undefined) continue;
        madeBytes += parts.reduce((sum, { textBytes }) => sum + textBytes, 0);
        if (madeBytes < TEXT_BYTES_PER_TURN) continue;
        madeBytes = 0;
        await turn();
      }
      return gzipOf([...pieces, deflate(Buffer.from(text.close))]);
    },
  };
}

/** The text of a segment in pieces, and until when it holds. */
function textsOf(
  { cache }: Pick<DataDeps, 'cache'>,
  { view, items }: Segment,
  { separator, nowMs }: { readonly separator: Buffer; readonly nowMs: number },
): { readonly texts: readonly Buffer[]; readonly freshMs: number } {
  const texts: Buffer[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  let freshMs = Infinity;
  for (const [index, item] of items.entries()) {
    const body = cache.encode(item, view.key, () => encodeItem(view, item));
    freshMs = Math.min(freshMs, itemFreshMs(view, body, nowMs));
    if (index > 0) parts.push(separator);
    parts.push(finishItem(view, body, nowMs));
    bytes += body.length;
    if (bytes < PIECE_TEXT_BYTES) continue;
    texts.push(Buffer.concat(parts));
    parts = [];
    bytes = 0;
  }
  return { texts: parts.length === 0 ? texts : [...texts, Buffer.concat(parts)], freshMs };
}
