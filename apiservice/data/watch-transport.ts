import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { unframe } from './watch-frames.ts';

/**
 * The way of frames to one client. Frames already are HTTP/1.1 chunks and go to the socket as they are, so that all
 * watchers share the same bytes; the response object only writes the head and the last chunk, and so keeps the
 * connection usable for the next request.
 */
export interface Transport {
  readonly write: (frames: Buffer) => void;
  /** What was written and the operating system has not taken yet. */
  readonly backlogBytes: () => number;
  /** Calls back once when the backlog is gone, never after the response is closed; one callback at a time. */
  readonly onDrain: (callback: () => void) => void;
  readonly onClose: (callback: () => void) => void;
  readonly end: () => void;
  readonly destroy: () => void;
}

/** Sends the head at once: clients wait for it before they wait for events. undefined when the client is gone. */
export async function openTransport(response: ServerResponse): Promise<Transport | undefined> {
  response.flushHeaders();
  // A request that was pipelined behind another one has no socket before that one is answered.
  if (response.socket === null && !response.destroyed)
    await Promise.race([once(response, 'socket'), once(response, 'close')]);
  const { socket } = response;
  if (socket === null || response.destroyed) return undefined;
  socket.setNoDelay(true);
  const send = (frames: Buffer): boolean =>
    response.chunkedEncoding ? socket.write(frames) : response.write(unframe(frames));
  let onDrained = (): void => undefined;
  response.once('close', () => {
    socket.off('drain', onDrained);
    onDrained = () => undefined;
  });
  return {
    write: (frames) => {
      if (socket.writable && !response.writableEnded) send(frames);
    },
    backlogBytes: () => socket.writableLength,
    onDrain: (callback) => {
      onDrained = callback;
      if (socket.writableNeedDrain) socket.once('drain', callback);
      else setImmediate(() => onDrained());
    },
    onClose: (callback) => response.once('close', callback),
    end: () => response.end(),
    destroy: () => response.destroy(),
  };
}
