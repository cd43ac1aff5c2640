import type { Logger } from 'pino';
import { monotonic } from './clockwork.ts';

/** How a serving process comes to its end. */
export interface Ending {
  /** `signal`: asked to end; `lost`: another process may be serving, so nothing may be answered any more. */
  readonly ended: Promise<'signal' | 'lost'>;
  /** Ends it because the fence was lost. */
  readonly end: (reason: string) => void;
}

/** npm forwards the SIGINT that Ctrl-C has already sent to its whole process group: both are one wish. */
const SAME_WISH_MS = 500;

/** Waits for SIGTERM or SIGINT; a second one ends the process at once. */
export function awaitSignal(log: Logger): Ending {
  let finish: (how: 'signal' | 'lost') => void = () => undefined;
  const ended = new Promise<'signal' | 'lost'>((resolve) => {
    finish = resolve;
  });
  let askedMs: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (askedMs !== undefined && monotonic() - askedMs > SAME_WISH_MS) process.exit(1);
      if (askedMs !== undefined) return;
      askedMs = monotonic();
      log.info({ signal }, 'ending');
      finish('signal');
    });
  }
  return {
    ended,
    end: (reason) => {
      log.error({ reason }, 'this process may not serve any more');
      process.exitCode = 1;
      finish('lost');
    },
  };
}
