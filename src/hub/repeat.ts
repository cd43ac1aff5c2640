/** Runs something later, once; the returned function cancels it. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

export interface Repetition {
  /** Runs now; joins a run that is already under way. */
  now(): Promise<void>;
  /** Begins to run every `intervalMs`, counted from the end of a run. */
  start(): void;
  stop(): void;
}

/** Repeats `run`, never twice at the same time. `run` must not reject. */
export function createRepetition(deps: {
  readonly run: () => Promise<void>;
  readonly intervalMs: number;
  readonly schedule: Schedule;
}): Repetition {
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;

  const now = (): Promise<void> => {
    running ??= deps.run().finally(() => (running = undefined));
    return running;
  };
  const next = (): void => {
    cancel = deps.schedule(() => {
      void now().finally(() => {
        if (cancel !== undefined) next();
      });
    }, deps.intervalMs);
  };
  return {
    now,
    start: () => {
      if (cancel === undefined) next();
    },
    stop: () => {
      cancel?.();
      cancel = undefined;
    },
  };
}
