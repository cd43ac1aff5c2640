import type { ApiStatus } from '../../src/kube/api-status.ts';
import { stringifyJson } from '../../src/kube/json.ts';
import type { Revision } from '../../src/kube/revision.ts';
import { formatRevision } from '../../src/kube/revision.ts';
import type { StoredObject, StoreEvent } from '../../src/store/types.ts';
import type { EncodedBodies } from './encode.ts';
import { encodeItem, finishItem } from './encode.ts';
import { columnDefinitions, bookmarkRow } from './table.ts';
import type { View } from './view.ts';
import { metaApiVersion, objectType } from './view.ts';
import type { Delivery } from './watch-selection.ts';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
const CRLF = Buffer.from('\r\n');

/** Makes the bytes of watch events: one HTTP/1.1 chunk each, ready for the socket. */
export interface FrameEncoder {
  /** `withColumns`: the first event of a table watch carries the column definitions. */
  readonly event: (view: View, delivery: Delivery, withColumns: boolean) => Buffer;
  readonly initial: (view: View, stored: StoredObject, withColumns: boolean) => Buffer;
  readonly bookmark: (view: View, mark: Bookmark, withColumns: boolean) => Buffer;
}

export interface Bookmark {
  readonly revision: Revision;
  /** Marks the end of the initial events (KEP-3157). */
  readonly endsInitialEvents: boolean;
}

/** ERROR events are a plain Status in every form. */
export function errorFrame(status: ApiStatus): Buffer {
  return chunk('ERROR', [Buffer.from(stringifyJson(status))]);
}

export function createFrameEncoder(cache: EncodedBodies, clock: () => number): FrameEncoder {
  const item = (view: View, stored: StoredObject): Buffer =>
    finishItem(
      view,
      cache.encode(stored, view.key, () => encodeItem(view, stored)),
      clock(),
    );

  /** The previous content under the revision of the change that took it out of the selection. */
  const itemThatLeft = (view: View, { current, previous }: StoreEvent): Buffer => {
    const make = (): Buffer => encodeItem(view, atRevision(previous ?? current, current.revision));
    return finishItem(view, cache.encode(current, `left ${view.key}`, make), clock());
  };

  return {
    event: (view, { type, content, event }, withColumns) => {
      const bytes = content === 'previous' ? itemThatLeft(view, event) : item(view, event.current);
      return chunk(type, wrap(view, { bytes, revision: event.revision, withColumns }));
    },
    initial: (view, stored, withColumns) =>
      chunk('ADDED', wrap(view, { bytes: item(view, stored), revision: stored.revision, withColumns })),
    bookmark: (view, mark, withColumns) => {
      const bytes = Buffer.from(stringifyJson(bookmarkObject(view, mark)));
      return chunk('BOOKMARK', wrap(view, { bytes, revision: mark.revision, withColumns }));
    },
  };
}

function atRevision(stored: StoredObject, revision: Revision): StoredObject {
  const metadata = { ...stored.object.metadata, resourceVersion: formatRevision(revision) };
  return { key: stored.key, revision, object: { ...stored.object, metadata } };
}

function bookmarkObject(view: View, { revision, endsInitialEvents }: Bookmark): unknown {
  const metadata = {
    resourceVersion: formatRevision(revision),
    creationTimestamp: null,
    ...(endsInitialEvents ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
  };
  if (view.form.type === 'object') return { ...objectType(view), metadata };
  const partial = { kind: 'PartialObjectMetadata', apiVersion: metaApiVersion(view.form), metadata };
  if (view.form.type === 'metadata') return partial;
  const shown = view.includeObject === 'Object' ? { ...objectType(view), metadata } : partial;
  // The mark is sent even to clients that want no objects: they could not see it otherwise.
  return bookmarkRow(view, view.includeObject === 'None' && !endsInitialEvents ? null : shown);
}

interface Row {
  readonly bytes: Buffer;
  readonly revision: Revision;
  readonly withColumns: boolean;
}

/** A row becomes a table of one row; other forms are the object itself. */
function wrap(view: View, { bytes, revision, withColumns }: Row): readonly Buffer[] {
  if (view.form.type !== 'table') return [bytes];
  const fields = {
    kind: 'Table',
    apiVersion: metaApiVersion(view.form),
    metadata: { resourceVersion: formatRevision(revision) },
    columnDefinitions: withColumns ? columnDefinitions(view.served.definition.columns) : null,
  };
  return [Buffer.from(`${stringifyJson(fields).slice(0, -1)},"rows":[`), bytes, Buffer.from(']}')];
}

const CLOSE = Buffer.from('}\n');

/** One buffer, written in one go: this runs for every event and object. */
function chunk(type: string, parts: readonly Buffer[]): Buffer {
  const open = `{"type":"${type}","object":`;
  const length = parts.reduce((sum, part) => sum + part.length, open.length + CLOSE.length);
  const head = `${length.toString(16)}\r\n${open}`;
  const frame = Buffer.allocUnsafe(head.length - open.length + length + CRLF.length);
  let at = frame.write(head, 'latin1');
  for (const part of parts) at += part.copy(frame, at);
  at += CLOSE.copy(frame, at);
  CRLF.copy(frame, at);
  return frame;
}

/** Undoes the chunks of concatenated frames, for clients of HTTP/1.0. */
export function unframe(frames: Buffer): Buffer {
  const bodies: Buffer[] = [];
  for (let position = 0; position < frames.length;) {
    const lineEnd = frames.indexOf(CRLF, position);
    const start = lineEnd + CRLF.length;
    const end = start + Number.parseInt(frames.toString('latin1', position, lineEnd), 16);
    bodies.push(frames.subarray(start, end));
    position = end + CRLF.length;
  }
  return Buffer.concat(bodies);
}
