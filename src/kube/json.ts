import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';

/**
 * Where a number may begin, sixteen digits in a row may be an integer above 2^53; anything shorter is exact in a double.
 * Digits within a text, such as hashes and times, seldom stand so.
 */
const MAY_HOLD_BIG_INTEGER = /(?:^|[\s:,[])-?[0-9]{16}/;

/** False when JSON.parse reads every integer of the text exactly. */
export function mayHoldBigInteger(text: string): boolean {
  return MAY_HOLD_BIG_INTEGER.test(text);
}

/**
 * JSON.parse that keeps integers beyond 2^53 exactly, as bigint. Floats become doubles, and of keys given twice the last
 * one counts, as in kube-apiserver. Throws SyntaxError on malformed text.
 */
export function parseJson(text: string): unknown {
  if (!mayHoldBigInteger(text)) return JSON.parse(text);
  return parseLossless(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue });
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
