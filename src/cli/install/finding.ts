/** One line of a preflight: what was looked at, and what to do if it does not hold. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'refused';
  readonly subject: string;
  readonly message: string;
}

export function ok(subject: string, message: string): Finding {
  return { level: 'ok', subject, message };
}

export function warning(subject: string, message: string): Finding {
  return { level: 'warning', subject, message };
}

export function refused(subject: string, message: string): Finding {
  return { level: 'refused', subject, message };
}

const MARKS = { ok: '[ok]     ', warning: '[warning]', refused: '[refused]' } as const;

export function formatFindings(findings: readonly Finding[]): string {
  return findings.map(({ level, subject, message }) => `${MARKS[level]} ${subject}: ${message}`).join('\n');
}

export function isRefused(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'refused');
}
