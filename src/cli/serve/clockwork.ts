import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

/** Runs something later, once; the returned function cancels it. The timer alone does not keep the process alive. */
export function schedule(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Node ends a process that waits for nothing but such timers; this keeps it until the returned function is called. */
export function holdOpen(): () => void {
  const timer = setInterval(() => undefined, 60_000);
  return () => clearInterval(timer);
}

export function sleep(delayMs: number): Promise<void> {
  return delay(delayMs);
}

/** Lets everything else that is due go first. */
export function pause(): Promise<void> {
  return turn();
}

/** Milliseconds that never step back. */
export function monotonic(): number {
  return performance.now();
}
