import type { Schedule } from './types.ts';

/** With Node's timers; they do not keep the process alive. */
export const scheduleTimer: Schedule = (delayMs, work) => {
  const timer = setTimeout(work, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
