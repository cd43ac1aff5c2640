import { destination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';

/** Paths that could ever hold a credential, should an object with them reach a log line by mistake. */
const REDACTED = ['authorization', 'cookie', 'token', 'key', 'password', 'kubeconfig'].flatMap((name) => [
  name,
  `*.${name}`,
  `headers.${name}`,
]);

/** Structured lines on standard error, written at once, so that the last words of a dying process are not lost. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, redact: { paths: REDACTED, censor: '[redacted]' } },
    destination({ fd: 2, sync: true }),
  );
}
