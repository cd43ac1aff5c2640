import type { JsonObject } from '../../kube/object.ts';
import type { Convention } from './convention.ts';
import type { Candidate } from './registration-book.ts';
import { createRegistrationBook } from './registration-book.ts';
import { scheduleTimer } from './schedule.ts';
import type { ObjectHead, ObjectSelection } from './object-list.ts';
import { describeExcess, listObjects } from './object-list.ts';
import type { ObjectWatchEnd, SourceChange } from './object-watch.ts';
import { watchObjects } from './object-watch.ts';
import type { RegistrationSource, RegistrationUpdate, Schedule } from './types.ts';
import { createUpdateGate } from './update-gate.ts';

/** Registrations of one source; with more of them the source fails and members stay as they are. */
const OBJECTS_MAX = 1_000;
const REMOVAL_GRACE_MS_DEFAULT = 60_000;
/** First delay after registrations could not be read; doubles. */
const BACKOFF_MIN_MS = 800;
/** Longest such delay. */
const BACKOFF_MAX_MS = 30_000;

export interface ObjectSourceOptions {
  /** A member whose object vanished is one for this long, so that an object can be created anew. */
  readonly removalGraceMs?: number;
}

export interface ObjectSourceDeps {
  readonly clock?: () => number;
  readonly random?: () => number;
  readonly schedule?: Schedule;
}

