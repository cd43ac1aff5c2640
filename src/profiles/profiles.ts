import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { ObjectKey } from '../kube/object.ts';
import { compareText } from '../kube/object.ts';
import type { Held, ProfilesDeps } from './held-member.ts';
import { newHeldMember, PROFILES } from './held-member.ts';
import type { RecordList } from './record-list.ts';
import { createRecordList } from './record-list.ts';
import type { KeptProfiles } from './restore.ts';
import type { EditRecord, HeldProfile } from './settle-member.ts';
import { editProfile, saveProfiles, settleMember } from './settle-member.ts';

/** Changes of one member that come together are looked at together. */
const SETTLE_DELAY_MS = 50;
/** Members whose profiles are worked on at the same time: bounds the writes that the hub gets at once. */
const SETTLING_MAX = 4;
/** After a record could not be read or written; doubles up to `RETRY_MS_MAX`. */
const RETRY_MS_MIN = 1_000;
/** The longest pause before a record is read or written again. */
const RETRY_MS_MAX = 60_000;
/** Data is served without the profiles that are not ready by then; they answer 503. */
const OPEN_MS_MAX = 10_000;
/** Members that one warning names; the rest is counted. */
const WARNED_MEMBERS_MAX = 5;

/** The ClusterProfiles: computed from the members, kept over restarts, with what other writers add to them. */
export interface Profiles {
  /** Something of these members may have changed. */
  readonly changed: (clusters: Iterable<ClusterId>) => void;
  /** Begins to serve; resolves when the profiles of all members known then are there, as far as they can be. */
  readonly open: () => Promise<void>;
  /** The members whose profile may exist although it is not served, for want of a record. */
  readonly couldHold: (key: ObjectKey) => readonly ClusterId[];
  /** Why some profiles are not served; a Warning text. */
  readonly warning: () => string | undefined;
  readonly has: (key: ObjectKey) => boolean;
  /**
   * Replaces the record by what `edit` makes of it, in turn with all other changes of the member, which wait for it, once
   * the new record is safe; the very same record changes nothing. Undefined: there is no such profile. Throws what `edit`
   * throws, and DurableError when the record cannot be kept.
   */
  readonly edit: (key: ObjectKey, edit: EditRecord) => Promise<HeldProfile | undefined>;
  /** Writes what is not safe yet, once, and ends. */
  readonly close: () => Promise<void>;
}

interface State {
  readonly deps: ProfilesDeps;
  readonly members: Map<ClusterId, Held>;
  readonly list: RecordList;
  isOpen: boolean;
  isClosed: boolean;
  settling: number;
  waiting: Held[];
  onSettled: (() => void)[];
}

export function createProfiles(deps: ProfilesDeps, kept: KeptProfiles): Profiles {
  const unread = kept.unread.map((cluster) => [cluster, newHeldMember(cluster, [], false)] as const);
  const read = [...kept.profiles].map(
    ([cluster, records]) => [cluster, newHeldMember(cluster, records, true)] as const,
  );
  const state: State = {
    deps,
    members: new Map([...unread, ...read]),
    list: createRecordList({ ...deps, onListed: (clusters) => readListed(clusters) }, kept.isListed),
    isOpen: false,
    isClosed: false,
    settling: 0,
    waiting: [],
    onSettled: [],
  };
  // Where not even the list of records could be read, any member may have one.
  const heldOf = (cluster: ClusterId): Held => {
    const known = state.members.get(cluster);
    if (known !== undefined) return known;
    const held = newHeldMember(cluster, [], state.list.isKnown());
    state.members.set(cluster, held);
    return held;
  };
  // Members that left, too: their finalizers may hold a profile.
  const readListed = (clusters: readonly ClusterId[]): void => {
    for (const cluster of clusters) {
      if (!state.members.has(cluster)) state.members.set(cluster, newHeldMember(cluster, [], false));
      plan(state, heldOf(cluster), 0);
    }
  };
  return {
    changed: (clusters) => {
      for (const cluster of clusters) plan(state, heldOf(cluster), SETTLE_DELAY_MS);
    },
    open: async () => {
      state.isOpen = true;
      state.list.begin();
      for (const held of state.members.values()) {
        held.isWaiting = true;
        state.waiting.push(held);
      }
      await untilSettled(state);
    },
    couldHold: (key) => couldHold(state, key),
    warning: () => warningOf(state),
    has: (key) => deps.store.get(PROFILES, key) !== undefined,
    edit: async (key, edit) => {
      const held = findHeld(state, key);
      if (held === undefined) return undefined;
      const work = held.turn.then(() => editProfile(deps, held, { namespace: key.namespace, edit }));
      // What follows waits for this one, however it ends.
      const end = work.then(
        ({ saved }) => saved,
        () => undefined,
      );
      held.turn = end.then(() => {
        if (held.isUnsaved) plan(state, held, retryMs(held));
        else if (held.records.size < deps.namespaces.length) plan(state, held, 0);
      });
      return (await work).held;
    },
    close: async () => {
      state.isClosed = true;
      state.list.end();
      for (const held of state.members.values()) held.planned?.cancel();
      await Promise.all([...state.members.values()].map((held) => finish(state, held)));
    },
  };
}

