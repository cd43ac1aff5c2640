import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';

// Sixteen digits in a row may be an integer above 2^53; anything shorter is exact in a double.
const MAY_HOLD_BIG_INTEGER = /[0-9]{16}/;

/**
 * JSON.parse that keeps integers beyond 2^53 exactly, as bigint. Floats become doubles as in kube-apiserver.
 * Throws SyntaxError on malformed text.
 */
export function parseJson(text: string): unknown {
  return MAY_HOLD_BIG_INTEGER.test(text) ? parseLossless(text, undefined, exactNumber) : JSON.parse(text);
}

/** JSON.stringify that also writes bigint, as an integer; on one line unless indented. */
export function stringifyJson(value: unknown, indentSpaces?: number): string {
  try {
    return JSON.stringify(value, undefined, indentSpaces);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const text = stringifyLossless(value, undefined, indentSpaces);
    if (text === undefined) throw error;
    return text;
  }
}

function exactNumber(text: string): number | bigint {
  if (!/^-?[0-9]+$/.test(text)) return Number(text);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
