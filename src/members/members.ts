import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { MemberEvent, MemberStatus } from '../kube/member-event.ts';
import { compareText } from '../kube/object.ts';
import type { MemberObservation } from '../kube/member-health.ts';
import type { ListGate } from './list-gate.ts';
import { createListGate } from './list-gate.ts';
import { createMember } from './member.ts';
import type { Member, MemberCounters, MemberRegistration, WritableMember } from './member-deps.ts';
import type { Refusal } from './member-status.ts';
import type { ObjectBudget, ObjectLimits } from './object-budget.ts';
import { createObjectBudget, DEFAULT_OBJECT_LIMITS } from './object-budget.ts';
import type { MembersLog, SharedDeps, StartTimer } from './reflector-deps.ts';
import { createSharing } from './sharing.ts';
import type { MemberSnapshot } from './snapshot.ts';

/** From the end of a member's probe to the next one unless `members.probeIntervalMs` says otherwise, give or take a tenth. */
const PROBE_INTERVAL_MS_DEFAULT = 10_000;

/**
 * Members with a snapshot show thousands of objects the moment they start: no more of them are started in one turn of
 * the event loop once it has taken this long.
 */
const START_MS_MAX = 10;

export interface MembersDeps {
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly startTimer: StartTimer;
  readonly log: MembersLog;
  /** uid of the hub's namespace kube-system; undefined while unknown or without a hub. */
  readonly hubFingerprint: () => string | undefined;
  /** The hub may be a member of its own clusterset: safe only where we do not serve the groups that we read. */
  readonly allowHub: boolean;
  /** The stored state of a member that is registered for the first time in this life. */
  readonly snapshotOf: (cluster: ClusterId) => MemberSnapshot | undefined;
  /** From the end of a member's probe to the next one, give or take a tenth. */
  readonly probeIntervalMs?: number;
  readonly limits?: ObjectLimits;
  readonly listGate?: ListGate;
}

/** All registered members. */
export interface Members {
  /** The complete set of registrations: members are started, rotated and removed accordingly. */
  readonly update: (registrations: readonly MemberRegistration[]) => void;
  /** By cluster name. */
  readonly statuses: () => readonly MemberStatus[];
  /** Of one member, at a cost that does not depend on how many there are; undefined while none of this name is registered. */
  readonly status: (cluster: ClusterId) => MemberStatus | undefined;
  /** Undefined as `status` is. */
  readonly observation: (cluster: ClusterId) => MemberObservation | undefined;
  /** Called synchronously, in the order in which things happened; returns how to stop listening. */
  readonly onEvent: (listener: (event: MemberEvent) => void) => () => void;
  /** Called with the new status of a member when it changed in more than the time of contact; phase `left` at its end. */
  readonly onStatusChange: (listener: (status: MemberStatus) => void) => () => void;
  /** Called when what `observation` gives of a member has changed. */
  readonly onObservation: (listener: (cluster: ClusterId) => void) => () => void;
  /** The last complete state of a member, for durable storage. */
  readonly snapshot: (cluster: ClusterId) => MemberSnapshot | undefined;
  /** Whether there is such a state; cheaper than making it. */
  readonly hasSnapshot: (cluster: ClusterId) => boolean;
  readonly counters: () => readonly MemberCounters[];
  /** Undefined while no member of this name is registered. */
  readonly writable: (cluster: string) => WritableMember | undefined;
  /** Ends all calls; members do not leave. */
  readonly stop: () => void;
}

interface State {
  readonly deps: MembersDeps;
  readonly shared: SharedDeps;
  readonly budget: ObjectBudget;
  readonly members: Map<ClusterId, Member>;
  /** Registered, and started in one of the next turns. */
  readonly waiting: Set<Member>;
  cancelStart: (() => void) | undefined;
  /** By name; undefined when members came or went since. */
  ordered: readonly Member[] | undefined;
  /** Which member stands for a cluster. */
  readonly claims: Map<string, ClusterId>;
  readonly eventListeners: Set<(event: MemberEvent) => void>;
  readonly statusListeners: Set<(status: MemberStatus) => void>;
  readonly observationListeners: Set<(cluster: ClusterId) => void>;
}

