import type { ObjectKey } from '../../src/kube/object.ts';
import { keyString } from '../../src/kube/object.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { View } from './view.ts';

/** Objects per segment: on average, and at most. */
const SEGMENT_OBJECTS_MEAN = 32;
const SEGMENT_OBJECTS_MAX = 128;

/** Some neighbours in a list, in one view. */
export interface Segment {
  readonly key: string;
  readonly view: View;
  readonly items: readonly StoredObject[];
}

/**
 * Cuts a list where the objects' own keys say so: a segment is the same one in a whole list, in a page and in a
 * namespace, and the others stay as they are when an object comes or goes.
 */
function cut(view: View, items: readonly StoredObject[]): readonly Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (let index = 0; index < items.length; index += 1) {
    const key = items[index]?.key;
    if (key === undefined) break;
    const isLast = index === items.length - 1;
    if (!isLast && index - from + 1 < SEGMENT_OBJECTS_MAX && !endsSegment(key)) continue;
    const part = items.slice(from, index + 1);
    segments.push({ key: `${view.key} ${keyString(part[0]?.key ?? key)} ${keyString(key)}`, view, items: part });
    from = index + 1;
  }
  return segments;
}

/** Says yes for one of `SEGMENT_OBJECTS_MEAN` names, always for the same ones. */
function endsSegment({ name }: ObjectKey): boolean {
  let hash = 0;
  for (let index = 0; index < name.length; index += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) | 0;
  // The low bits of such a sum are no more than those of the last characters.
  return ((Math.imul(hash, 0x9e3779b1) >>> 16) & 0xffff) % SEGMENT_OBJECTS_MEAN === 0;
}

/** Cuts lists; the segments of the same list again are the same ones. */
export function createCutter(): (view: View, items: readonly StoredObject[]) => readonly Segment[] {
  // The store hands out the same array until something changes, and never changes it.
  const cuts = new WeakMap<readonly StoredObject[], Map<string, readonly Segment[]>>();
  return (view, items) => {
    const ofItems = cuts.get(items) ?? new Map<string, readonly Segment[]>();
    cuts.set(items, ofItems);
    const segments = ofItems.get(view.key) ?? cut(view, items);
    ofItems.set(view.key, segments);
    return segments;
  };
}

/** What was made of a segment. */
export interface Made<T> {
  readonly value: T;
  readonly bytes: number;
  /** Ages in rows of tables hold only for a time; times in epoch milliseconds. */
  readonly madeMs: number;
  readonly freshMs: number;
}

/** What was made of segments, for the next reader: least recently used first out, bounded in bytes. */
export interface SegmentCache<T> {
  /** The segments of a list; of the same list again they are the same ones. */
  readonly cut: (view: View, items: readonly StoredObject[]) => readonly Segment[];
  /** undefined unless it was made of exactly these objects and still reads the same. */
  readonly find: (segment: Segment, nowMs: number) => T | undefined;
  readonly keep: (segment: Segment, made: Made<T>) => void;
  readonly clear: () => void;
}

interface Kept<T> extends Made<T> {
  /** Revisions are unique: these stand for the objects, without keeping them alive. */
  readonly revisions: readonly number[];
}

/** What a kept segment costs beside its bytes. */
const ENTRY_BYTES = 1024;

export function createSegmentCache<T>(bytesMax: number): SegmentCache<T> {
  const kept = new Map<string, Kept<T>>();
  /** For what a segment was found to be current: the segments of a list that did not change are the same ones. */
  const current = new WeakMap<Segment, Kept<T>>();
  let bytes = 0;

  const remove = (key: string): void => {
    bytes -= ENTRY_BYTES + (kept.get(key)?.bytes ?? -ENTRY_BYTES);
    kept.delete(key);
  };

  return {
    cut: createCutter(),
    find: (segment, nowMs) => {
      const entry = kept.get(segment.key);
      if (entry === undefined) return undefined;
      if (!isCurrent(entry, current.get(segment) === entry ? undefined : segment, nowMs)) return undefined;
      current.set(segment, entry);
      kept.delete(segment.key);
      kept.set(segment.key, entry);
      return entry.value;
    },
    keep: ({ key, items }, made) => {
      remove(key);
      kept.set(key, { ...made, revisions: items.map(({ revision }) => revision) });
      bytes += ENTRY_BYTES + made.bytes;
      for (const oldest of kept.keys()) {
        if (bytes <= bytesMax) break;
        remove(oldest);
      }
    },
    clear: () => {
      kept.clear();
      bytes = 0;
    },
  };
}

/** For what was made: it still reads the same, and where a segment is given it was made of exactly its objects. */
export function isCurrent(
  made: Pick<Kept<unknown>, 'revisions' | 'madeMs' | 'freshMs'>,
  segment: Segment | undefined,
  nowMs: number,
): boolean {
  const { revisions, madeMs, freshMs } = made;
  if (nowMs < madeMs || nowMs >= freshMs) return false;
  if (segment === undefined) return true;
  const { items } = segment;
  return revisions.length === items.length && items.every(({ revision }, index) => revision === revisions[index]);
}
