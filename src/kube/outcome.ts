/** Expected failures are values; exceptions are for bugs and for ApiStatusError inside a request. */
export type Outcome<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function succeeded<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function failed<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Closes a switch over a union: the compiler refuses it while a case is missing. */
export function exhausted(value: never): never {
  throw new Error(`unexpected variant: ${JSON.stringify(value)}`);
}