export function createMembers(deps: MembersDeps): Members {
  const { clock, random, startTimer, log } = deps;
  const state: State = {
    deps,
    shared: { clock, random, startTimer, log, listGate: deps.listGate ?? createListGate(), sharing: createSharing() },
    budget: createObjectBudget(deps.limits ?? DEFAULT_OBJECT_LIMITS),
    members: new Map(),
    waiting: new Set(),
    cancelStart: undefined,
    ordered: undefined,
    claims: new Map(),
    eventListeners: new Set(),
    statusListeners: new Set(),
    observationListeners: new Set(),
  };
  return {
    update: (registrations) => update(state, registrations),
    statuses: () => inOrder(state).map((member) => member.status()),
    status: (cluster) => state.members.get(cluster)?.status(),
    observation: (cluster) => state.members.get(cluster)?.observation(),
    onEvent: (listener) => listen(state.eventListeners, listener),
    onStatusChange: (listener) => listen(state.statusListeners, listener),
    onObservation: (listener) => listen(state.observationListeners, listener),
    snapshot: (cluster) => state.members.get(cluster)?.snapshot(),
    hasSnapshot: (cluster) => state.members.get(cluster)?.hasSnapshot() ?? false,
    counters: () => inOrder(state).map((member) => member.counters()),
    writable: (cluster) => {
      const name = parseClusterId(cluster);
      return name.ok ? state.members.get(name.value)?.writable() : undefined;
    },
    stop: () => {
      state.waiting.clear();
      state.cancelStart?.();
      for (const member of state.members.values()) member.stop();
    },
  };
}

function update(state: State, registrations: readonly MemberRegistration[]): void {
  const wanted = new Map(registrations.map((registration) => [registration.name, registration]));
  const left: Member[] = [];
  for (const [name, member] of state.members) {
    if (wanted.has(name)) continue;
    state.members.delete(name);
    state.waiting.delete(member);
    state.ordered = undefined;
    member.remove();
    left.push(member);
  }
  for (const registration of wanted.values()) place(state, registration);
  startWaiting(state);
  for (const member of left) tellStatusChange(state, member.status());
}

function place(state: State, registration: MemberRegistration): void {
  const known = state.members.get(registration.name);
  if (known !== undefined) {
    if (known.digest() === registration.digest) {
      known.note(registration);
      return;
    }
    if (state.waiting.delete(known)) known.start();
    known.rotate(registration);
    return;
  }
  const cluster = registration.name;
  const member = createMember({
    ...state.shared,
    registration,
    probeIntervalMs: state.deps.probeIntervalMs ?? PROBE_INTERVAL_MS_DEFAULT,
    snapshot: state.deps.snapshotOf(cluster),
    claim: (fingerprint) => claim(state, cluster, fingerprint),
    mayHold: (resource, objects) => state.budget.hold(cluster, resource, objects),
    release: () => release(state, cluster),
    emit: (event) => {
      for (const listener of state.eventListeners) listener(event);
    },
    onStatusChange: (status) => tellStatusChange(state, status),
    onObservation: () => {
      for (const listener of state.observationListeners) listener(cluster);
    },
  });
  state.members.set(cluster, member);
  state.ordered = undefined;
  state.waiting.add(member);
}

function startWaiting(state: State): void {
  const { waiting, deps } = state;
  const startedMs = deps.clock();
  for (const member of waiting) {
    waiting.delete(member);
    member.start();
    if (deps.clock() - startedMs >= START_MS_MAX) break;
  }
  state.cancelStart?.();
  if (waiting.size > 0) state.cancelStart = deps.startTimer(0, () => startWaiting(state));
}

/** One cluster is shown under one name only, and the hub under none unless that was asked for. */
function claim(state: State, cluster: ClusterId, fingerprint: string): Refusal | undefined {
  if (!state.deps.allowHub && fingerprint === state.deps.hubFingerprint()) {
    return { reason: 'IsHub', message: 'this is the hub itself; it may be a member only under the coexistence groups' };
  }
  const holder = state.claims.get(fingerprint);
  if (holder !== undefined && holder !== cluster) {
    return { reason: 'DuplicateMember', message: `the same cluster is registered as ${holder}` };
  }
  state.claims.set(fingerprint, cluster);
  return undefined;
}

function release(state: State, cluster: ClusterId): void {
  state.budget.release(cluster);
  for (const [fingerprint, holder] of state.claims) {
    if (holder === cluster) state.claims.delete(fingerprint);
  }
}

function tellStatusChange(state: State, status: MemberStatus): void {
  for (const listener of state.statusListeners) listener(status);
}

function inOrder(state: State): readonly Member[] {
  state.ordered ??= [...state.members].sort(([a], [b]) => compareText(a, b)).map(([, member]) => member);
  return state.ordered;
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
