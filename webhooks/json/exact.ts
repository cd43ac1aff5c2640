import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import { mayHoldBigInteger } from '../../src/kube/json.ts';
import { parseStrictJson } from '../../src/kube/strict-json.ts';

/** Integers of 64 bits are exact, and of keys given twice the last one counts; the error says what is wrong if it is known. */
export function parseExact(text: string): Outcome<unknown, string> {
  if (mayHoldBigInteger(text)) {
    const strict = parseStrictJson(text);
    return strict.ok ? succeeded(strict.value.value) : strict;
  }
  try {
    return succeeded(JSON.parse(text));
  } catch {
    return failed('');
  }
}
