/** In seconds. */
const HOUR = 3600;
const DAY = 24 * HOUR;

/** metav1.Time on the wire: UTC, whole seconds. */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

/** metav1.MicroTime on the wire: exactly six fraction digits, or Go clients refuse it. */
export function formatMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}

/** Epoch seconds of an RFC 3339 timestamp with any offset; undefined when absent or unparsable. */
export function parseTimeSeconds(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** The age that kubectl prints in an AGE column (apimachinery duration.HumanDuration). */
export function humanDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(`${minutes}m`, Math.floor(seconds) % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  return longDuration(Math.floor(seconds / 3600), minutes);
}

/** For how long `humanDuration` stays as it is from here on; never too long, in old age too short. */
export function secondsOfSameDuration(seconds: number): number {
  const step = seconds < 600 ? 1 : seconds < 8 * HOUR ? 60 : seconds < 8 * DAY ? HOUR : DAY;
  return (Math.floor(seconds / step) + 1) * step - seconds;
}

function longDuration(hours: number, minutes: number): string {
  if (hours < 8) return withRest(`${hours}h`, minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return withRest(`${days}d`, hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(hours / 24 / 365);
  if (hours < 24 * 365 * 8) return withRest(`${years}y`, days % 365, 'd');
  return `${years}y`;
}

function withRest(main: string, rest: number, unit: string): string {
  return rest === 0 ? main : `${main}${rest}${unit}`;
}
