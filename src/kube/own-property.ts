/**
 * Sets an own property whatever it is called. A plain assignment to `__proto__` would replace the prototype instead, and
 * so let the text of a request decide what an object inherits.
 */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The own property, never an inherited one such as `toString`. */
export function ownValue<T>(target: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}