/** The members that a convention finds among a cluster's objects, followed while they come, rotate and go. */
export function createObjectSource(
  convention: Convention,
  options: ObjectSourceOptions = {},
  deps: ObjectSourceDeps = {},
): RegistrationSource {
  const { clock = Date.now, random = Math.random, schedule = scheduleTimer } = deps;
  const { name, connection, path, labelSelector, fieldSelector } = convention;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const run = async (listener: (update: RegistrationUpdate) => void): Promise<void> => {
    const roll = createRoll({ convention, ...options }, { clock, schedule, tell: createUpdateGate(listener) });
    const unfollow = convention.follow?.(roll.reread);
    const selection: ObjectSelection = { connection, path, labelSelector, fieldSelector, objectsMax: OBJECTS_MAX };
    const { signal } = stopping;
    let progress: Progress = { resourceVersion: undefined, failures: 0 };
    while (!signal.aborted) {
      const end = await listOrWatch({
        selection,
        resourceVersion: progress.resourceVersion,
        roll,
        signal,
        random,
        schedule,
      });
      if (stopping.signal.aborted) break;
      const isListed = progress.resourceVersion === undefined && end.type === 'resume';
      progress = advance(progress, end);
      if (end.type !== 'resume' && end.message !== undefined) roll.fail(`${name} cannot be read: ${end.message}`);
      if (!isListed && progress.failures > 0) await pause(backoffMs(progress.failures, random), { schedule, signal });
    }
    unfollow?.();
    roll.stop();
  };

  return {
    name,
    start: (listener) => {
      running = run(listener);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

interface Progress {
  /** Undefined: list first. */
  readonly resourceVersion: string | undefined;
  readonly failures: number;
}

/** Only a watch that brings something ends a series of failures: a list may work beside a watch that is refused. */
function advance(before: Progress, end: ObjectWatchEnd): Progress {
  if (end.type !== 'resume') return { resourceVersion: undefined, failures: before.failures + 1 };
  const { resourceVersion } = end;
  if (before.resourceVersion === undefined) return { resourceVersion, failures: before.failures };
  return { resourceVersion, failures: end.progressed ? 0 : before.failures + 1 };
}

interface Round {
  readonly selection: ObjectSelection;
  /** Undefined asks for a list. */
  readonly resourceVersion: string | undefined;
  readonly roll: Roll;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly schedule: Schedule;
}

async function listOrWatch(round: Round): Promise<ObjectWatchEnd> {
  const { selection, resourceVersion, roll, signal, random, schedule } = round;
  if (resourceVersion === undefined) {
    const list = await listObjects(selection, signal);
    if (!list.ok) return { type: 'failed', message: list.error };
    roll.replace(list.value.objects);
    return { type: 'resume', resourceVersion: list.value.resourceVersion, progressed: false };
  }
  return watchObjects(selection, resourceVersion, { random, schedule, signal, onChange: roll.change });
}

/** The objects as they are known, and what follows for the members. */
interface Roll {
  readonly replace: (objects: readonly ObjectHead[]) => void;
  /** The problem, if there are too many objects with this one, which is not taken in. */
  readonly change: (change: SourceChange) => string | undefined;
  /** The convention says something else of the same objects. */
  readonly reread: () => void;
  /** Until the next `replace` nobody leaves: an object may have been created anew without our hearing of it. */
  readonly fail: (message: string) => void;
  readonly stop: () => void;
}

interface RollDeps {
  readonly clock: () => number;
  readonly schedule: Schedule;
  readonly tell: (update: RegistrationUpdate) => void;
}

interface RollOptions extends ObjectSourceOptions {
  readonly convention: Convention;
}

/** What an object said when it was read last. */
interface Entry {
  readonly resourceVersion: string;
  readonly candidate: Candidate | undefined;
  /** Kept only if the convention may change its mind: objects hold credentials. */
  readonly object: JsonObject | undefined;
}

function createRoll(options: RollOptions, { clock, schedule, tell }: RollDeps): Roll {
  const book = createRegistrationBook({ graceMs: options.removalGraceMs ?? REMOVAL_GRACE_MS_DEFAULT });
  let entries = new Map<string, Entry>();
  let cancel: (() => void) | undefined;
  let isListed = false;

  const read = ({ name, resourceVersion, object }: ObjectHead): Entry => {
    const known = entries.get(name);
    if (known?.resourceVersion === resourceVersion) return known;
    const { candidate, follow, secretsIn } = options.convention;
    const found = candidate(object, name);
    const registeredBy: Pick<Candidate, 'object'> =
      secretsIn === undefined ? {} : { object: { apiVersion: 'v1', kind: 'Secret', namespace: secretsIn, name } };
    return {
      resourceVersion,
      candidate: found === undefined ? undefined : { ...found, ...registeredBy },
      object: follow === undefined ? undefined : object,
    };
  };
  const scheduleExpiry = (): void => {
    cancel?.();
    const expiryMs = book.nextExpiryMs();
    if (expiryMs === undefined) return;
    cancel = schedule(expiryMs - clock(), () => {
      tell(book.expire(clock()));
      scheduleExpiry();
    });
  };
  const publish = (): void => {
    const candidates = [...entries.values()].flatMap(({ candidate }) => (candidate === undefined ? [] : [candidate]));
    tell(book.apply(candidates, clock()));
    scheduleExpiry();
  };
  return {
    replace: (objects) => {
      entries = new Map(objects.map((object) => [object.name, read(object)]));
      isListed = true;
      publish();
    },
    change: (change) => {
      if (change.type === 'delete') entries.delete(change.name);
      else if (entries.size >= OBJECTS_MAX && !entries.has(change.object.name)) return describeExcess(OBJECTS_MAX);
      else entries.set(change.object.name, read(change.object));
      publish();
      return undefined;
    },
    reread: () => {
      const known = entries;
      entries = new Map();
      for (const [name, { resourceVersion, object }] of known) {
        if (object !== undefined) entries.set(name, read({ name, resourceVersion, object }));
      }
      if (isListed) publish();
    },
    fail: (message) => {
      cancel?.();
      isListed = false;
      tell({ type: 'failed', message });
    },
    stop: () => cancel?.(),
  };
}

/** Doubles from 0.8 s to 30 s, each time between half of it and all of it. */
function backoffMs(failures: number, random: () => number): number {
  const fullMs = Math.min(BACKOFF_MIN_MS * 2 ** (failures - 1), BACKOFF_MAX_MS);
  return fullMs / 2 + (fullMs / 2) * random();
}

function pause(delayMs: number, { schedule, signal }: { schedule: Schedule; signal: AbortSignal }): Promise<void> {
  return new Promise((resolve) => {
    const cancel = schedule(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
