import type { Outcome } from '../kube/outcome.ts';

/** What kube-apiserver takes of a message that an expression gives. */
const MESSAGE_BYTES_MAX = 5120;

/** What an expression for a message gave, if that can be said; else the message that was written down. */
export function celMessage(given: Outcome<unknown, string> | undefined, message: string): string {
  if (given?.ok !== true || typeof given.value !== 'string') return message;
  const text = given.value.trim();
  const sayable = text !== '' && !/[\r\n]/.test(text) && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX;
  return sayable ? text : message;
}

/** What is said of an expression that could not be evaluated. */
export function celErrorMessage(expression: string, error: string): string {
  return `expression '${expression}' resulted in error: ${error}`;
}
