declare const brand: unique symbol;

/** A primitive that only its own parse function may make. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
