/** A run that takes longer says how far it is. */
const SILENT_MS = 2_000;
/** And again after so long. */
const STEP_MS = 5_000;

export interface ProgressDeps {
  /** Milliseconds of a clock that never steps back. */
  readonly monotonic: () => number;
  readonly say: (line: string) => void;
}

/** Gives the function to be called after each answer. */
export function createProgress({ monotonic, say }: ProgressDeps, total: number): () => void {
  let answered = 0;
  let nextMs = monotonic() + SILENT_MS;
  return () => {
    answered += 1;
    if (monotonic() < nextMs || answered === total) return;
    say(`${answered} of ${total} names asked`);
    nextMs = monotonic() + STEP_MS;
  };
}
