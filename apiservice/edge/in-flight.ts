/** How many requests of one kind may be answered at once. */
export interface InFlight {
  /** undefined when the bound is reached; otherwise the function that frees the place, to be called once. */
  readonly enter: () => (() => void) | undefined;
  /** Takes a place above the bound too: for callers that must always get through. */
  readonly force: () => () => void;
  readonly current: () => number;
}

export function createInFlight(placesMax: number): InFlight {
  let taken = 0;
  const force = (): (() => void) => {
    taken += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      taken -= 1;
    };
  };
  return {
    enter: () => (taken < placesMax ? force() : undefined),
    force,
    current: () => taken,
  };
}
