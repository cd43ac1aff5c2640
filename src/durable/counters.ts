import { isJsonObject } from '../kube/object.ts';
import type { Incarnation, Revision } from '../kube/revision.ts';
import { toIncarnation, toRevision } from '../kube/revision.ts';
import type { DurableError } from './durable-error.ts';
import type { SmallRecord } from './small-record.ts';
import { readSmallRecord, writeSmallRecord } from './small-record.ts';
import type { DurableStore } from './types.ts';

const COUNTER_BYTES_MAX = 1000;
const START_ATTEMPTS_MAX = 3;

const START_COUNTER: SmallRecord<{ readonly starts: number }> = {
  name: 'start-counter',
  kind: { name: 'start-counter', format: 1 },
  bytesMax: COUNTER_BYTES_MAX,
  parse: (value) => {
    const starts = parseCount(value, 'starts');
    return starts === undefined ? undefined : { starts };
  },
};

const REVISION_MARK: SmallRecord<{ readonly revision: number }> = {
  name: 'revision-mark',
  kind: { name: 'revision-mark', format: 1 },
  bytesMax: COUNTER_BYTES_MAX,
  parse: (value) => {
    const revision = parseCount(value, 'revision');
    return revision === undefined ? undefined : { revision };
  },
};

export interface Start {
  readonly startCounter: number;
  readonly incarnation: Incarnation;
  /** Set when the counter could not be kept: the incarnation is then taken from the clock. */
  readonly problem: DurableError | undefined;
}

/**
 * Counts this start and keeps the count before anything is served. When it cannot be kept, the incarnation comes from
 * the clock's seconds: then two lives share one with a chance of 1 in 256, and only the clock keeps them apart.
 */
export async function countStart(store: DurableStore, clock: () => number): Promise<Start> {
  const fromClock = Math.floor(clock() / 1000);
  let problem: DurableError | undefined;
  for (let attempt = 0; attempt < START_ATTEMPTS_MAX; attempt += 1) {
    const before = await readSmallRecord(store, START_COUNTER);
    // A damaged counter is written anew, from the clock: its next value would be a guess as well.
    problem = before.ok ? undefined : before.error;
    if (!before.ok && before.error.type !== 'corrupt') continue;
    const starts = before.ok ? (before.value?.starts ?? 0) + 1 : fromClock;
    const written = await writeSmallRecord(store, START_COUNTER, { starts });
    if (written.ok) return { startCounter: starts, incarnation: toIncarnation(starts), problem };
    problem = written.error;
  }
  return { startCounter: fromClock, incarnation: toIncarnation(fromClock), problem };
}

/** Where the line of revisions must begin above; 0 with or without a problem when no mark can be read. */
export async function readRevisionMark(
  store: DurableStore,
): Promise<{ readonly revision: Revision; readonly problem: DurableError | undefined }> {
  const outcome = await readSmallRecord(store, REVISION_MARK);
  if (!outcome.ok) return { revision: toRevision(0), problem: outcome.error };
  return { revision: toRevision(outcome.value?.revision ?? 0), problem: undefined };
}

export interface RevisionMarkDeps {
  readonly store: DurableStore;
  /** The store's current revision. */
  readonly current: () => Revision;
  /** What `readRevisionMark` found at this start. */
  readonly startMark: Revision;
  readonly leadMs?: number;
  /** undefined: the mark is safe again. */
  readonly onProblem: (problem: DurableError | undefined) => void;
}

export interface RevisionMark {
  /**
   * Writes a new mark if the present one will soon be reached; to be called before serving begins and with each
   * renewal of the Lease (or of the lock). Never rejects. One write at a time; a call meanwhile joins it.
   */
  readonly renew: () => Promise<void>;
}

/** The mark runs ahead of the line by this much time, so that what is given out between two renewals lies below it. */
export const REVISION_MARK_LEAD_MS = 60_000;

/** Revisions count microseconds. */
const REVISIONS_PER_MS = 1000;

export function createRevisionMark(deps: RevisionMarkDeps): RevisionMark {
  const { store, leadMs = REVISION_MARK_LEAD_MS } = deps;
  const lead = leadMs * REVISIONS_PER_MS;
  let kept: number = deps.startMark;
  let failing = false;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    const revision = deps.current() + lead;
    const written = await writeSmallRecord(store, REVISION_MARK, { revision });
    if (written.ok) kept = revision;
    if (!written.ok) deps.onProblem(written.error);
    else if (failing) deps.onProblem(undefined);
    failing = !written.ok;
  };

  return {
    renew: async () => {
      if (deps.current() + lead / 2 <= kept) return;
      writing ??= write().finally(() => {
        writing = undefined;
      });
      await writing;
    },
  };
}

function parseCount(value: unknown, field: string): number | undefined {
  const count = isJsonObject(value) ? value[field] : undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
