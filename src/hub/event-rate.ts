/** The time in which no more than `events.perMinute` requests with Events are sent. */
const WINDOW_MS = 60_000;

/** A token bucket; all times are on one monotonic clock in milliseconds. */
export interface EventRate {
  /** How long to wait until one more is allowed; 0: now. */
  readonly waitMs: (nowMs: number) => number;
  /** One is made now. */
  readonly take: (nowMs: number) => void;
}

/**
 * Allows half of `perMinute` at once and the other half evenly over a minute, so that no 60 seconds see more than
 * `perMinute`, and what is new need not wait long behind a burst. `perMinute` is at least 2.
 */
export function createEventRate(perMinute: number): EventRate {
  const burst = Math.ceil(perMinute / 2);
  const intervalMs = WINDOW_MS / (perMinute - burst);
  // When the bucket will be full again.
  let fullMs = -Infinity;
  return {
    waitMs: (nowMs) => Math.max(0, Math.ceil(fullMs - nowMs - (burst - 1) * intervalMs)),
    take: (nowMs) => {
      fullMs = Math.max(fullMs, nowMs) + intervalMs;
    },
  };
}
