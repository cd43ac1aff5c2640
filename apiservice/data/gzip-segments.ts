import type { ObjectKey } from '../../src/kube/object.ts';
import { keyString } from '../../src/kube/object.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import type { Deflated } from './deflated.ts';
import { deflate, gzipOf } from './deflated.ts';
import { encodeItem, finishItem, itemFreshMs } from './encode.ts';
import type { View } from './view.ts';

/** Objects per segment: on average, and at most. Some ten kilobytes compress nearly as well as the whole. */
const SEGMENT_OBJECTS_MEAN = 64;
const SEGMENT_OBJECTS_MAX = 256;
/** What a kept segment costs beside its bytes. */
const SEGMENT_BYTES = 512;

/** A list as bytes of objects that everybody shares, and the text around them. */
export interface SharedList {
  readonly view: View;
  readonly items: readonly StoredObject[];
  readonly text: { readonly open: string; readonly separator: string; readonly close: string };
}

/**
 * Compresses lists. Segments of a list are compressed apart and kept for the next reader, so that after a change only
 * the segment that it is in is compressed anew. Segments end at objects whose keys say so: the same ones in a whole
 * list, in a page and in a namespace, and others do not move when an object comes or goes.
 */
export interface GzipSegments {
  readonly compress: (list: SharedList) => Promise<readonly Buffer[]>;
}

interface Segment {
  readonly key: string;
  readonly view: View;
  readonly items: readonly StoredObject[];
}

interface Kept {
  /** Revisions are unique: these stand for the objects, without keeping them alive. */
  readonly revisions: readonly number[];
  readonly deflated: Deflated | Promise<Deflated>;
  /** Ages in rows of tables hold only for a time. */
  readonly madeMs: number;
  readonly freshMs: number;
  bytes: number;
}

/** Least recently used segments go first, bounded in bytes by `gzipCacheBytesMax`. */
export function createGzipSegments(
  deps: Pick<DataDeps, 'cache' | 'clock'> & { readonly limits: Pick<DataDeps['limits'], 'gzipCacheBytesMax'> },
): GzipSegments {
  const kept = new Map<string, Kept>();
  let bytes = 0;

  const drop = (key: string, entry: Kept): void => {
    if (kept.get(key) !== entry) return;
    kept.delete(key);
    bytes -= entry.bytes;
  };

  const keep = (key: string, entry: Kept): void => {
    const before = kept.get(key);
    if (before !== undefined) drop(key, before);
    kept.set(key, entry);
    bytes += entry.bytes;
    for (const [oldest, dropped] of kept) {
      if (bytes <= deps.limits.gzipCacheBytesMax) break;
      drop(oldest, dropped);
    }
  };

  /** While it is being made, others who want the same wait for it. */
  const make = (segment: Segment, nowMs: number): Promise<Deflated> => {
    const { text, freshMs } = textOf(deps, segment, nowMs);
    const made = deflate(text);
    const revisions = segment.items.map(({ revision }) => revision);
    const pending: Kept = { revisions, deflated: made, madeMs: nowMs, freshMs, bytes: text.length };
    keep(segment.key, pending);
    return made.then(
      (deflated) => {
        if (kept.get(segment.key) === pending) {
          keep(segment.key, { ...pending, deflated, bytes: deflated.bytes.length + SEGMENT_BYTES });
        }
        return deflated;
      },
      (error: unknown) => {
        drop(segment.key, pending);
        throw error;
      },
    );
  };

  const find = (segment: Segment, nowMs: number): Kept['deflated'] | undefined => {
    const entry = kept.get(segment.key);
    if (entry === undefined || !isCurrent(entry, segment, nowMs)) return undefined;
    kept.delete(segment.key);
    kept.set(segment.key, entry);
    return entry.deflated;
  };

  return {
    compress: async ({ view, items, text }) => {
      const nowMs = deps.clock();
      const separator = await deflate(Buffer.from(text.separator));
      const pieces = [await deflate(Buffer.from(text.open))];
      for (const segment of cut(view, items)) {
        if (pieces.length > 1) pieces.push(separator);
        const found = find(segment, nowMs) ?? make(segment, nowMs);
        // Without waiting for nothing some hundred times.
        pieces.push(found instanceof Promise ? await found : found);
      }
      return gzipOf([...pieces, await deflate(Buffer.from(text.close))]);
    },
  };
}

function isCurrent({ revisions, madeMs, freshMs }: Kept, { items }: Segment, nowMs: number): boolean {
  if (revisions.length !== items.length || nowMs < madeMs || nowMs >= freshMs) return false;
  return items.every(({ revision }, index) => revision === revisions[index]);
}

function textOf(
  { cache }: Pick<DataDeps, 'cache'>,
  { view, items }: Segment,
  nowMs: number,
): { readonly text: Buffer; readonly freshMs: number } {
  const parts: Buffer[] = [];
  let freshMs = Infinity;
  for (const item of items) {
    const bytes = cache.encode(item, view.key, () => encodeItem(view, item));
    freshMs = Math.min(freshMs, itemFreshMs(view, bytes, nowMs));
    if (parts.length > 0) parts.push(SEPARATOR);
    parts.push(finishItem(view, bytes, nowMs));
  }
  return { text: Buffer.concat(parts), freshMs };
}

const SEPARATOR = Buffer.from(',');

function* cut(view: View, items: readonly StoredObject[]): Generator<Segment> {
  let from = 0;
  for (const [index, { key }] of items.entries()) {
    const isLast = index === items.length - 1;
    if (!isLast && index - from + 1 < SEGMENT_OBJECTS_MAX && !endsSegment(key)) continue;
    const part = items.slice(from, index + 1);
    yield { key: `${view.key} ${keyString(items[from]?.key ?? key)} ${keyString(key)}`, view, items: part };
    from = index + 1;
  }
}

/** Says yes for one of `SEGMENT_OBJECTS_MEAN` names, always for the same ones. */
function endsSegment({ name }: ObjectKey): boolean {
  let hash = 0;
  for (let index = 0; index < name.length; index += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) | 0;
  // The low bits of such a sum are no more than those of the last characters.
  return ((Math.imul(hash, 0x9e3779b1) >>> 16) & 0xffff) % SEGMENT_OBJECTS_MEAN === 0;
}
