import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { eventually } from '../support/eventually.ts';
import type { Endpoint } from './client.ts';
import { createChunkReader } from './chunks.ts';
import { createClient } from './client.ts';
import { MARK_ANNOTATION } from './content.ts';

const MARK_START = Buffer.from(`${MARK_ANNOTATION}":"`);
const SYNCED = Buffer.from('k8s.io/initial-events-end');
const GONE = Buffer.from('"code":410');
/** What may be cut in two by the border between two reads. */
const OVERLAP_BYTES = 160;
const OPENED_AT_ONCE = 20;

export interface WatcherEvents {
  /** A change that carries a mark was received. */
  readonly onMark?: (mark: string) => void;
  /** The initial events are complete. */
  readonly onSynced?: () => void;
  /** The server cannot go on from the revision that was asked for. */
  readonly onGone?: () => void;
  readonly onClose?: () => void;
  readonly onOpen?: () => void;
}

export interface Watcher {
  readonly close: () => void;
  readonly bytes: () => number;
}

/**
 * A watch on its own TLS connection that looks for a few markers in the stream and parses nothing: hundreds of them must
 * cost less than the server that they measure.
 */
export function openWatcher(endpoint: Endpoint, path: string, events: WatcherEvents): Watcher {
  const socket: TLSSocket = connect({ ...endpoint, ALPNProtocols: ['http/1.1'] });
  const reader = createChunkReader();
  let bytes = 0;
  let opened = false;
  const look = createLookout(events);
  socket.once('secureConnect', () => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${endpoint.servername}\r\nAccept: application/json\r\n\r\n`);
  });
  socket.on('data', (part: Buffer) => {
    bytes += part.length;
    const pieces = reader.read(part);
    if (!opened && reader.status() !== 0) {
      opened = true;
      if (reader.status() === 200) events.onOpen?.();
      else socket.destroy();
    }
    for (const piece of pieces) look(piece);
  });
  socket.once('error', () => socket.destroy());
  socket.once('close', () => events.onClose?.());
  return { close: () => socket.destroy(), bytes: () => bytes };
}

/** Finds markers in a stream of pieces, wherever it is cut. */
function createLookout(events: WatcherEvents): (piece: Buffer) => void {
  let tail: Buffer = Buffer.alloc(0);
  let synced = false;
  return (piece) => {
    const seen = tail.length === 0 ? piece : Buffer.concat([tail, piece]);
    if (events.onSynced !== undefined && !synced && seen.includes(SYNCED)) {
      synced = true;
      events.onSynced();
    }
    if (events.onGone !== undefined && seen.includes(GONE)) events.onGone();
    tail = seen.subarray(Math.max(readMarks(seen, events), seen.length - OVERLAP_BYTES));
  };
}

/** Where what was read of `seen` ends: complete marks are never read twice. */
function readMarks(seen: Buffer, { onMark }: WatcherEvents): number {
  if (onMark === undefined) return 0;
  let from = 0;
  for (;;) {
    const at = seen.indexOf(MARK_START, from);
    if (at < 0) return from;
    const start = at + MARK_START.length;
    const end = seen.indexOf('"', start);
    if (end < 0) return from;
    onMark(seen.toString('latin1', start, end));
    from = end;
  }
}

/** The path of a watch that begins now. An explicit revision: without one kube-apiserver watches past its cache. */
export async function watchFromNow(endpoint: Endpoint, path: string): Promise<string> {
  const client = createClient(endpoint);
  try {
    const { metadata } = JSON.parse(await client.text(`${path}?limit=1`)) as { metadata: { resourceVersion: string } };
    return `${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${metadata.resourceVersion}`;
  } finally {
    client.close();
  }
}

/** Opens watches from now and resolves when the server has answered all of them. */
export async function openWatchers(
  endpoint: Endpoint,
  path: string,
  options: { readonly count: number; readonly onMark: (mark: string) => void },
): Promise<{ readonly close: () => void; readonly bytes: () => number }> {
  const target = await watchFromNow(endpoint, path);
  const watchers: Watcher[] = [];
  const open = async (): Promise<void> => {
    watchers.push(await eventually(`a watch of ${path}`, () => openOne(endpoint, target, options.onMark)));
  };
  // Not all at once: handshakes of hundreds of clients would only wait for each other.
  for (let opened = 0; opened < options.count; opened += OPENED_AT_ONCE) {
    const some = Math.min(OPENED_AT_ONCE, options.count - opened);
    await Promise.all(Array.from({ length: some }, open));
  }
  return {
    close: () => {
      for (const watcher of watchers) watcher.close();
    },
    bytes: () => watchers.reduce((sum, watcher) => sum + watcher.bytes(), 0),
  };
}

/** Rejects when it is refused: a kube-apiserver that has just started asks watchers to come back. */
function openOne(endpoint: Endpoint, path: string, onMark: (mark: string) => void): Promise<Watcher> {
  return new Promise((resolve, reject) => {
    const watcher = openWatcher(endpoint, path, {
      onMark,
      onOpen: () => resolve(watcher),
      onClose: () => reject(new Error('the watch was refused')),
    });
  });
}
