import type { StoredObject } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import { encodeItem } from './encode.ts';
import type { Element, JoinedText } from './joined-text.ts';
import { elementAt, joinElements } from './joined-text.ts';
import type { Segment } from './segments.ts';
import { createCutter, isCurrent } from './segments.ts';
import { AGE_CELLS, openRow } from './table.ts';
import type { View } from './view.ts';

/** Shorter lists are put together from the bodies of their objects, which others share too. */
const OBJECTS_MIN = 256;
/** A longer text is not made: large objects are sent one by one. */
const TEXT_BYTES_MAX = 256 * 1024;
/** Texts that are remembered, the least recently made one goes; their bytes are in the cache of encoded bodies and bounded there. */
const TEXTS_MAX = 16_384;

/** Neighbours in a list as they read now. */
export interface SegmentText {
  readonly bytes: Buffer;
  /** In epoch milliseconds: ages in rows of tables change. */
  readonly freshMs: number;
  /** How many objects had to be encoded for it. */
  readonly encodedObjects: number;
}

/**
 * Long lists as few large pieces of bytes instead of one for each object. After a change only the segment that it is in
 * is joined anew, from what it was before and the changed object.
 */
export interface ListTexts {
  /** Undefined for a list that is too short. It must leave nothing out between its first object and its last. */
  readonly of: (view: View, items: readonly StoredObject[]) => LongList | undefined;
}

/** A list in parts. */
export interface LongList {
  readonly segments: readonly Segment[];
  /** Undefined if the objects of the segment are too large. */
  readonly read: (segment: Segment) => SegmentText | undefined;
}

/** What is known of a text whose bytes are in the cache, with this as their key. */
interface Kept extends Omit<JoinedText, 'bytes'> {
  /** Revisions are unique: with the names these stand for the objects, without keeping them alive. */
  readonly revisions: readonly number[];
  readonly names: readonly string[];
  readonly madeMs: number;
}

export function createListTexts(deps: Pick<DataDeps, 'cache' | 'clock'>): ListTexts {
  const { cache, clock } = deps;
  const cut = createCutter();
  /** By what the segment is called; it may be of other objects by now. */
  const known = new Map<string, Kept>();
  /** The segments of a list that did not change are the same ones. */
  const made = new WeakMap<Segment, Kept>();

  const keep = (segment: Segment, { bytes, ...text }: JoinedText, madeMs: number): void => {
    const { key, view, items } = segment;
    const before = known.get(key);
    if (before !== undefined) cache.drop(before);
    known.delete(key);
    const revisions = items.map(({ revision }) => revision);
    const kept: Kept = { ...text, revisions, names: items.map((item) => item.key.name), madeMs };
    known.set(key, kept);
    made.set(segment, kept);
    cache.encode(kept, textForm(view), () => bytes);
    const [oldest] = known;
    if (known.size <= TEXTS_MAX || oldest === undefined) return;
    known.delete(oldest[0]);
    cache.drop(oldest[1]);
  };

  const find = (segment: Segment, nowMs: number): SegmentText | undefined => {
    const same = made.get(segment);
    const kept = same ?? known.get(segment.key);
    if (kept === undefined || !isCurrent(kept, same === undefined ? segment : undefined, nowMs)) return undefined;
    const bytes = cache.find(kept, textForm(segment.view));
    if (bytes === undefined) return undefined;
    if (same === undefined) made.set(segment, kept);
    return { bytes, freshMs: kept.freshMs, encodedObjects: 0 };
  };

  const make = (segment: Segment, nowMs: number): SegmentText | undefined => {
    const { elements, encodedObjects } = elementsOf(deps, segment, known.get(segment.key));
    const text = joinElements(elements, { nowMs, bytesMax: TEXT_BYTES_MAX, cells: AGE_CELLS });
    if (text === undefined) return undefined;
    keep(segment, text, nowMs);
    return { bytes: text.bytes, freshMs: text.freshMs, encodedObjects };
  };

  const read = (segment: Segment): SegmentText | undefined => {
    const nowMs = clock();
    return find(segment, nowMs) ?? make(segment, nowMs);
  };

  return { of: (view, items) => (items.length < OBJECTS_MIN ? undefined : { segments: cut(view, items), read }) };
}

function textForm(view: View): string {
  return `text ${view.key}`;
}

/** Of objects that the text before had, too, what it said of them. */
function elementsOf(
  { cache }: Pick<DataDeps, 'cache'>,
  { view, items }: Segment,
  before: Kept | undefined,
): { readonly elements: readonly Element[]; readonly encodedObjects: number } {
  const bytes = before === undefined ? undefined : cache.find(before, textForm(view));
  const places = new Map(before?.revisions.map((revision, index) => [revision, index]));
  let encodedObjects = 0;
  const elements = items.map((item) => {
    const index = places.get(item.revision);
    if (before !== undefined && bytes !== undefined && index !== undefined && before.names[index] === item.key.name)
      return elementAt(bytes, before, index);
    // Not kept for itself: its bytes are in the text.
    const body = cache.find(item, view.key);
    if (body === undefined) encodedObjects += 1;
    return openElement(view, body ?? encodeItem(view, item));
  });
  return { elements, encodedObjects };
}

function openElement(view: View, body: Buffer): Element {
  return view.form.type === 'table' ? openRow(body) : { bytes: body, from: 0, to: body.length, ages: [] };
}
