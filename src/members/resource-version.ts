const DECIMAL = /^[1-9][0-9]{0,38}$/;

/** KEP-5504: a decimal integer without sign or leading zeros, below 2^128, never 0. */
export function isResourceVersion(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value);
}

/** KEP-5504: by length, then digit by digit. */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function laterResourceVersion(a: string | undefined, b: string): string {
  return a !== undefined && compareResourceVersions(a, b) > 0 ? a : b;
}
