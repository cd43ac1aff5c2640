import type { Revision } from '../kube/revision.ts';

/** Calls back once after `delayMs`; the returned function cancels. */
export type Schedule = (callback: () => void, delayMs: number) => () => void;

/** Readers that asked for a revision which is not there yet. */
export interface RevisionWaiters {
  /** True when `reached` is told of `revision` or more; false at the timeout, or at once when too many wait. */
  wait(revision: Revision, timeoutMs: number): Promise<boolean>;
  reached(revision: Revision): void;
}

/** Each waiter is a request held open; requests are bounded elsewhere, this only guards against a leak. */
export const WAITERS_MAX = 10_000;

export function createRevisionWaiters(schedule: Schedule): RevisionWaiters {
  const waiters = new Set<{ readonly revision: Revision; readonly settle: (reached: boolean) => void }>();

  return {
    wait: (revision, timeoutMs) =>
      new Promise((resolve) => {
        if (timeoutMs <= 0 || waiters.size >= WAITERS_MAX) {
          resolve(false);
          return;
        }
        const settle = (reached: boolean): void => {
          cancel();
          waiters.delete(waiter);
          resolve(reached);
        };
        const waiter = { revision, settle };
        const cancel = schedule(() => settle(false), timeoutMs);
        waiters.add(waiter);
      }),
    reached: (revision) => {
      for (const waiter of [...waiters]) {
        if (waiter.revision <= revision) waiter.settle(true);
      }
    },
  };
}
