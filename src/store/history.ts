import { keyString } from '../kube/object.ts';
import type { Revision } from '../kube/revision.ts';
import { estimateBytes } from './object-size.ts';
import type { Replacement, Replacements } from './sorted-array.ts';
import { lowerBound } from './sorted-array.ts';
import type { Origin, StoreEvent, StoreFigures } from './types.ts';

export interface HistoryLimits {
  readonly historyEventsMax: number;
  /** Bound of the estimated heap bytes that only the history keeps alive. */
  readonly historyBytesMax: number;
  /** What clients may expect to resume from (kube-apiserver keeps 75 s); shorter is counted, not prevented. */
  readonly historyAgeMinMs: number;
}

/** The recent events of one resource. */
export interface History {
  append(event: StoreEvent, nowMs: number): void;
  /** The oldest revision from which everything that happened afterwards is still known. */
  oldest(): Revision;
  /** Events with a revision above `from`, in order; `from` must not be below `oldest()`. */
  after(from: Revision): readonly StoreEvent[];
  /** What to put over the present objects to see them as they were at `revision`. */
  undoTo(revision: Revision): Replacements;
  figures(): Pick<StoreFigures['resources'][number], 'historyEvents' | 'historyBytes' | 'historyTrimmedEarly'>;
}

interface Entry {
  readonly event: StoreEvent;
  readonly bytes: number;
  readonly atMs: number;
}

const ENTRY_BYTES = 200;

/** `start` is the revision at which the history begins: nothing before it can be told. */
export function createHistory(start: Revision, limits: HistoryLimits): History {
  let entries: Entry[] = [];
  // Entries before `first` are dropped; the array is cut when they are the larger part, so a drop costs O(1).
  let first = 0;
  let bytes = 0;
  let oldest = start;
  let trimmedEarly = 0;

  const trim = (nowMs: number): void => {
    for (let entry = entries[first]; entry !== undefined; entry = entries[first]) {
      if (entries.length - first <= limits.historyEventsMax && bytes <= limits.historyBytesMax) break;
      oldest = entry.event.revision;
      bytes -= entry.bytes;
      first += 1;
      if (nowMs - entry.atMs < limits.historyAgeMinMs) trimmedEarly += 1;
    }
    if (first > entries.length / 2) {
      entries = entries.slice(first);
      first = 0;
    }
  };

  const positionAfter = (revision: Revision): number =>
    lowerBound(entries, first, (entry) => entry.event.revision <= revision);

  return {
    append: (event, nowMs) => {
      const entry = { event, bytes: keptBytes(event), atMs: nowMs };
      entries.push(entry);
      bytes += entry.bytes;
      trim(nowMs);
    },
    oldest: () => oldest,
    after: (from) => entries.slice(positionAfter(from)).map((entry) => entry.event),
    undoTo: (revision) => {
      const replacements = new Map<string, Replacement>();
      // Backwards: what an object was before its first change after `revision` is what stays in the map.
      for (const { event } of entries.slice(positionAfter(revision)).reverse()) {
        const { key } = event.current;
        replacements.set(keyString(key), { key, stored: event.previous });
      }
      return replacements;
    },
    figures: () => ({
      historyEvents: entries.length - first,
      historyBytes: bytes,
      historyTrimmedEarly: trimmedEarly,
    }),
  };
}

/** The new object is kept by the store anyway (a deletion shares its fields with it): history pays for the old one. */
function keptBytes({ previous, current }: StoreEvent): number {
  if (previous === undefined) return ENTRY_BYTES;
  const isShownNoMore = previous.origin !== undefined && previous.origin !== current.origin;
  return ENTRY_BYTES + estimateBytes(previous.object) + (isShownNoMore ? originBytes(previous.origin) : 0);
}

/** What is shown shares its other fields with the row that shows it. */
function originBytes({ shows }: Origin): number {
  if (shows === undefined) return 0;
  const { metadata, status } = shows.object;
  return estimateBytes([metadata.labels, metadata.annotations, metadata.ownerReferences, status]);
}
