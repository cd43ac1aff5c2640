import type { ClusterSetView } from '../../clusterset/index.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import type { ObjectKey } from '../../kube/object.ts';
import type { StoreWriter } from '../../store/types.ts';

/** A name is computed at most once in this time, however often it changes. */
const DERIVE_INTERVAL_MS = 20;
/** One turn of the event loop is kept to about this, so that requests are answered in between. */
const TURN_MS_MAX = 10;
/** Names computed in one turn, however fast. */
const KEYS_PER_TURN_MAX = 500;
/** Objects of one event that are taken in at once; a large member's first state comes as one event. */
const OBJECTS_AT_ONCE_MAX = 2_000;

export interface PumpDeps {
  readonly view: ClusterSetView;
  readonly writer: StoreWriter;
  readonly clock: () => number;
  /** Milliseconds that never step back; only durations are measured with it. */
  readonly monotonic: () => number;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  /** Told of the time that one turn of computing took. */
  readonly onDerived: (keys: number, seconds: number) => void;
}

/** Carries member events into the view and what follows from them into the store, at its own pace. */
export interface Pump {
  readonly accept: (event: MemberEvent) => void;
  /** Begins to compute: the initial sync is over. `whenReady` is called once everything known then is in the store. */
  readonly open: (whenReady: () => void) => void;
  /** Computes one name now, if it waits, so that what is said of it and what is served are the same. */
  readonly deriveNow: (key: ObjectKey) => void;
  /** Resolves once all that was accepted until now was taken into the view. */
  readonly taken: () => Promise<void>;
  /** Resolves once all that was accepted until now about this name is in the store. */
  readonly settle: (key: ObjectKey) => Promise<void>;
}

export function createPump(deps: PumpDeps): Pump {
  const { view } = deps;
  const intake = createIntake(deps, () => plan(DERIVE_INTERVAL_MS));
  let isOpen = false;
  let isScheduled = false;
  let announce: (() => void) | undefined;

  const turn = (): void => {
    isScheduled = false;
    derive(deps);
    if (view.dirtyCount() > 0) {
      plan(0);
    } else if (intake.isEmpty()) {
      announce?.();
      announce = undefined;
    }
  };
  const plan = (delayMs: number): void => {
    if (!isOpen || isScheduled || (view.dirtyCount() === 0 && announce === undefined)) return;
    isScheduled = true;
    deps.schedule(turn, delayMs);
  };
  const deriveNow = (key: ObjectKey): void => {
    if (!isOpen) return;
    const changes = view.takeChangesOf(key, deps.clock());
    if (changes.length > 0) deps.writer.commit(changes);
  };
  return {
    accept: intake.accept,
    open: (whenReady) => {
      isOpen = true;
      announce = whenReady;
      plan(0);
    },
    deriveNow,
    taken: intake.taken,
    settle: async (key) => {
      await intake.taken();
      deriveNow(key);
    },
  };
}

function derive({ view, writer, clock, monotonic, onDerived }: PumpDeps): void {
  const before = view.dirtyCount();
  const started = monotonic();
  const changes = view.takeChanges(clock(), KEYS_PER_TURN_MAX, () => monotonic() - started >= TURN_MS_MAX);
  if (changes.length > 0) writer.commit(changes);
  onDerived(before - view.dirtyCount(), (monotonic() - started) / 1000);
}

interface Intake {
  readonly accept: (event: MemberEvent) => void;
  readonly isEmpty: () => boolean;
  /** Resolves once all that was accepted until now was taken into the view. */
  readonly taken: () => Promise<void>;
}

/** Takes events into the view, in order: most at once, large ones piece by piece with other work in between. */
function createIntake({ view, monotonic, schedule }: PumpDeps, onTaken: () => void): Intake {
  let waiting: MemberEvent[] = [];
  let accepted = 0;
  let taken = 0;
  let followers: { readonly upTo: number; readonly tell: () => void }[] = [];

  const tellFollowers = (): void => {
    const reached = followers.filter(({ upTo }) => upTo <= taken);
    followers = followers.filter(({ upTo }) => upTo > taken);
    for (const { tell } of reached) tell();
  };
  const takeSome = (): void => {
    const started = monotonic();
    let takenNow = 0;
    for (const piece of waiting) {
      view.apply(piece);
      takenNow += 1;
      if (monotonic() - started >= TURN_MS_MAX) break;
    }
    waiting = waiting.slice(takenNow);
    taken += takenNow;
    if (waiting.length > 0) schedule(takeSome, 0);
    onTaken();
    tellFollowers();
  };
  return {
    accept: (event) => {
      if (waiting.length === 0 && !isLarge(event)) {
        view.apply(event);
        onTaken();
        return;
      }
      if (waiting.length === 0) schedule(takeSome, 0);
      const pieces = piecesOf(event);
      accepted += pieces.length;
      waiting.push(...pieces);
    },
    taken: () =>
      taken >= accepted
        ? Promise.resolve()
        : new Promise((resolve) => {
            followers.push({ upTo: accepted, tell: resolve });
          }),
    isEmpty: () => waiting.length === 0,
  };
}

function isLarge(event: MemberEvent): boolean {
  return event.type === 'changed' && event.applied.length + event.deleted.length > OBJECTS_AT_ONCE_MAX;
}

function piecesOf(event: MemberEvent): readonly MemberEvent[] {
  if (event.type !== 'changed' || !isLarge(event)) return [event];
  const pieces: MemberEvent[] = [];
  for (let from = 0; from < event.deleted.length; from += OBJECTS_AT_ONCE_MAX) {
    pieces.push({ ...event, applied: [], deleted: event.deleted.slice(from, from + OBJECTS_AT_ONCE_MAX) });
  }
  for (let from = 0; from < event.applied.length; from += OBJECTS_AT_ONCE_MAX) {
    pieces.push({ ...event, deleted: [], applied: event.applied.slice(from, from + OBJECTS_AT_ONCE_MAX) });
  }
  return pieces;
}
