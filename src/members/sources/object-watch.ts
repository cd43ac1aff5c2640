import { ConnectionError, splitLines } from '../../connection/index.ts';
import type { KubeStream } from '../../connection/index.ts';
import { parseJson } from '../../kube/json.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { ObjectHead, ObjectSelection } from './object-list.ts';
import { describeStatus, objectHead, selectorQuery } from './object-list.ts';
import type { Schedule } from './types.ts';

/** From the request for the watch of registrations to the head of its answer. */
const OPEN_TIMEOUT_MS = 30_000;
/** kube-apiserver ends the watch after this time, plus up to as much again. */
const WATCH_SECONDS = 240;
/** kube-apiserver sends a bookmark each minute: longer silence means a dead connection. */
const STALL_MS = 150_000;
/** An object holds at most 1.5 MiB; its metadata, base64 and the event around it come on top. */
const LINE_BYTES_MAX = 8 * 1024 * 1024;

export type SourceChange =
  { readonly type: 'put'; readonly object: ObjectHead } | { readonly type: 'delete'; readonly name: string };

export interface ObjectWatchDeps {
  readonly random: () => number;
  readonly schedule: Schedule;
  readonly signal: AbortSignal;
  /** Why the watch must end here, if it must. */
  readonly onChange: (change: SourceChange) => string | undefined;
}

/** How one watch ended. `progressed` tells that at least one line came. */
export type ObjectWatchEnd =
  | { readonly type: 'resume'; readonly resourceVersion: string; readonly progressed: boolean }
  | { readonly type: 'relist'; readonly message: string | undefined }
  | { readonly type: 'failed'; readonly message: string };

/** Watches the selected objects from a revision on, until the stream ends for whatever reason. */
export async function watchObjects(
  selection: ObjectSelection,
  resourceVersion: string,
  deps: ObjectWatchDeps,
): Promise<ObjectWatchEnd> {
  try {
    const stream = await selection.connection.openStream({
      method: 'GET',
      path: selection.path,
      query: {
        watch: '1',
        allowWatchBookmarks: 'true',
        ...selectorQuery(selection),
        resourceVersion,
        timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + deps.random()))),
      },
      timeoutMs: OPEN_TIMEOUT_MS,
      signal: deps.signal,
    });
    if (stream.status !== 200) {
      stream.close();
      if (stream.status === 410) return { type: 'relist', message: undefined };
      return { type: 'failed', message: describeStatus(stream.status, undefined) };
    }
    return await readEvents(stream, resourceVersion, deps);
  } catch (error) {
    if (error instanceof ConnectionError) return { type: 'failed', message: error.message };
    throw error;
  }
}

async function readEvents(stream: KubeStream, from: string, deps: ObjectWatchDeps): Promise<ObjectWatchEnd> {
  let resourceVersion = from;
  let progressed = false;
  const stall = { happened: false };
  const arm = (): (() => void) =>
    deps.schedule(STALL_MS, () => {
      stall.happened = true;
      stream.close();
    });
  let disarm = arm();
  try {
    for await (const line of splitLines(stream.chunks, { lineBytesMax: LINE_BYTES_MAX })) {
      disarm();
      disarm = arm();
      const event = parseEvent(line);
      if (event.type === 'end') return event.end;
      const problem = event.change === undefined ? undefined : deps.onChange(event.change);
      if (problem !== undefined) return { type: 'failed', message: problem };
      resourceVersion = event.resourceVersion;
      progressed = true;
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    if (error.failure === 'BodyTooLarge') return { type: 'relist', message: error.message };
    // A dropped connection: what was read is known, the rest comes after resuming.
  } finally {
    disarm();
    stream.close();
  }
  return stall.happened ? { type: 'relist', message: undefined } : { type: 'resume', resourceVersion, progressed };
}

type ParsedEvent =
  | { readonly type: 'event'; readonly resourceVersion: string; readonly change: SourceChange | undefined }
  | { readonly type: 'end'; readonly end: ObjectWatchEnd };

function parseEvent(line: string): ParsedEvent {
  const event = parseLine(line);
  if (event === undefined)
    return { type: 'end', end: { type: 'relist', message: 'the watch sent something that is no event' } };
  if (event['type'] === 'ERROR') return { type: 'end', end: errorEnd(event['object']) };
  const bookmark = event['type'] === 'BOOKMARK' ? bookmarkVersion(event['object']) : undefined;
  if (bookmark !== undefined) return { type: 'event', resourceVersion: bookmark, change: undefined };
  const change = changeOf(event);
  if (change === undefined)
    return { type: 'end', end: { type: 'relist', message: 'the watch sent an event of no known form' } };
  return { type: 'event', ...change };
}

function changeOf(event: JsonObject): { resourceVersion: string; change: SourceChange } | undefined {
  const head = objectHead(event['object']);
  if (head === undefined) return undefined;
  const { name, resourceVersion } = head;
  if (event['type'] === 'DELETED') return { resourceVersion, change: { type: 'delete', name } };
  if (event['type'] !== 'ADDED' && event['type'] !== 'MODIFIED') return undefined;
  return { resourceVersion, change: { type: 'put', object: head } };
}

function bookmarkVersion(object: unknown): string | undefined {
  const metadata = isJsonObject(object) && isJsonObject(object['metadata']) ? object['metadata'] : {};
  const { resourceVersion } = metadata;
  return typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : undefined;
}

function errorEnd(status: unknown): ObjectWatchEnd {
  const code = isJsonObject(status) && typeof status['code'] === 'number' ? status['code'] : 0;
  return { type: 'relist', message: code === 410 ? undefined : describeStatus(code, status) };
}

function parseLine(line: string): JsonObject | undefined {
  try {
    const value = parseJson(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
