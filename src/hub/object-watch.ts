import type { KubeConnection, KubeStream } from '../connection/index.ts';
import { ConnectionError, splitLines } from '../connection/index.ts';
import { parseJson } from '../kube/json.ts';
import { isJsonObject } from '../kube/object.ts';
import { objectAt, textAt } from './hub-request.ts';
import type { Schedule } from './repeat.ts';

/** Only whether something changed is of interest; the object itself is read anew. */
const METADATA_WATCH = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** An object's metadata in one line; more than a kube-apiserver stores of one object. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Until a watch begins to answer. */
const HEAD_TIMEOUT_MS = 10_000;
/** The server ends a watch after this. */
const WATCH_TIMEOUT_SECONDS = 300;
/** A connection that died silently is left after this. */
const WATCH_ABANDON_MS = 330_000;
/** The first repetition after a watch ended; doubled with each failure in a row. */
const REPEAT_MIN_MS = 1000;
/** The longest wait between two tries to watch. */
const REPEAT_MAX_MS = 60_000;

export interface ObjectWatchDeps {
  readonly connection: KubeConnection;
  readonly collection: string;
  readonly name: string;
  /** Something happened to the object; its resourceVersion if that was told. Also called once at the begin. */
  readonly onEvent: (resourceVersion: string | undefined) => void;
  readonly schedule: Schedule;
}

export interface ObjectWatch {
  /** May be called again after `stop`. */
  start(): void;
  stop(): void;
}

/**
 * Tells of changes of one object for as long as it can: a hint that comes within milliseconds, never a proof that
 * nothing happened. Whoever relies on the object also looks from time to time.
 */
export function watchObject(deps: ObjectWatchDeps): ObjectWatch {
  let current: Life | undefined;
  let stream: KubeStream | undefined;
  let cancel = (): void => undefined;

  const run = async (life: Life, repeatMs: number): Promise<void> => {
    const healthy = await follow(life);
    if (life.isOver) return;
    const nextMs = healthy ? REPEAT_MIN_MS : Math.min(repeatMs * 2, REPEAT_MAX_MS);
    cancel = deps.schedule(() => void run(life, nextMs), repeatMs);
  };
  const follow = async (life: Life): Promise<boolean> => {
    const isOver = (): boolean => life.isOver;
    let abandon = (): void => undefined;
    try {
      const opened = await openWatch(deps);
      if (isOver() || opened.status !== 200) {
        opened.close();
        return false;
      }
      stream = opened;
      abandon = deps.schedule(() => opened.close(), WATCH_ABANDON_MS);
      for await (const line of splitLines(opened.chunks, { lineBytesMax: LINE_BYTES_MAX })) {
        if (isOver()) return true;
        deps.onEvent(resourceVersionOf(line));
      }
      return true;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return false;
    } finally {
      abandon();
    }
  };
  return {
    start: () => {
      if (current !== undefined) return;
      current = { isOver: false };
      void run(current, REPEAT_MIN_MS);
    },
    stop: () => {
      if (current !== undefined) current.isOver = true;
      current = undefined;
      cancel();
      stream?.close();
    },
  };
}

/** From a start to the stop after it: what began in one does not go on in the next. */
interface Life {
  isOver: boolean;
}

function openWatch({ connection, collection, name }: ObjectWatchDeps): Promise<KubeStream> {
  return connection.openStream({
    method: 'GET',
    path: collection,
    query: {
      watch: 'true',
      fieldSelector: `metadata.name=${name}`,
      timeoutSeconds: String(WATCH_TIMEOUT_SECONDS),
    },
    headers: { accept: METADATA_WATCH },
    timeoutMs: HEAD_TIMEOUT_MS,
  });
}

function resourceVersionOf(line: string): string | undefined {
  try {
    const event = parseJson(line);
    return isJsonObject(event) ? textAt(objectAt(objectAt(event, 'object'), 'metadata'), 'resourceVersion') : undefined;
  } catch {
    return undefined;
  }
}
