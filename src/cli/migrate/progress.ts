/** A terminal is told more often than a log. */
const BAR_STEP_MS = 200;
/** Between two lines in a log. */
const LINE_STEP_MS = 5_000;
/** Of the bar, without what stands beside it. */
const BAR_CHARACTERS = 30;

export interface ProgressDeps {
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  /** Milliseconds of a clock that never steps back. */
  readonly monotonic: () => number;
}

export interface ProgressReport {
  /** The total is what the list estimates; it may grow. */
  readonly at: (done: number, total: number) => void;
  /** Ends the bar, so that what follows stands on a line of its own. */
  readonly end: () => void;
}

/** A bar that is drawn over itself on a terminal; else a line from time to time. */
export function createProgressReport({ isTerminal, write, monotonic }: ProgressDeps): ProgressReport {
  let nextMs = monotonic() + (isTerminal ? 0 : LINE_STEP_MS);
  let isDrawn = false;
  return {
    at: (done, total) => {
      if (monotonic() < nextMs) return;
      nextMs = monotonic() + (isTerminal ? BAR_STEP_MS : LINE_STEP_MS);
      isDrawn = isTerminal;
      write(isTerminal ? `\r${bar(done, total)}` : `${done} of ${total} rewritten\n`);
    },
    end: () => {
      if (isDrawn) write(`\r${' '.repeat(BAR_CHARACTERS * 2)}\r`);
      isDrawn = false;
    },
  };
}

function bar(done: number, total: number): string {
  const part = total === 0 ? 1 : Math.min(done / total, 1);
  const filled = Math.round(part * BAR_CHARACTERS);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_CHARACTERS - filled)}] ${done} of ${total}`;
}
