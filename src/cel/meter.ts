import { EVALUATION_STEPS_MAX } from './limits.ts';

/** Counts what an evaluation does, and ends it beyond the limit. */
export interface CelMeter {
  readonly step: () => void;
  /** Of the current evaluation. */
  readonly steps: () => number;
  /** Starts the next evaluation. */
  readonly reset: () => void;
}

export const COST_EXCEEDED = 'operation cancelled: actual cost limit exceeded';

export function createMeter(stepsMax: number = EVALUATION_STEPS_MAX): CelMeter {
  let steps = 0;
  return {
    step: () => {
      steps += 1;
      if (steps > stepsMax) throw new Error(COST_EXCEEDED);
    },
    steps: () => steps,
    reset: () => {
      steps = 0;
    },
  };
}
