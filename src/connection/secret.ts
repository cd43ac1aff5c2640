import { inspect } from 'node:util';

const HIDDEN = '[hidden]';

/** A value that no log line, error text or JSON document shows by accident; only `reveal` gives it away. */
export interface Secret {
  readonly reveal: () => string;
  readonly toJSON: () => string;
  readonly toString: () => string;
}

export function createSecret(value: string): Secret {
  const hidden = (): string => HIDDEN;
  const secret = { reveal: () => value, toJSON: hidden, toString: hidden };
  Object.defineProperty(secret, inspect.custom, { value: hidden, enumerable: false });
  return Object.freeze(secret);
}
