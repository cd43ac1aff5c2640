import type { Outcome } from '../../src/kube/outcome.ts';
import { succeeded } from '../../src/kube/outcome.ts';
import type { Revision } from '../../src/kube/revision.ts';
import type { RevisionProblem, Scope, StoreEvent, StoreReader } from '../../src/store/types.ts';
import type { DataDeps, WatchCutReason } from './deps.ts';
import type { FrameRun } from './initial-frames.ts';
import { selectsEverything } from './page.ts';
import type { Selection } from './query.ts';
import type { View } from './view.ts';
import type { Listener, SharedFrame } from './watch-fanout.ts';
import { lastRevision } from './watch-fanout.ts';
import type { FrameEncoder } from './watch-frames.ts';
import type { MakeFrame, Outbox } from './watch-outbox.ts';
import { createOutbox } from './watch-outbox.ts';
import type { Delivery } from './watch-selection.ts';
import { deliverAll, deliverSelected } from './watch-selection.ts';
import type { Transport } from './watch-transport.ts';

/** What is written at once while a client catches up, and what may still wait then: many catch up together. */
const CATCH_UP_BYTES = 32 * 1024;
const CATCH_UP_BACKLOG_BYTES = 16 * 1024;

/** What a watch is about. */
export interface WatchTarget {
  readonly view: View;
  readonly scope: Scope;
  readonly selection: Selection;
  /** The client has, or gets from `catchUp`, everything up to here. */
  readonly since: Revision;
  readonly catchUp: CatchUp;
}

/** What a client must get before what happened after `since`. */
export type CatchUp = Iterable<CatchUpPart>;

/** A frame for this client, or frames that many share. */
export type CatchUpPart = MakeFrame | FrameRun;

/**
 * One client. It is live while it takes what it gets; otherwise it is behind and reads on in the store's history at its
 * own pace, so that a slow client costs its socket's buffer and one revision, however much happens.
 */
export interface WatchClient {
  readonly listener: Listener;
  readonly start: () => void;
  readonly send: (make: MakeFrame) => void;
  readonly end: (reason: WatchCutReason | 'timeout') => void;
}

export interface ClientParts {
  readonly transport: Transport;
  readonly encoder: FrameEncoder;
  readonly target: WatchTarget;
}

export function createWatchClient(deps: DataDeps, { transport, encoder, target }: ClientParts): WatchClient {
  const { view, scope, selection } = target;
  const unselective = selectsEverything(selection);
  const outbox = createOutbox(deps, view, transport);
  let source: Iterator<CatchUpPart> = target.catchUp[Symbol.iterator]();
  let position = target.since;
  let live = false;
  let cancelStall = (): void => undefined;
  transport.onClose(() => cancelStall());

  const deliveriesOf = (events: readonly StoreEvent[]): readonly Delivery[] =>
    unselective
      ? events.map(deliverAll)
      : events.map((event) => deliverSelected(selection, event)).filter((delivery) => delivery !== undefined);

  /** Reads on where the client is; it is live again when nothing has happened since. */
  const readOn = (): void => {
    const missed = eventsAfter(deps.store, scope, position);
    if (!missed.ok) {
      outbox.end('queue');
      return;
    }
    position = deps.store.current();
    live = missed.value.length === 0;
    if (live) return;
    source = framesOf(deliveriesOf(missed.value), { view, encoder });
    setImmediate(pump);
  };

  const pump = (): void => {
    if (outbox.hasEnded()) return;
    const mayHaveMore = sendPiece(outbox, source);
    if (transport.backlogBytes() > Math.min(CATCH_UP_BACKLOG_BYTES, deps.limits.clientQueueBytesMax)) pumpWhenDrained();
    else if (mayHaveMore) setImmediate(pump);
    else readOn();
  };

  const pumpWhenDrained = (): void => {
    cancelStall = deps.timer(transport.destroy, deps.limits.bodyStallMs);
    transport.onDrain(() => {
      cancelStall();
      pump();
    });
  };

  /** After a write: a client with too much in its socket falls behind. */
  const sent = (upTo: Revision): void => {
    position = upTo;
    if (transport.backlogBytes() <= deps.limits.clientQueueBytesMax) return;
    live = false;
    pumpWhenDrained();
  };

  return {
    listener: {
      view,
      namespace: scope.namespace,
      unselective,
      isLive: () => live && !outbox.hasEnded(),
      since: () => position,
      takesShared: outbox.takesShared,
      takeShared: (frames, upTo) => {
        outbox.sendShared(frames);
        sent(upTo);
      },
      takeEvents: (events, frame) => {
        const frames = deliveriesOf(events).map((delivery) => choose(encoder, frame, { view, delivery }));
        outbox.send(frames.map(outbox.frame));
        sent(lastRevision(events));
      },
    },
    start: pump,
    send: (make) => outbox.send([outbox.frame(make)]),
    end: outbox.end,
  };
}

/** What happened in a scope after a revision, as far as the history has it. */
export function eventsAfter(
  store: StoreReader,
  scope: Scope,
  from: Revision,
): Outcome<readonly StoreEvent[], RevisionProblem> {
  let events: readonly StoreEvent[] = [];
  const subscription = store.subscribe(scope, from, (batch) => {
    events = events.concat(batch);
  });
  if (!subscription.ok) return subscription;
  subscription.value.close();
  return succeeded(events);
}

function* framesOf(
  deliveries: readonly Delivery[],
  { view, encoder }: { view: View; encoder: FrameEncoder },
): Generator<MakeFrame> {
  for (const delivery of deliveries) yield (withColumns) => encoder.event(view, delivery, withColumns);
}

/** True when the piece is full: there may be more. */
function sendPiece(outbox: Outbox, source: Iterator<CatchUpPart>): boolean {
  let frames: Buffer[] = [];
  let bytes = 0;
  while (bytes < CATCH_UP_BYTES) {
    const part = source.next();
    if (part.done === true) break;
    if (typeof part.value === 'function') {
      const frame = outbox.frame(part.value);
      frames.push(frame);
      bytes += frame.length;
    } else {
      outbox.send(frames);
      frames = [];
      outbox.sendRun(part.value);
      bytes += part.value.frames.length;
    }
  }
  outbox.send(frames);
  return bytes >= CATCH_UP_BYTES;
}

/** The shared frame, except for the one that carries the column definitions. */
function choose(
  encoder: FrameEncoder,
  frame: SharedFrame,
  { view, delivery }: { view: View; delivery: Delivery },
): MakeFrame {
  return (withColumns) => (withColumns ? encoder.event(view, delivery, true) : frame(view, delivery));
}
