/** Above this a clock is told to be off: KEP-1645 lets ages decide who wins, and creationTimestamps are read from it. */
const ENTER_SECONDS = 5;

/** A clock that is off counts as right again below this. */
const LEAVE_SECONDS = 3;

/** How far a measurement must lie from the told skew, as a share of that, before another one is told. */
const MOVE_SHARE = 0.5;

/** The Date header has whole seconds: a smaller move of the clock is noise. */
const NOISE_SECONDS = 2;

/**
 * The skew in one significant digit, 0 for a clock that is right. It stays what it was told to be (`told`) until a
 * measurement is clearly something else, so that neither jitter nor slow drift changes objects all the time.
 */
export function coarseSkewSeconds(told: number, measured: number): number {
  const size = Math.abs(measured);
  const isSameSide = told !== 0 && Math.sign(told) === Math.sign(measured);
  if (isSameSide && size >= LEAVE_SECONDS && Math.abs(measured - told) <= Math.abs(told) * MOVE_SHARE) return told;
  // Off on this side already: only below the lower bound it is right again.
  const isOff = size > ENTER_SECONDS || (isSameSide && size >= LEAVE_SECONDS);
  return isOff ? roundToOneDigit(measured) : 0;
}

/** What is known of a member's clock. */
export interface MemberClock {
  /** Takes in a measurement; true when the coarse skew changed. */
  readonly measured: (seconds: number) => boolean;
  /** Seconds by which the member's clock is ahead of ours, without noise; undefined before the first measurement. */
  readonly skewSeconds: () => number | undefined;
  /** As `coarseSkewSeconds`. */
  readonly coarseSkewSeconds: () => number;
}

export function createMemberClock(): MemberClock {
  let shown: number | undefined;
  let coarse = 0;
  return {
    measured: (seconds) => {
      if (Math.abs(seconds - (shown ?? 0)) >= NOISE_SECONDS) shown = seconds;
      shown ??= 0;
      const before = coarse;
      coarse = coarseSkewSeconds(before, seconds);
      return coarse !== before;
    },
    skewSeconds: () => shown,
    coarseSkewSeconds: () => coarse,
  };
}

function roundToOneDigit(seconds: number): number {
  return Number(seconds.toPrecision(1));
}
