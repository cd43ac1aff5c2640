/** What became of a wish for more: granted, refused for what others hold, or above all that there is. */
export type Growth = 'granted' | 'full' | 'tooLarge';

/** The bytes of one holder. */
export interface BudgetShare {
  /** Refused in whole or granted in whole; a share that was given back grows no more. */
  readonly grow: (bytes: number) => Growth;
  /** Gives all bytes back (once). */
  readonly release: () => void;
}

/** Bounds a sum of bytes that are held at once, without exception. */
export interface ByteBudget {
  readonly open: () => BudgetShare;
}

export function createByteBudget(bytesMax: number, onChange: (bytes: number) => void): ByteBudget {
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
        grow: (bytes) => {
          if (held + bytes > bytesMax) return 'tooLarge';
          if (!isOpen || used + bytes > bytesMax) return 'full';
          held += bytes;
          change(bytes);
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
