import type { ReflectorEffect, ReflectorPhase, ReflectorState, Step, StepContext } from './reflector-state.ts';

/** A watch without an event or bookmark for this long is abandoned; kube-apiserver sends a bookmark each minute. */
export const STALL_MS = 150_000;

/** How often discovery is asked for a resource that the member does not have. */
export const DISCOVERY_INTERVAL_MS = 10_000;

export const PAGE_OBJECTS_MAX = 500;

// As client-go's reflectors: spread, so that a member's restart does not bring all watches back at one moment.
const WATCH_TIMEOUT_SECONDS_MIN = 300;
const WATCH_TIMEOUT_SECONDS_SPREAD = 301;

/** Starts whatever is needed next: discovery, a complete list, or a watch from where we were. */
export function begin(state: ReflectorState, context: StepContext, before: readonly ReflectorEffect[]): Step {
  const step = beginNext(state, context);
  return { state: step.state, effects: [...before, ...step.effects] };
}

function beginNext(state: ReflectorState, context: StepContext): Step {
  if (state.memory.rediscover) {
    const next = enter(state, { type: 'discovering' });
    return { state: next, effects: [{ type: 'discover', call: next.memory.call }] };
  }
  if (!state.memory.relist) return openWatch(state, context);
  return state.memory.watchList
    ? openWatch(state, context)
    : listPage({
        ...state,
        phase: { type: 'listing', limit: PAGE_OBJECTS_MAX, continueToken: undefined, listRevision: undefined },
      });
}

/** A new phase with a new call: whatever still answers to the previous call is ignored. */
export function enter(state: ReflectorState, phase: ReflectorPhase): ReflectorState {
  return { ...state, memory: { ...state.memory, call: state.memory.call + 1 }, phase };
}

export function startTimer(state: ReflectorState, delayMs: number): Step {
  const next = enter(state, state.phase);
  return { state: next, effects: [{ type: 'startTimer', call: next.memory.call, delayMs }] };
}

/** Asks for the page that the listing phase stands at. */
export function listPage(state: ReflectorState): Step {
  const { phase } = state;
  if (phase.type !== 'listing') throw new Error(`no page to list while ${phase.type}`);
  const next = enter(state, phase);
  const { call, revision } = next.memory;
  return {
    state: next,
    effects: [
      {
        type: 'list',
        call,
        version: versionOf(next),
        limit: phase.limit,
        continueToken: phase.continueToken,
        // A continue token already stands for a revision; the API refuses both together.
        notOlderThan: phase.continueToken === undefined ? revision : undefined,
      },
    ],
  };
}

/** A watch from the resume point, or a streaming list (KEP-3157) when a complete list is due. */
export function openWatch(state: ReflectorState, { nowMs, random }: StepContext): Step {
  const initialEvents = state.memory.relist;
  const phase: ReflectorPhase = initialEvents
    ? { type: 'watchListing', activeMs: nowMs }
    : { type: 'watching', openedMs: undefined, activeMs: nowMs, hadEvents: false };
  const next = enter(state, phase);
  const { call, revision } = next.memory;
  return {
    state: next,
    effects: [
      {
        type: 'watch',
        call,
        version: versionOf(next),
        revision,
        initialEvents,
        timeoutSeconds: WATCH_TIMEOUT_SECONDS_MIN + Math.floor(random * WATCH_TIMEOUT_SECONDS_SPREAD),
      },
      { type: 'startTimer', call, delayMs: STALL_MS },
    ],
  };
}

/** The staged objects are complete at `revision`. */
export function published(state: ReflectorState, revision: string): Step {
  const { compareContent } = state.memory;
  const memory = { ...state.memory, revision, relist: false, synced: true, compareContent: false };
  return {
    state: { ...state, memory },
    effects: [
      { type: 'publish', revision, compareContent },
      { type: 'health', failure: undefined },
    ],
  };
}

function versionOf(state: ReflectorState): string {
  const { version } = state.memory;
  if (version === undefined) throw new Error('the served version is not known yet');
  return version;
}
