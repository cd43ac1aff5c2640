/** Time that stands still until a test moves it; timers run in order and everything they start is waited for. */
export interface ManualTime {
  readonly now: () => number;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Moves on, timer by timer. */
  readonly advance: (byMs: number) => Promise<void>;
  /** Delays of the timers that are set, as seen from now, the soonest first. */
  readonly pending: () => readonly number[];
}

/** Rounds of the event loop in which promises that need no timer come to their end. */
const SETTLE_ROUNDS = 20;

export function createManualTime(startMs = 1_790_000_000_000): ManualTime {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const schedule = (run: () => void, delayMs: number) => {
    const timer = { atMs: nowMs + delayMs, run };
    timers.push(timer);
    timers.sort((a, b) => a.atMs - b.atMs);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  return {
    now: () => nowMs,
    schedule,
    sleep: (delayMs) => new Promise((resolve) => void schedule(resolve, delayMs)),
    advance: async (byMs) => {
      const endMs = nowMs + byMs;
      await settle();
      for (let next = timers[0]; next !== undefined && next.atMs <= endMs; next = timers[0]) {
        timers = timers.slice(1);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await settle();
      }
      nowMs = endMs;
    },
    pending: () => timers.map((timer) => timer.atMs - nowMs),
  };
}

export async function settle(): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round++) await new Promise(setImmediate);
}
