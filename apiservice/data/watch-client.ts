import type { Revision } from '../../src/kube/revision.ts';
import type { StoreEvent } from '../../src/store/types.ts';
import type { DataDeps, WatchCutReason } from './deps.ts';
import { selectsEverything } from './page.ts';
import type { Selection } from './query.ts';
import { resourceOfView } from './view.ts';
import type { View } from './view.ts';
import type { Listener, SharedFrame } from './watch-fanout.ts';
import type { FrameEncoder } from './watch-frames.ts';
import { deliverAll, deliverSelected } from './watch-selection.ts';
import type { Delivery } from './watch-selection.ts';
import type { Transport } from './watch-transport.ts';

/** What is written at once while a client catches up, and how much may then wait before the next piece. */
const CATCH_UP_BYTES = 128 * 1024;

/** What a watch is about. */
export interface WatchTarget {
  readonly view: View;
  readonly namespace: string;
  readonly selection: Selection;
  /** The client has, or gets while catching up, everything up to here. */
  readonly since: Revision;
}

/** Makes the next frame of what a client must get before live events; `withColumns` as in FrameEncoder. */
export type CatchUp = Iterable<(withColumns: boolean) => Buffer>;

/** One client: first it catches up at its own pace, then it is live. Live events wait while it catches up. */
export interface WatchClient {
  readonly listener: Listener;
  readonly start: (catchUp: CatchUp) => void;
  /** False while it is catching up: nothing may overtake what it still gets. */
  readonly isLive: () => boolean;
  readonly sendFrame: (make: (withColumns: boolean) => Buffer) => void;
  /** Ends the stream cleanly after what was written; a client that does not take that in time is disconnected. */
  readonly end: (reason: WatchCutReason | 'timeout') => void;
}

export interface ClientParts {
  readonly transport: Transport;
  readonly encoder: FrameEncoder;
  readonly target: WatchTarget;
}

export function createWatchClient(deps: DataDeps, { transport, encoder, target }: ClientParts): WatchClient {
  const { limits, metrics } = deps;
  const { view, selection } = target;
  const unselective = selectsEverything(selection);
  const isTable = view.form.type === 'table';
  let state: 'catchingUp' | 'live' | 'ended' = 'catchingUp';
  let columnsSent = false;
  let waiting: StoreEvent[] = [];
  let source: Iterator<(withColumns: boolean) => Buffer> = [][Symbol.iterator]();

  const end = (reason: WatchCutReason | 'timeout'): void => {
    if (state === 'ended') return;
    state = 'ended';
    waiting = [];
    if (reason !== 'timeout') metrics.watchCut(resourceOfView(view), reason);
    transport.end();
    deps.timer(transport.destroy, limits.cutLingerMs);
  };

  const write = (bytes: Buffer): void => {
    if (bytes.length === 0 || state === 'ended') return;
    transport.write(bytes);
    if (transport.backlogBytes() > limits.clientQueueBytesMax) end('queue');
  };

  const next = (make: (withColumns: boolean) => Buffer): Buffer => {
    const frame = make(isTable && !columnsSent);
    columnsSent = true;
    return frame;
  };

  const writeCounted = (frames: readonly Buffer[]): void => {
    if (frames.length === 0) return;
    metrics.watchEvents(
      resourceOfView(view),
      frames.map(({ length }) => length),
      1,
    );
    write(Buffer.concat(frames));
  };

  const deliveryOf = (event: StoreEvent): Delivery | undefined =>
    unselective ? deliverAll(event) : deliverSelected(selection, event);

  /** One piece; false when there is nothing left. */
  const writePiece = (): boolean => {
    const frames: Buffer[] = [];
    let bytes = 0;
    while (bytes < CATCH_UP_BYTES) {
      const item = source.next();
      if (item.done === true) {
        if (waiting.length === 0) break;
        source = framesOf(waiting)[Symbol.iterator]();
        waiting = [];
        continue;
      }
      const frame = next(item.value);
      frames.push(frame);
      bytes += frame.length;
    }
    writeCounted(frames);
    return bytes >= CATCH_UP_BYTES;
  };

  function* framesOf(events: readonly StoreEvent[]): CatchUp {
    for (const event of events) {
      const delivery = deliveryOf(event);
      if (delivery !== undefined) yield (withColumns) => encoder.event(view, delivery, withColumns);
    }
  }

  const pump = (): void => {
    if (state !== 'catchingUp') return;
    if (!writePiece()) {
      // `end` may have come in between, by way of the bound on the backlog.
      if (!hasEnded()) state = 'live';
      return;
    }
    if (transport.backlogBytes() <= CATCH_UP_BYTES) setImmediate(pump);
    else waitForDrain();
  };

  const hasEnded = (): boolean => state === 'ended';

  const waitForDrain = (): void => {
    const cancel = deps.timer(transport.destroy, limits.bodyStallMs);
    transport.onDrain(() => {
      cancel();
      pump();
    });
  };

  const takeEvents = (events: readonly StoreEvent[], frame: SharedFrame): void => {
    if (state === 'ended') return;
    if (state === 'catchingUp') {
      waiting.push(...events);
      if (waiting.length > limits.clientQueueEventsMax) end('queue');
      return;
    }
    const frames = events.map(deliveryOf).filter((delivery) => delivery !== undefined);
    writeCounted(
      frames.map((delivery) =>
        next((withColumns) => (withColumns ? encoder.event(view, delivery, true) : frame(view, delivery))),
      ),
    );
  };

  return {
    listener: {
      view,
      namespace: target.namespace,
      unselective,
      since: target.since,
      takesShared: () => state === 'live' && (columnsSent || !isTable),
      takeShared: write,
      takeEvents,
    },
    start: (catchUp) => {
      source = catchUp[Symbol.iterator]();
      pump();
    },
    isLive: () => state === 'live',
    sendFrame: (make) => writeCounted([next(make)]),
    end,
  };
}
