import type { Revision } from '../../src/kube/revision.ts';
import type { StoreEvent } from '../../src/store/types.ts';
import type { DataDeps, WatchCutReason } from './deps.ts';
import { selectsEverything } from './page.ts';
import type { Selection } from './query.ts';
import type { View } from './view.ts';
import type { Listener, SharedFrame } from './watch-fanout.ts';
import type { FrameEncoder } from './watch-frames.ts';
import type { MakeFrame, Outbox } from './watch-outbox.ts';
import { createOutbox } from './watch-outbox.ts';
import type { Delivery } from './watch-selection.ts';
import { deliverAll, deliverSelected } from './watch-selection.ts';
import type { Transport } from './watch-transport.ts';

/** What is written at once while a client catches up, and how much may still wait when the next piece is written. */
const CATCH_UP_BYTES = 128 * 1024;

/** What a watch is about. */
export interface WatchTarget {
  readonly view: View;
  readonly namespace: string;
  readonly selection: Selection;
  /** The client has, or gets while catching up, everything up to here. */
  readonly since: Revision;
}

/** What a client must get before live events. */
export type CatchUp = Iterable<MakeFrame>;

/** One client: first it catches up at its own pace, then it is live. Live events wait while it catches up. */
export interface WatchClient {
  readonly listener: Listener;
  readonly start: (catchUp: CatchUp) => void;
  /** False while it catches up: nothing may overtake what it still gets. */
  readonly isLive: () => boolean;
  readonly send: (make: MakeFrame) => void;
  readonly end: (reason: WatchCutReason | 'timeout') => void;
}

export interface ClientParts {
  readonly transport: Transport;
  readonly encoder: FrameEncoder;
  readonly target: WatchTarget;
}

export function createWatchClient(deps: DataDeps, { transport, encoder, target }: ClientParts): WatchClient {
  const { view, selection } = target;
  const unselective = selectsEverything(selection);
  const outbox = createOutbox(deps, view, transport);
  const backlog = createBacklog(view, encoder);
  let live = false;

  const deliveriesOf = (events: readonly StoreEvent[]): readonly Delivery[] =>
    unselective
      ? events.map(deliverAll)
      : events.map((event) => deliverSelected(selection, event)).filter((delivery) => delivery !== undefined);

  const pump = (): void => {
    if (outbox.hasEnded()) return;
    if (!sendPiece(outbox, backlog)) live = true;
    else if (transport.backlogBytes() <= CATCH_UP_BYTES) setImmediate(pump);
    else pumpWhenDrained();
  };

  const pumpWhenDrained = (): void => {
    const cancel = deps.timer(transport.destroy, deps.limits.bodyStallMs);
    transport.onDrain(() => {
      cancel();
      pump();
    });
  };

  const takeEvents = (events: readonly StoreEvent[], frame: SharedFrame): void => {
    if (outbox.hasEnded()) return;
    const deliveries = deliveriesOf(events);
    if (live) {
      outbox.send(deliveries.map((delivery) => outbox.frame(choose(encoder, frame, { view, delivery }))));
      return;
    }
    backlog.append(deliveries);
    if (backlog.waitingEvents() > deps.limits.clientQueueEventsMax) outbox.end('queue');
  };

  return {
    listener: {
      view,
      namespace: target.namespace,
      unselective,
      since: target.since,
      takesShared: () => live && outbox.takesShared(),
      takeShared: outbox.sendShared,
      takeEvents,
    },
    start: (catchUp) => {
      backlog.begin(catchUp);
      pump();
    },
    isLive: () => live && !outbox.hasEnded(),
    send: (make) => outbox.send([outbox.frame(make)]),
    end: outbox.end,
  };
}

/** What a client still has to get before it is live: where it begins, then what happened meanwhile. */
interface Backlog {
  readonly begin: (catchUp: CatchUp) => void;
  readonly append: (deliveries: readonly Delivery[]) => void;
  readonly waitingEvents: () => number;
  readonly next: () => MakeFrame | undefined;
}

function createBacklog(view: View, encoder: FrameEncoder): Backlog {
  let waiting: Delivery[] = [];
  let source: Iterator<MakeFrame> = [][Symbol.iterator]();

  function* framesOf(deliveries: readonly Delivery[]): Generator<MakeFrame> {
    for (const delivery of deliveries) yield (withColumns) => encoder.event(view, delivery, withColumns);
  }

  const next = (): MakeFrame | undefined => {
    const item = source.next();
    if (item.done !== true) return item.value;
    if (waiting.length === 0) return undefined;
    source = framesOf(waiting);
    waiting = [];
    return next();
  };

  return {
    begin: (catchUp) => {
      source = catchUp[Symbol.iterator]();
    },
    append: (deliveries) => waiting.push(...deliveries),
    waitingEvents: () => waiting.length,
    next,
  };
}

/** True when the piece is full: there may be more. */
function sendPiece(outbox: Outbox, backlog: Backlog): boolean {
  const frames: Buffer[] = [];
  let bytes = 0;
  while (bytes < CATCH_UP_BYTES) {
    const make = backlog.next();
    if (make === undefined) break;
    const frame = outbox.frame(make);
    frames.push(frame);
    bytes += frame.length;
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
