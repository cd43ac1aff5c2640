import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /([0-9]*)(\.[0-9]*)?([^0-9.]*)/y;

/** Milliseconds of a duration as Go writes it (`1m30s`, `-1.5h`, `0`); otherwise the text of Go's own error. */
export function parseGoDuration(text: string): Outcome<number, string> {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return succeeded(0);
  if (unsigned === '') return failed(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0;
  for (let at = 0; at < unsigned.length;) {
    PART.lastIndex = at;
    const part = PART.exec(unsigned);
    const outcome = partMs(part, text);
    if (!outcome.ok) return outcome;
    total += outcome.value;
    at = PART.lastIndex;
  }
  return succeeded(text.startsWith('-') ? -total : total);
}

function partMs(part: RegExpExecArray | null, whole: string): Outcome<number, string> {
  const digits = `${part?.[1] ?? ''}${part?.[2] ?? ''}`;
  const unit = part?.[3] ?? '';
  if (!/[0-9]/.test(digits)) return failed(`time: invalid duration ${JSON.stringify(whole)}`);
  if (unit === '') return failed(`time: missing unit in duration ${JSON.stringify(whole)}`);
  const factor = UNIT_MS[unit];
  if (factor === undefined) {
    return failed(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(whole)}`);
  }
  return succeeded(Number(digits) * factor);
}
