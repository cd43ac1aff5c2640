/** What became of a wish for more: granted, refused for what others hold, or above all that there is. */
export type Growth = 'granted' | 'full' | 'tooLarge';

/** What one holder has of a budget. */
export interface BudgetShare {
  /** Refused in whole or granted in whole; a share that was given back grows no more. */
  readonly grow: (by: number) => Growth;
  /** Gives everything back. */
  readonly release: () => void;
}

/** Bounds a sum of what is held at once, in bytes or objects, without exception. */
export interface Budget {
  readonly open: () => BudgetShare;
}

export function createBudget(max: number, onChange: (used: number) => void): Budget {
  let used = 0;
  const change = (by: number): void => {
    used += by;
    onChange(used);
  };
  return {
    open: () => {
      let held = 0;
      let isOpen = true;
      return {
        grow: (by) => {
          if (held + by > max) return 'tooLarge';
          if (!isOpen || used + by > max) return 'full';
          held += by;
          change(by);
          return 'granted';
        },
        release: () => {
          isOpen = false;
          change(-held);
          held = 0;
        },
      };
    },
  };
}
