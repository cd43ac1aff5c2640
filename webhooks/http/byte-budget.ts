/** Bounds a sum of bytes. One holder alone may exceed it: what is too big for the budget must still be answered. */
export interface ByteBudget {
  /** undefined when there is no room; otherwise a function that gives the bytes back (once). */
  readonly reserve: (bytes: number) => (() => void) | undefined;
}

export function createByteBudget(bytesMax: number, onChange: (bytes: number) => void): ByteBudget {
  let used = 0;
  const change = (by: number): void => {
    used += by;
    onChange(used);
  };
  return {
    reserve: (bytes) => {
      if (used > 0 && used + bytes > bytesMax) return undefined;
      change(bytes);
      let held = true;
      return () => {
        if (held) change(-bytes);
        held = false;
      };
    },
  };
}
