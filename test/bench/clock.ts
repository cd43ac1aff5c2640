/** Milliseconds that only go forward; comparable within this process only. */
export function monotonicMs(): number {
  return performance.now();
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that `percent` of the values do not exceed; NaN without values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1);
  return sorted[Math.max(0, at)] ?? Number.NaN;
}

/** Says every two seconds how far a longer step is; returns what it is given. */
export async function withProgress<T>(what: string, step: (note: (text: string) => void) => Promise<T>): Promise<T> {
  const started = monotonicMs();
  let note = '';
  const timer = setInterval(() => {
    say(`  ${what}: ${Math.round((monotonicMs() - started) / 1000)} s${note === '' ? '' : `, ${note}`}`);
  }, 2000);
  try {
    return await step((text) => {
      note = text;
    });
  } finally {
    clearInterval(timer);
  }
}

/** Progress goes to stderr, the table to stdout. */
export function say(line: string): void {
  process.stderr.write(`[bench] ${line}\n`);
}
