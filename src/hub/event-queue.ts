import type { EventTimes, HubEvent } from './event-object.ts';
import { eventKey } from './event-object.ts';

/** Events that wait to be written. */
const WAITING_EVENTS_MAX = 200;
/** Events that a repetition is compared with. */
const KNOWN_EVENTS_MAX = 1_000;
/** A repetition within this time of the one before joins its series, as in client-go. */
const SERIES_GAP_MS = 360_000;
/** The first repetition is written at once, further ones of a series so far apart at least. */
const SERIES_INTERVAL_MS = 60_000;

/** One Event and all its repetitions, from the first observation until it is forgotten. */
export interface EventRecord {
  readonly event: HubEvent;
  readonly key: string;
  times: EventTimes;
  /** The same over all tries to create it, so that a lost answer makes no second one. */
  name: string | undefined;
  /** The hub said that it lacks the namespace of the object; however long the next try takes, it is not asked again. */
  isHomeless: boolean;
  /** Where the hub has it; undefined while it does not. */
  written: WrittenEvent | undefined;
  /** Not to be written before; on the monotonic clock, as all times of this interface. */
  dueMs: number;
  /** Last observation. */
  seenMs: number;
  /** Failed tries of the write that is due. */
  tries: number;
  /** Waits, or is being written. */
  isBusy: boolean;
}

export interface WrittenEvent {
  readonly namespace: string;
  readonly name: string;
  readonly count: number;
  readonly atMs: number;
}

/** Now, for the timestamps of Events and for measuring. */
export interface EventMoment {
  readonly epochMs: number;
  readonly monotonicMs: number;
}

export type EventOffer = 'queued' | 'repeated' | 'dropped';

/** The Events that are to be written, in order, and those that were, so that a repetition is counted and not written. */
export interface EventQueue {
  readonly offer: (event: HubEvent, now: EventMoment) => EventOffer;
  /** Before all others, and with room for one even when all others have none. */
  readonly offerFirst: (event: HubEvent, now: EventMoment) => EventOffer;
  /** How long until one is due; undefined: none waits. */
  readonly waitMs: (nowMs: number) => number | undefined;
  /** The first that is due. It is given back with `settle`, `putBack` or `forget`. */
  readonly take: (nowMs: number) => EventRecord | undefined;
  /** It was written; repetitions since then wait for their turn. */
  readonly settle: (record: EventRecord) => void;
  /** It is tried again, before all others. */
  readonly putBack: (record: EventRecord, dueMs: number) => void;
  /** It will not be written; a repetition begins anew. */
  readonly forget: (record: EventRecord) => void;
}

interface State {
  waiting: EventRecord[];
  /** By key; the least recently observed first. */
  readonly known: Map<string, EventRecord>;
}

export function createEventQueue(): EventQueue {
  const state: State = { waiting: [], known: new Map() };
  return {
    offer: (event, now) => offer(state, event, now),
    offerFirst: (event, now) => offerFirst(state, event, now),
    waitMs: (nowMs) => {
      if (state.waiting.length === 0) return undefined;
      return Math.max(0, Math.min(...state.waiting.map(({ dueMs }) => dueMs)) - nowMs);
    },
    take: (nowMs) => {
      const index = state.waiting.findIndex(({ dueMs }) => dueMs <= nowMs);
      return index < 0 ? undefined : state.waiting.splice(index, 1)[0];
    },
    settle: (record) => {
      record.isBusy = false;
      record.tries = 0;
      if (record.written !== undefined && record.times.count > record.written.count) planSeries(state, record);
    },
    putBack: (record, dueMs) => {
      record.dueMs = dueMs;
      state.waiting.unshift(record);
    },
    forget: (record) => {
      record.isBusy = false;
      if (state.known.get(record.key) === record) state.known.delete(record.key);
    },
  };
}

function offer(state: State, event: HubEvent, now: EventMoment): EventOffer {
  const { waiting, known } = state;
  prune(known, now.monotonicMs);
  const record = known.get(eventKey(event));
  if (record !== undefined) {
    repeat(state, record, now);
    return 'repeated';
  }
  if (waiting.length >= WAITING_EVENTS_MAX) return 'dropped';
  const added = newRecord(event, now);
  waiting.push(added);
  known.set(added.key, added);
  return 'queued';
}

function offerFirst({ waiting, known }: State, event: HubEvent, now: EventMoment): EventOffer {
  if (waiting.length > WAITING_EVENTS_MAX) return 'dropped';
  const added = newRecord(event, now);
  waiting.unshift(added);
  known.set(added.key, added);
  return 'queued';
}

function newRecord(event: HubEvent, { epochMs, monotonicMs }: EventMoment): EventRecord {
  return {
    event,
    key: eventKey(event),
    times: { firstMs: epochMs, lastMs: epochMs, count: 1 },
    name: undefined,
    isHomeless: false,
    written: undefined,
    dueMs: monotonicMs,
    seenMs: monotonicMs,
    tries: 0,
    isBusy: true,
  };
}

function repeat(state: State, record: EventRecord, { epochMs, monotonicMs }: EventMoment): void {
  const { key, times } = record;
  record.times = { ...times, lastMs: epochMs, count: times.count + 1 };
  record.seenMs = monotonicMs;
  state.known.delete(key);
  state.known.set(key, record);
  if (!record.isBusy) planSeries(state, record);
}

/** Without room the series is brought up to date by its next repetition. */
function planSeries({ waiting }: State, record: EventRecord): void {
  if (record.written === undefined || waiting.length >= WAITING_EVENTS_MAX) return;
  record.dueMs = record.written.count < 2 ? record.written.atMs : record.written.atMs + SERIES_INTERVAL_MS;
  record.isBusy = true;
  waiting.push(record);
}

function prune(known: Map<string, EventRecord>, nowMs: number): void {
  for (const [key, { seenMs }] of known) {
    if (known.size < KNOWN_EVENTS_MAX && nowMs - seenMs < SERIES_GAP_MS) break;
    known.delete(key);
  }
}
