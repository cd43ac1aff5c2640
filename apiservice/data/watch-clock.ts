import type { DataDeps } from './deps.ts';
import type { ListOptions } from './query.ts';
import type { WatchClient } from './watch-client.ts';
import type { Fanout } from './watch-fanout.ts';
import type { FrameEncoder } from './watch-frames.ts';

/** The last bookmark comes so long before the end, so that the client resumes from a fresh revision. */
const LAST_BOOKMARK_MS = 2000;

/** Bookmarks of many watchers must not fall together: each waits between 75 % and 125 % of the interval. */
const BOOKMARK_JITTER = 0.5;

interface Timed {
  readonly client: WatchClient;
  readonly fanout: Fanout;
  readonly options: ListOptions;
  readonly encoder: FrameEncoder;
}

/** Sends bookmarks and ends the watch in time; the returned function stops both. */
export function watchClock(deps: DataDeps, { client, fanout, options, encoder }: Timed): () => void {
  const { limits, timer } = deps;
  const durationMs = durationOf(deps, options);
  const { view } = client.listener;
  let leftMs = durationMs - LAST_BOOKMARK_MS;
  let cancelBookmark = (): void => undefined;

  const sendBookmark = (): void => {
    fanout.flush();
    if (!client.listener.isLive()) return;
    const mark = { revision: deps.store.current(), endsInitialEvents: false };
    client.send((withColumns) => encoder.bookmark(view, mark, withColumns));
  };

  const armBookmark = (): void => {
    if (leftMs <= 0) return;
    const jittered = limits.bookmarkMs * (1 + BOOKMARK_JITTER * (deps.random() - 0.5));
    const delayMs = Math.min(jittered, leftMs);
    leftMs -= delayMs;
    cancelBookmark = timer(() => {
      sendBookmark();
      armBookmark();
    }, delayMs);
  };

  if (options.allowBookmarks) armBookmark();
  const cancelEnd = timer(() => {
    fanout.flush();
    client.end('timeout');
  }, durationMs);
  return () => {
    cancelEnd();
    cancelBookmark();
  };
}

function durationOf({ limits, random }: DataDeps, { timeoutSeconds }: ListOptions): number {
  const wantedMs = timeoutSeconds === undefined ? limits.watchTimeoutMs * (1 + random()) : timeoutSeconds * 1000;
  return Math.min(wantedMs, limits.watchTimeoutMaxMs);
}