function findHeld({ members }: State, { name }: ObjectKey): Held | undefined {
  for (const held of members.values()) if (held.cluster === name) return held;
  return undefined;
}

/** Looks at a member after a while; the earliest wish counts. */
function plan(state: State, held: Held, delayMs: number): void {
  if (!state.isOpen || state.isClosed || held.isWaiting) return;
  const dueMs = state.deps.monotonic() + delayMs;
  // A later wish must not put it off: where something always changes, it would never come.
  if (held.planned !== undefined && held.planned.dueMs <= dueMs) return;
  held.planned?.cancel();
  const cancel = state.deps.schedule(() => {
    held.planned = undefined;
    held.isWaiting = true;
    state.waiting.push(held);
    startWaiting(state);
  }, delayMs);
  held.planned = { dueMs, cancel };
}

function startWaiting(state: State): void {
  while (state.settling < SETTLING_MAX) {
    const held = state.waiting.shift();
    if (held === undefined) break;
    held.isWaiting = false;
    state.settling += 1;
    held.turn = held.turn
      .then(() => settle(state, held))
      .finally(() => {
        state.settling -= 1;
        startWaiting(state);
      });
  }
  if (state.settling > 0 || state.waiting.length > 0) return;
  for (const tell of state.onSettled.splice(0)) tell();
}

async function settle(state: State, held: Held): Promise<void> {
  if (state.isClosed) return;
  try {
    const { again } = await settleMember(state.deps, held);
    if (held.isUnsaved || !held.isRead || held.failures > 0) plan(state, held, retryMs(held));
    else if (again !== undefined) plan(state, held, again);
    if (held.records.size === 0 && held.isRead && state.deps.factsOf(held.cluster) === undefined) {
      state.members.delete(held.cluster);
    }
  } catch (err) {
    state.deps.log.error({ memberCluster: held.cluster, err }, 'the profiles of a member could not be computed');
  }
}

function retryMs({ failures }: Held): number {
  return Math.min(RETRY_MS_MIN * 2 ** Math.max(0, failures - 1), RETRY_MS_MAX);
}

/** Resolves when nothing waits any more, or it took too long. */
function untilSettled(state: State): Promise<void> {
  return new Promise((resolve) => {
    const cancel = state.deps.schedule(resolve, OPEN_MS_MAX);
    state.onSettled.push(() => {
      cancel();
      resolve();
    });
    startWaiting(state);
  });
}

async function finish({ deps }: State, held: Held): Promise<void> {
  await held.turn;
  if (held.isUnsaved && held.isRead) await saveProfiles(deps, held);
}

function couldHold({ deps, members, list, isOpen }: State, { namespace, name }: ObjectKey): readonly ClusterId[] {
  if (!isOpen || !deps.namespaces.includes(namespace)) return [];
  const held = [...members.values()].find(({ cluster }) => cluster === name);
  if (held === undefined) return list.isKnown() ? [] : memberNamed(name);
  const isAwaited = !held.isRead || (held.failures > 0 && !held.records.has(namespace));
  return isAwaited ? [held.cluster] : [];
}

function memberNamed(name: string): readonly ClusterId[] {
  const cluster = parseClusterId(name);
  return cluster.ok ? [cluster.value] : [];
}

function warningOf({ members, list, isOpen }: State): string | undefined {
  if (isOpen && !list.isKnown()) return 'clusterprofiles may be missing, their records cannot be listed';
  const hidden = [...members.values()].filter(({ isRead }) => !isRead).map(({ cluster }) => cluster);
  if (hidden.length === 0) return undefined;
  hidden.sort(compareText);
  const named = hidden.slice(0, WARNED_MEMBERS_MAX).join(', ');
  const rest = hidden.length - WARNED_MEMBERS_MAX;
  return `clusterprofiles not served, their records cannot be read: ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}
