import type { KubeConnection } from '../connection/index.ts';
import { createEventDelivery } from './event-delivery.ts';
import type { EventReference, HubEvent } from './event-object.ts';
import type { EventMoment, EventRecord } from './event-queue.ts';
import { createEventQueue } from './event-queue.ts';
import { createEventRate } from './event-rate.ts';
import type { Schedule } from './repeat.ts';

/** What found no room is summed up, and trouble is told, at most once in this time. */
const REPORT_INTERVAL_MS = 60_000;

/** `written`: created, or a series brought up to date; `deduplicated`: only counted in a series. */
export type EventResult = 'written' | 'deduplicated' | 'dropped' | 'failed';

export interface EventRecorderDeps {
  readonly connection: KubeConnection;
  /** Our Service: Events about all of it regard it, and its namespace takes those that have no other. */
  readonly service: EventReference & { readonly namespace: string };
  /** A qualified name. */
  readonly reportingController: string;
  readonly reportingInstance: string;
  /** Requests to the hub in any 60 seconds, at least 2. */
  readonly perMinute: number;
  /** Epoch milliseconds, only for the timestamps in Events. */
  readonly clock: () => number;
  /** Milliseconds that never step back. */
  readonly monotonic: () => number;
  readonly schedule: Schedule;
  readonly onResult: (result: EventResult) => void;
  /** Why Events cannot be written; undefined: they can again. Told when that changes, at most once a minute. */
  readonly onProblem: (problem: string | undefined) => void;
  /** So many found no room in about the last minute. */
  readonly onDropped: (count: number) => void;
}

/** Writes Events on the hub: bounded in rate and number, one request at a time, never waited for. */
export interface EventRecorder {
  /** Only queues. */
  readonly record: (event: HubEvent) => void;
  /** Ends at once; what waits is not written. */
  readonly stop: () => void;
}

interface State {
  readonly deps: EventRecorderDeps;
  readonly life: AbortController;
  readonly queue: ReturnType<typeof createEventQueue>;
  readonly rate: ReturnType<typeof createEventRate>;
  readonly delivery: ReturnType<typeof createEventDelivery>;
  readonly tellProblem: (problem: string | undefined) => void;
  isWriting: boolean;
  pausedUntilMs: number;
  /** Since the last report. */
  dropped: number;
  cancelNext: () => void;
  cancelReport: () => void;
}

export function createEventRecorder(deps: EventRecorderDeps): EventRecorder {
  const life = new AbortController();
  const state: State = {
    deps,
    life,
    queue: createEventQueue(),
    rate: createEventRate(deps.perMinute),
    delivery: createEventDelivery({ ...deps, namespace: deps.service.namespace, signal: life.signal }),
    tellProblem: createProblemTeller(deps),
    isWriting: false,
    pausedUntilMs: -Infinity,
    dropped: 0,
    cancelNext: () => undefined,
    cancelReport: () => undefined,
  };
  return {
    record: (event) => {
      if (!life.signal.aborted) record(state, event);
    },
    stop: () => {
      life.abort();
      state.cancelNext();
      state.cancelReport();
    },
  };
}

function record(state: State, event: HubEvent): void {
  const { deps, queue } = state;
  const answer = queue.offer(event, now(deps));
  if (answer === 'repeated') deps.onResult('deduplicated');
  if (answer === 'dropped') {
    deps.onResult('dropped');
    if (state.dropped === 0) state.cancelReport = deps.schedule(() => report(state), REPORT_INTERVAL_MS);
    state.dropped += 1;
  }
  pump(state);
}

/** The sum is an Event like any other, but goes first and finds room: it stands for many. */
function report(state: State): void {
  const { deps, queue, dropped } = state;
  state.dropped = 0;
  deps.onDropped(dropped);
  const sum: HubEvent = {
    type: 'Warning',
    reason: 'EventsDropped',
    action: 'Record',
    note: `${dropped} Events were not written: at most ${deps.perMinute} are written in a minute. Conditions and metrics tell the rest.`,
    regarding: deps.service,
  };
  if (queue.offerFirst(sum, now(deps)) === 'dropped') deps.onResult('dropped');
  pump(state);
}

/** Writes what is due, one by one; plans itself for when the next may be written. */
function pump(state: State): void {
  const { deps, life, queue, rate } = state;
  state.cancelNext();
  if (state.isWriting || life.signal.aborted) return;
  const nowMs = deps.monotonic();
  const dueMs = queue.waitMs(nowMs);
  if (dueMs === undefined) return;
  const waitMs = Math.max(dueMs, state.pausedUntilMs - nowMs, rate.waitMs(nowMs));
  if (waitMs > 0) {
    state.cancelNext = deps.schedule(() => pump(state), waitMs);
    return;
  }
  const next = queue.take(nowMs);
  if (next === undefined) return;
  state.isWriting = true;
  rate.take(nowMs);
  void write(state, next).finally(() => {
    state.isWriting = false;
    pump(state);
  });
}

async function write(state: State, next: EventRecord): Promise<void> {
  const { deps, life, queue } = state;
  const delivered = await state.delivery.deliver(next);
  if (life.signal.aborted) return;
  if (delivered.type === 'written') {
    queue.settle(next);
    deps.onResult('written');
    state.tellProblem(undefined);
    return;
  }
  const nowMs = deps.monotonic();
  state.pausedUntilMs = nowMs + delivered.pauseMs;
  if (delivered.type === 'again') {
    queue.putBack(next, nowMs);
    return;
  }
  queue.forget(next);
  deps.onResult('failed');
  state.tellProblem(delivered.problem);
}

/** Tells of trouble when it begins and when it is over, not more often than people want to read. */
function createProblemTeller({ monotonic, onProblem }: EventRecorderDeps): State['tellProblem'] {
  let isTold = false;
  let toldMs = -Infinity;
  return (problem) => {
    if (problem === undefined) {
      if (isTold) onProblem(undefined);
      isTold = false;
    } else if (!isTold && monotonic() - toldMs >= REPORT_INTERVAL_MS) {
      isTold = true;
      toldMs = monotonic();
      onProblem(problem);
    }
  };
}

function now({ clock, monotonic }: EventRecorderDeps): EventMoment {
  return { epochMs: clock(), monotonicMs: monotonic() };
}
