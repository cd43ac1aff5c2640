import type { ClusterSetView } from '../../clusterset/index.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import type { StoreWriter } from '../../store/types.ts';

/** A name is computed at most once in this time, however often it changes. */
const DERIVE_INTERVAL_MS = 20;
/** Names computed in one turn of the event loop: some milliseconds, so that requests are answered in between. */
const KEYS_PER_TURN_MAX = 500;

export interface PumpDeps {
  readonly view: ClusterSetView;
  readonly writer: StoreWriter;
  readonly clock: () => number;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  /** Told of the time that one turn of computing took. */
  readonly onDerived: (keys: number, seconds: number) => void;
}

/** Carries member events into the view and what follows from them into the store, at its own pace. */
export interface Pump {
  readonly accept: (event: MemberEvent) => void;
  /** Begins to compute: the initial sync is over. `whenReady` is called once everything known then is in the store. */
  readonly open: (whenReady: () => void) => void;
}

export function createPump(deps: PumpDeps): Pump {
  let isOpen = false;
  let isScheduled = false;
  let announce: (() => void) | undefined;

  const turn = (): void => {
    isScheduled = false;
    const before = deps.view.dirtyCount();
    const started = performance.now();
    const changes = deps.view.takeChanges(deps.clock(), KEYS_PER_TURN_MAX);
    if (changes.length > 0) deps.writer.commit(changes);
    deps.onDerived(Math.min(before, KEYS_PER_TURN_MAX), (performance.now() - started) / 1000);
    if (deps.view.dirtyCount() > 0) {
      plan(0);
      return;
    }
    announce?.();
    announce = undefined;
  };
  const plan = (delayMs: number): void => {
    if (!isOpen || isScheduled) return;
    isScheduled = true;
    deps.schedule(turn, delayMs);
  };
  return {
    accept: (event) => {
      deps.view.apply(event);
      if (deps.view.dirtyCount() > 0) plan(DERIVE_INTERVAL_MS);
    },
    open: (whenReady) => {
      isOpen = true;
      announce = whenReady;
      plan(0);
    },
  };
}
