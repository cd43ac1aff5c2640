import type { DataDeps, WatchCutReason } from './deps.ts';
import type { FrameRun } from './initial-frames.ts';
import { resourceOfView } from './view.ts';
import type { View } from './view.ts';
import type { Transport } from './watch-transport.ts';

/** Makes a frame; `withColumns` is true for the first event of a table watch. */
export type MakeFrame = (withColumns: boolean) => Buffer;

/** What goes out to one client, counted. */
export interface Outbox {
  /** Makes a frame for this client; frames must be sent in the order they were made in. */
  readonly frame: (make: MakeFrame) => Buffer;
  readonly send: (frames: readonly Buffer[]) => void;
  /** Frames that many clients get, counted for this one. */
  readonly sendRun: (run: FrameRun) => void;
  /** Frames that were made and counted for many clients; only when `takesShared`. */
  readonly sendShared: (frames: Buffer) => void;
  /** False while the column definitions are still to be sent. */
  readonly takesShared: () => boolean;
  /** Ends the stream cleanly after what was written; a client that does not take that in time is disconnected. */
  readonly end: (reason: WatchCutReason | 'timeout') => void;
  readonly hasEnded: () => boolean;
}

export function createOutbox(deps: DataDeps, view: View, transport: Transport): Outbox {
  const { limits, metrics } = deps;
  const isTable = view.form.type === 'table';
  let columnsSent = false;
  let ended = false;

  const end = (reason: WatchCutReason | 'timeout'): void => {
    if (ended) return;
    ended = true;
    if (reason !== 'timeout') metrics.watchCut(resourceOfView(view), reason);
    transport.end();
    const cancel = deps.timer(transport.destroy, limits.cutLingerMs);
    transport.onClose(cancel);
  };

  const write = (frames: Buffer): void => {
    if (!ended) transport.write(frames);
  };

  return {
    frame: (make) => {
      const frame = make(isTable && !columnsSent);
      columnsSent = true;
      return frame;
    },
    send: (frames) => {
      if (frames.length === 0 || ended) return;
      const sizes = frames.map(({ length }) => length);
      metrics.watchEvents(resourceOfView(view), sizes, 1);
      write(Buffer.concat(frames));
    },
    sendRun: ({ frames, sizes }) => {
      if (ended) return;
      metrics.watchEvents(resourceOfView(view), sizes, 1);
      write(frames);
    },
    sendShared: write,
    takesShared: () => columnsSent || !isTable,
    end,
    hasEnded: () => ended,
  };
}
