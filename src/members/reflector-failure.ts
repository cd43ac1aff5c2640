import type { Failure, HttpFailure } from './failure.ts';
import { isExpired, isTemporary } from './failure.ts';
import type { ReflectorEffect, ReflectorMemory, ReflectorState, Step, StepContext } from './reflector-state.ts';
import { begin, listPage, startTimer } from './reflector-steps.ts';

// As client-go's reflectors.
const BACKOFF_MIN_MS = 800;
const BACKOFF_MAX_MS = 30_000;

const RETRY_AFTER_JITTER_MS = 5_000;

/** A resume that the member keeps answering with its own errors may be the resume point's fault: read everything anew. */
const SERVER_ERRORS_BEFORE_RELIST = 5;

const GATEWAY_CODES: readonly number[] = [502, 503, 504];

/** A page that is too large in bytes is asked for again with so many times fewer objects. */
const PAGE_SHRINK_FACTOR = 8;

/**
 * What follows a failed call or broken stream. What is known is never given up here: rows go only by a complete list,
 * an event, or discovery.
 */
export function fail(state: ReflectorState, failure: Failure, context: StepContext): Step {
  if (refusesWatchList(state, failure)) {
    const next = { ...state, memory: { ...state.memory, watchList: false } };
    return begin(next, context, [{ type: 'cancel' }, { type: 'discardStaged' }]);
  }
  if (mayRelistAtOnce(state, failure)) {
    const memory = { ...state.memory, ...expiredLesson(state), hasExpired: true };
    return begin({ ...state, memory }, context, [{ type: 'cancel' }, { type: 'discardStaged' }]);
  }
  const smaller = smallerPage(state, failure);
  return smaller ?? backOff(state, failure, context);
}

/**
 * What is known is old by now, and nobody is told: as after a restart of what is read, which answered until it ended. Only
 * what expires again before a watch went well could become a hot loop.
 */
function mayRelistAtOnce({ phase, memory }: ReflectorState, failure: Failure): boolean {
  return phase.type === 'watching' && !memory.hasExpired && isExpired(failure);
}

function backOff(state: ReflectorState, failure: Failure, context: StepContext): Step {
  const memory = { ...state.memory, ...lessons(state, failure), failures: state.memory.failures + 1 };
  const timer = startTimer(
    { ...state, memory, phase: { type: 'backingOff', mayHurry: isAway(failure) } },
    backoffMs(memory.failures, failure, context.random),
  );
  const effects: ReflectorEffect[] = [{ type: 'cancel' }, { type: 'discardStaged' }];
  if (isProblem(state, failure)) effects.push({ type: 'health', failure });
  return { state: timer.state, effects: [...effects, ...timer.effects] };
}

/** Nobody answered, or somebody in front of it: an aggregator, a proxy. What says when to come back is taken at its word. */
function isAway(failure: Failure): boolean {
  if (failure.type === 'connection') return true;
  return failure.type === 'http' && GATEWAY_CODES.includes(failure.code) && failure.retryAfterSeconds === undefined;
}

/** 4xx in general; what says "not you", "not now" or "not there" would be the answer to a plain list as well. */
function refusesWatchList(state: ReflectorState, failure: Failure): boolean {
  if (state.phase.type !== 'watchListing') return false;
  if (failure.type === 'stalled') return true;
  if (failure.type !== 'http' || isExpired(failure) || isTemporary(failure)) return false;
  return failure.code >= 400 && failure.code < 500 && failure.code !== 404;
}

function smallerPage(state: ReflectorState, failure: Failure): Step | undefined {
  const { phase } = state;
  if (phase.type !== 'listing' || phase.limit === 1) return undefined;
  if (failure.type !== 'connection' || failure.failure !== 'BodyTooLarge') return undefined;
  const limit = Math.max(1, Math.floor(phase.limit / PAGE_SHRINK_FACTOR));
  return listPage({ ...state, phase: { ...phase, limit } });
}

/** What the failure teaches about how to go on. */
function lessons(state: ReflectorState, failure: Failure): Partial<ReflectorMemory> {
  if (state.phase.type === 'discovering') return {};
  if (failure.type === 'malformed' || failure.type === 'stalled') return { relist: true };
  return failure.type === 'http' ? httpLessons(state, failure) : {};
}

function httpLessons(state: ReflectorState, failure: HttpFailure): Partial<ReflectorMemory> {
  if (failure.revisionTooLarge) return { relist: true, revision: undefined };
  if (isExpired(failure)) return expiredLesson(state);
  if (failure.code === 404) return state.options.discovered ? { rediscover: true, relist: true } : {};
  if (!isTemporary(failure)) return { relist: true, revision: undefined };
  const givesUpResume = failure.code >= 500 && state.memory.failures + 1 >= SERVER_ERRORS_BEFORE_RELIST;
  return givesUpResume ? { relist: true } : {};
}

/** From a watch: relist, not older than what we have. From that relist itself: whatever is most recent. */
function expiredLesson(state: ReflectorState): Partial<ReflectorMemory> {
  return state.phase.type === 'watching' ? { relist: true } : { relist: true, revision: undefined };
}

/** Watches end and expire in good health; only what a call is refused for is worth telling. */
function isProblem(state: ReflectorState, failure: Failure): boolean {
  if (isExpired(failure) || isBriefly(state, failure)) return false;
  // Whether the resource is really gone is for discovery to say.
  const isVanished = failure.type === 'http' && failure.code === 404 && state.options.discovered;
  if (isVanished && state.phase.type !== 'discovering') return false;
  const wasOpen = state.phase.type === 'watching' && state.phase.openedMs !== undefined;
  return !(wasOpen && failure.type === 'connection');
}

/** kube-apiserver asks for a second while it begins to serve a definition that has just been installed. */
function isBriefly({ memory }: ReflectorState, failure: Failure): boolean {
  return memory.failures === 0 && failure.type === 'http' && failure.code === 429 && failure.retryAfterSeconds === 1;
}

/**
 * Between 0.8 s and 30 s, spread over the whole span that the number of failures allows. A member that says when to
 * come back is taken at its word, a little later.
 */
function backoffMs(failures: number, failure: Failure, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(failures, 16));
  const delay = Math.floor(BACKOFF_MIN_MS + random * (ceiling - BACKOFF_MIN_MS));
  const asked = failure.type === 'http' ? failure.retryAfterSeconds : undefined;
  if (asked === undefined) return delay;
  return Math.max(BACKOFF_MIN_MS, asked * 1000) + Math.floor(random * Math.min(ceiling, RETRY_AFTER_JITTER_MS));
}
