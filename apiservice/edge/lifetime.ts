import { setTimeout as delay } from 'node:timers/promises';
import type { HealthCheck } from '../types.ts';
import type { EdgeLimits } from './limits.ts';
import type { Logger } from './logger.ts';

/** What a shutdown does to the listener. */
export interface Listener {
  /** No new connections; idle ones are closed, busy ones stay. */
  readonly stopAccepting: () => void;
  /** Ends every connection now. */
  readonly closeAll: () => void;
}

/** serving, then draining (not ready, everything works), then stopping (new requests are turned away). */
export type Phase = 'serving' | 'draining' | 'stopping';

export interface Lifetime {
  readonly phase: () => Phase;
  /** Fails from the first moment of a shutdown. */
  readonly shutdownCheck: HealthCheck;
  /** Counts a request that is being answered; the returned function is called when it is over. */
  readonly begin: () => () => void;
  /** Resolves when everything is answered or cut off. A second call waits for the first. */
  readonly drain: (listener: Listener) => Promise<void>;
}

export interface LifetimeDeps {
  readonly limits: EdgeLimits;
  readonly logger: Logger;
  /** Ends all watches cleanly, so that clients resume elsewhere. */
  readonly endWatches: () => void;
}

export function createLifetime(deps: LifetimeDeps): Lifetime {
  let phase: Phase = 'serving';
  let open = 0;
  let onIdle: (() => void) | undefined;
  let drained: Promise<void> | undefined;

  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      if (open === 0) resolve();
      else onIdle = resolve;
    });

  const run = async (listener: Listener): Promise<void> => {
    phase = 'draining';
    deps.logger.info({ delayMs: deps.limits.shutdownDelayMs }, 'shutting down: not ready any more');
    await delay(deps.limits.shutdownDelayMs);
    phase = 'stopping';
    listener.stopAccepting();
    deps.endWatches();
    const giveUp = new AbortController();
    const late = delay(deps.limits.shutdownInFlightMs, true, { signal: giveUp.signal }).catch(() => false);
    const cut = await Promise.race([idle().then(() => false), late]);
    giveUp.abort();
    if (cut) deps.logger.warn({ requests: open }, 'shutting down: requests are cut off');
    listener.closeAll();
  };

  return {
    phase: () => phase,
    shutdownCheck: {
      name: 'shutdown',
      check: () => (phase === 'serving' ? undefined : 'the process is shutting down'),
    },
    begin: () => {
      open += 1;
      return () => {
        open -= 1;
        if (open === 0) onIdle?.();
      };
    },
    drain: (listener) => (drained ??= run(listener)),
  };
}
