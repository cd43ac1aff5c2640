import { setImmediate } from 'node:timers/promises';

export interface SliceOptions {
  readonly sliceMs: number;
  /** True when nobody waits for the result any more. */
  readonly isOver: () => boolean;
}

/**
 * Runs steps to their end and lets everything else in the process have its turn whenever `sliceMs` have passed.
 * undefined when it was given up.
 */
export async function runInSlices<T>(
  steps: Generator<void, T>,
  { sliceMs, isOver }: SliceOptions,
): Promise<T | undefined> {
  for (;;) {
    const startedMs = performance.now();
    while (performance.now() - startedMs < sliceMs) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
    await setImmediate();
    if (isOver()) return undefined;
  }
}
