import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { HeldLease, LeaseAttempt, LeaseObjectDeps } from './lease-object.ts';
import { createLeaseObject } from './lease-object.ts';
import type { Schedule } from './repeat.ts';

const RENEW_INTERVAL_MS = 10_000;
/** Without a renewal for this long we stop serving: ten seconds before anybody else may begin. */
const RENEW_DEADLINE_MS = 30_000;
const RETRY_INTERVAL_MS = 2_000;

/**
 * `identity` is unique per process start (host name and a random part): a restarted process is another holder.
 * `mark` is the revision high-water mark kept with each renewal; undefined leaves what is there.
 */
export interface LeaseDeps extends LeaseObjectDeps {
  readonly schedule: Schedule;
  /** Called at most once, at the moment from which this process must not serve any more. */
  readonly onLost: (reason: string) => void;
}

export interface LeaseGrant {
  /** Grows with every holder: the incarnation of the revision line. */
  readonly transitions: number;
  /** The mark that the previous holder left. */
  readonly mark: string | undefined;
}

type LeaseState = 'waiting' | 'held' | 'lost' | 'released';

export interface LeaseDescription {
  readonly state: LeaseState;
  /** Who holds it as far as we know; '' when nobody does. */
  readonly holder: string;
  /** Why it could not be obtained or renewed last time. */
  readonly problem: string | undefined;
}

export interface Lease {
  /** Waits until this process holds the lease, and keeps it from then on. Fails only when it is released meanwhile. */
  acquire(): Promise<Outcome<LeaseGrant, string>>;
  describe(): LeaseDescription;
  /** Gives the lease back, so that the next process need not wait. `onLost` is not called. */
  release(): Promise<void>;
}

/** A coordination.k8s.io Lease as a fence: only the process that holds it serves. */
export function createLease(deps: LeaseDeps): Lease {
  const object = createLeaseObject(deps);
  const timers = createTimers(deps.schedule);
  let description: LeaseDescription = { state: 'waiting', holder: '', problem: undefined };
  let held: HeldLease | undefined;
  let underWay: Promise<unknown> = Promise.resolve();

  const isIn = (state: LeaseState): boolean => description.state === state;
  const note = (attempt: LeaseAttempt): void => {
    const { state } = description;
    if (attempt.type === 'failed') description = { ...description, problem: attempt.problem };
    if (attempt.type === 'other') description = { state, holder: attempt.holder, problem: undefined };
    if (attempt.type !== 'held') return;
    description = { state, holder: deps.identity, problem: undefined };
    held = attempt.held;
  };
  const lose = (reason: string): void => {
    description = { ...description, state: 'lost', problem: reason };
    timers.cancelAll();
    deps.onLost(reason);
  };
  const renew = async (current: HeldLease): Promise<void> => {
    const attempt = await object.renew(current);
    note(attempt);
    if (!isIn('held')) return;
    if (attempt.type === 'other')
      lose(`the lease has another holder: ${attempt.holder === '' ? 'nobody' : attempt.holder}`);
    else keep(attempt.type === 'held' ? attempt.held : current, attempt.type === 'held');
  };
  const keep = (current: HeldLease, isProved: boolean): void => {
    const renewCurrent = (): void => void (underWay = renew(current));
    timers.set('renewal', renewCurrent, isProved ? RENEW_INTERVAL_MS : RETRY_INTERVAL_MS);
    if (!isProved) return;
    const leftMs = Math.max(0, current.provedAtMs + RENEW_DEADLINE_MS - deps.monotonic());
    const reason = `the lease could not be renewed for ${RENEW_DEADLINE_MS / 1000} s`;
    timers.set('deadline', () => lose(`${reason}: ${description.problem ?? 'no answer yet'}`), leftMs);
  };
  const acquire = async (): Promise<Outcome<LeaseGrant, string>> => {
    while (isIn('waiting')) {
      const attempt = await object.acquire();
      note(attempt);
      if (!isIn('waiting')) break;
      if (attempt.type === 'held') {
        description = { ...description, state: 'held' };
        keep(attempt.held, true);
        return succeeded({ transitions: attempt.held.transitions, mark: attempt.previousMark });
      }
      await timers.pause(RETRY_INTERVAL_MS);
    }
    return failed('the lease was given up before it was obtained');
  };

  return {
    acquire: () => {
      const acquiring = acquire();
      underWay = acquiring;
      return acquiring;
    },
    describe: () => description,
    release: async () => {
      const wasLost = isIn('lost');
      description = { ...description, state: 'released' };
      timers.cancelAll();
      await underWay;
      if (held !== undefined && !wasLost) await object.release(held);
      held = undefined;
      description = { state: 'released', holder: '', problem: undefined };
    },
  };
}

/** Named timers, of which a newer one replaces the older one of its name. */
function createTimers(schedule: Schedule): {
  set(name: 'renewal' | 'deadline', run: () => void, delayMs: number): void;
  /** Resolves after the delay, or at once when all timers are cancelled. */
  pause(delayMs: number): Promise<void>;
  cancelAll(): void;
} {
  const cancels = new Map<string, () => void>();
  let endPause = (): void => undefined;
  return {
    set: (name, run, delayMs) => {
      cancels.get(name)?.();
      cancels.set(name, schedule(run, delayMs));
    },
    pause: (delayMs) =>
      new Promise((resolve) => {
        endPause = resolve;
        cancels.set('pause', schedule(resolve, delayMs));
      }),
    cancelAll: () => {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
      endPause();
    },
  };
}
