import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Waits until `probe` returns without throwing, and returns what it returned; after the deadline it throws the last
 * error with what was awaited. A state is awaited, never a duration.
 */
export async function eventually<T>(what: string, probe: () => Promise<T> | T, deadlineMs = 60_000): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > end) throw new Error(`gave up waiting for ${what}`, { cause: error });
    }
    await delay(POLL_MS);
  }
}
