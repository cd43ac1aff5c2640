import { setImmediate as turn } from 'node:timers/promises';
import type { DataDeps } from './deps.ts';
import { encodeItem, finishItem } from './encode.ts';
import type { SharedList } from './gzip-segments.ts';
import type { ListBody } from './list-body.ts';
import type { LongList } from './list-texts.ts';
import type { Segment } from './segments.ts';

/** Objects encoded between two turns of the event loop: some milliseconds of work. */
const ENCODED_PER_TURN = 64;

/** What a segment adds to a body. */
interface Parts {
  readonly pieces: readonly Buffer[];
  readonly encodedObjects: number;
  /** The pieces are shared with the caches: to hold them costs no memory of its own. */
  readonly isShared: boolean;
}

/** The body of a list that is kept in parts; what is not there yet is made here, without holding up others. */
export async function createLongBody(
  deps: DataDeps,
  { text }: SharedList,
  { segments, read }: LongList,
): Promise<ListBody> {
  const separator = Buffer.from(text.separator);
  const partsOf = (segment: Segment): Parts => {
    const found = read(segment);
    if (found === undefined) return singleBodies(deps, segment, separator);
    return { pieces: [found.bytes], encodedObjects: found.encodedObjects, isShared: true };
  };
  const aroundBytes = Buffer.byteLength(text.open) + Buffer.byteLength(text.close);
  let bytes = aroundBytes + separator.length * (segments.length - 1);
  let held: (readonly Buffer[])[] | undefined = [];
  let encodedObjects = 0;
  for (const segment of segments) {
    const parts = partsOf(segment);
    bytes += parts.pieces.reduce((sum, { length }) => sum + length, 0);
    held?.push(parts.pieces);
    if (!parts.isShared || bytes > deps.limits.listHeldBytesMax) held = undefined;
    encodedObjects += parts.encodedObjects;
    if (encodedObjects < ENCODED_PER_TURN) continue;
    encodedObjects = 0;
    await turn();
  }
  return {
    estimatedBytes: bytes,
    lengthBytes: held === undefined ? undefined : bytes,
    pieces: function* () {
      yield Buffer.from(text.open);
      for (const [index, segment] of segments.entries()) {
        if (index > 0) yield separator;
        yield* held?.[index] ?? partsOf(segment).pieces;
      }
      yield Buffer.from(text.close);
    },
  };
}

/** Objects that are too large to be joined. */
function singleBodies(deps: DataDeps, { view, items }: Segment, separator: Buffer): Parts {
  const nowMs = deps.clock();
  let encodedObjects = 0;
  const pieces = items.flatMap((item, index) => {
    const body = deps.cache.encode(item, view.key, () => {
      encodedObjects += 1;
      return encodeItem(view, item);
    });
    const finished = finishItem(view, body, nowMs);
    return index > 0 ? [separator, finished] : [finished];
  });
  return { pieces, encodedObjects, isShared: view.form.type !== 'table' };
}
