import { exhausted } from '../kube/outcome.ts';
import type { HttpFailure } from './failure.ts';
import { fail } from './reflector-failure.ts';
import type { ReflectorInput, ReflectorMemory, ReflectorState, Step, StepContext } from './reflector-state.ts';
import {
  begin,
  DISCOVERY_INTERVAL_MS,
  listPage,
  openWatch,
  published,
  startTimer,
  STALL_MS,
} from './reflector-steps.ts';
import { laterResourceVersion } from './resource-version.ts';

/** The second look at a resource that discovery no longer finds comes this much later. */
const ABSENCE_CONFIRM_MS = 10_000;
const ABSENCES_TO_CONFIRM = 2;

/** A watch that ends sooner without an event is a fault: watching again at once could become a hot loop. */
const SHORT_WATCH_MS = 1_000;

type CallInput = Extract<ReflectorInput, { readonly call: number }>;
type LineInput = Extract<ReflectorInput, { type: 'line' }>;

/**
 * One resource of one member, kept in sync: what to do next, given what was and what just happened. Pure; answers to
 * calls that are no longer wanted change nothing.
 */
export function stepReflector(state: ReflectorState, input: ReflectorInput, context: StepContext): Step {
  switch (input.type) {
    case 'start':
      return start(state, input.relist, context);
    case 'stop':
      return stop(state);
    case 'kick':
      return state.phase.type === 'backingOff' && state.phase.mayHurry
        ? begin(state, context, [{ type: 'cancel' }])
        : unchanged(state);
    default:
      return input.call === state.memory.call ? stepCall(state, input, context) : unchanged(state);
  }
}

function stepCall(state: ReflectorState, input: CallInput, context: StepContext): Step {
  switch (input.type) {
    case 'discovered':
      return state.phase.type === 'discovering' ? onDiscovered(state, input, context) : unchanged(state);
    case 'page':
      return onPage(state, input, context);
    case 'opened':
      return onOpened(state, context);
    case 'line':
      return onLine(state, input, context);
    case 'ended':
      return onEnded(state, input.clean, context);
    case 'failed':
      return state.phase.type === 'idle' ? unchanged(state) : fail(state, input.failure, context);
    case 'timer':
      return onTimer(state, context);
    default:
      return exhausted(input);
  }
}

function unchanged(state: ReflectorState): Step {
  return { state, effects: [] };
}

function remember(state: ReflectorState, memory: Partial<ReflectorMemory>): ReflectorState {
  return { ...state, memory: { ...state.memory, ...memory } };
}

function start(state: ReflectorState, relist: boolean, context: StepContext): Step {
  if (state.phase.type !== 'idle') return unchanged(state);
  return begin(relist ? remember(state, { relist: true }) : state, context, []);
}

/** The resume point survives: a later start watches on from it. */
function stop(state: ReflectorState): Step {
  if (state.phase.type === 'idle') return unchanged(state);
  const { call, version } = state.memory;
  const memory = { call: call + 1, failures: 0, absences: 0, rediscover: state.options.discovered, version };
  return {
    state: { ...remember(state, memory), phase: { type: 'idle' } },
    effects: [{ type: 'cancel' }, { type: 'discardStaged' }],
  };
}

type Discovered = Extract<ReflectorInput, { type: 'discovered' }>;

function onDiscovered(state: ReflectorState, { version, holdsNothing }: Discovered, context: StepContext): Step {
  if (version === undefined) return onAbsent(state, holdsNothing);
  const known = state.memory.version;
  const changed = known !== undefined && known !== version;
  const memory: Partial<ReflectorMemory> = { version, rediscover: false, absences: 0 };
  return begin(remember(state, changed ? { ...memory, relist: true, compareContent: true } : memory), context, []);
}

/** What was known goes only after a second look; where nothing is known, it is a complete, empty state at once. */
function onAbsent(state: ReflectorState, holdsNothing: boolean): Step {
  const absences = state.memory.absences + 1;
  if (state.memory.absences >= ABSENCES_TO_CONFIRM) {
    const step = startTimer(
      { ...remember(state, { failures: 0 }), phase: { type: 'absent', confirmed: true } },
      DISCOVERY_INTERVAL_MS,
    );
    // A discovery may have failed in between: this answer ends that.
    return { state: step.state, effects: [{ type: 'health', failure: undefined }, ...step.effects] };
  }
  if (state.memory.synced && !holdsNothing && absences < ABSENCES_TO_CONFIRM) {
    return startTimer(
      { ...remember(state, { absences }), phase: { type: 'absent', confirmed: false } },
      ABSENCE_CONFIRM_MS,
    );
  }
  const memory: Partial<ReflectorMemory> = {
    absences: ABSENCES_TO_CONFIRM,
    version: undefined,
    rediscover: true,
    relist: true,
    revision: undefined,
    synced: true,
    failures: 0,
  };
  const step = startTimer(
    { ...remember(state, memory), phase: { type: 'absent', confirmed: true } },
    DISCOVERY_INTERVAL_MS,
  );
  return {
    state: step.state,
    effects: [
      { type: 'discardStaged' },
      { type: 'publish', revision: undefined, compareContent: false },
      { type: 'health', failure: undefined },
      ...step.effects,
    ],
  };
}

function onPage(state: ReflectorState, page: Extract<ReflectorInput, { type: 'page' }>, context: StepContext): Step {
  if (state.phase.type !== 'listing') return unchanged(state);
  // All pages show the snapshot of the first one, and it is from there that the watch goes on.
  const listRevision = state.phase.listRevision ?? page.revision;
  if (page.continueToken !== undefined) {
    const next = listPage({ ...state, phase: { ...state.phase, listRevision, continueToken: page.continueToken } });
    return { state: next.state, effects: [{ type: 'stage', objects: page.objects }, ...next.effects] };
  }
  const done = published(state, listRevision);
  const watch = openWatch(done.state, context);
  return {
    state: watch.state,
    effects: [{ type: 'stage', objects: page.objects }, ...done.effects, ...watch.effects],
  };
}

function onOpened(state: ReflectorState, { nowMs }: StepContext): Step {
  if (state.phase.type === 'watchListing') return unchanged({ ...state, phase: { ...state.phase, activeMs: nowMs } });
  if (state.phase.type !== 'watching') return unchanged(state);
  return {
    state: { ...state, phase: { ...state.phase, openedMs: nowMs, activeMs: nowMs } },
    effects: [{ type: 'health', failure: undefined }],
  };
}

function onLine(state: ReflectorState, { line }: LineInput, context: StepContext): Step {
  if (state.phase.type !== 'watching' && state.phase.type !== 'watchListing') return unchanged(state);
  if (line.type === 'garbage') return fail(state, { type: 'malformed', message: line.message }, context);
  if (line.type === 'error') return fail(state, watchError(line.failure), context);
  return state.phase.type === 'watching' ? onWatchLine(state, line, context) : onInitialLine(state, line, context);
}

/** An ERROR event that is no Status says nothing that we could act on, except that the stream is over. */
function watchError(failure: HttpFailure): HttpFailure | { type: 'malformed'; message: string } {
  return failure.code === 0 && failure.reason === undefined
    ? { type: 'malformed', message: 'an ERROR event without a Status' }
    : failure;
}

type DataLine = Exclude<LineInput['line'], { type: 'garbage' | 'error' }>;

function onWatchLine(state: ReflectorState, line: DataLine, { nowMs }: StepContext): Step {
  const revision = laterResourceVersion(state.memory.revision, line.revision);
  const next: ReflectorState = {
    options: state.options,
    memory: { ...state.memory, revision, failures: 0, hasExpired: false },
    phase: { type: 'watching', openedMs: openedAt(state, nowMs), activeMs: nowMs, hadEvents: true },
  };
  switch (line.type) {
    case 'applied':
      return { state: next, effects: [{ type: 'apply', object: line.object }] };
    case 'removed':
      return { state: next, effects: [{ type: 'remove', key: line.key, revision: line.revision }] };
    case 'skipped':
    case 'bookmark':
      return unchanged(next);
    default:
      return exhausted(line);
  }
}

function openedAt(state: ReflectorState, nowMs: number): number {
  return state.phase.type === 'watching' ? (state.phase.openedMs ?? nowMs) : nowMs;
}

/** Until the marked bookmark the events are one list, of which nothing is shown before it is complete. */
function onInitialLine(state: ReflectorState, line: DataLine, context: StepContext): Step {
  const active: ReflectorState = { ...state, phase: { type: 'watchListing', activeMs: context.nowMs } };
  switch (line.type) {
    case 'applied':
      return { state: active, effects: [{ type: 'stage', objects: [line.object] }] };
    case 'removed':
      return { state: active, effects: [{ type: 'unstage', key: line.key }] };
    case 'skipped':
      return unchanged(active);
    case 'bookmark':
      return line.initialEnd ? onInitialEnd(active, line.revision, context) : onUnmarkedBookmark(state, context);
    default:
      return exhausted(line);
  }
}

function onInitialEnd(state: ReflectorState, revision: string, { nowMs }: StepContext): Step {
  const done = published(remember(state, { failures: 0 }), revision);
  const phase = { type: 'watching', openedMs: nowMs, activeMs: nowMs, hadEvents: true } as const;
  return { state: { ...done.state, phase }, effects: done.effects };
}

/** The marked bookmark is the first one (KEP-3157): this server does not know sendInitialEvents and will never mark one. */
function onUnmarkedBookmark(state: ReflectorState, context: StepContext): Step {
  return begin(remember(state, { watchList: false }), context, [{ type: 'cancel' }, { type: 'discardStaged' }]);
}

function onEnded(state: ReflectorState, clean: boolean, context: StepContext): Step {
  if (state.phase.type === 'watchListing') {
    // A server that ignores sendInitialEvents ends its stream without ever marking a bookmark.
    const next = clean ? remember(state, { watchList: false }) : state;
    return fail(next, { type: 'connection', failure: 'Broken', message: 'the initial list ended early' }, context);
  }
  if (state.phase.type !== 'watching') return unchanged(state);
  const lived = context.nowMs - (state.phase.openedMs ?? context.nowMs);
  if (!clean || (lived < SHORT_WATCH_MS && !state.phase.hadEvents)) {
    return fail(state, { type: 'connection', failure: 'Broken', message: 'the watch was cut' }, context);
  }
  // Every watch ends within minutes: a good moment to notice that a better version is served.
  const memory: Partial<ReflectorMemory> = { failures: 0, hasExpired: false, rediscover: state.options.discovered };
  return begin(remember(state, memory), context, []);
}

function onTimer(state: ReflectorState, context: StepContext): Step {
  switch (state.phase.type) {
    case 'backingOff':
    case 'absent':
      return begin(state, context, []);
    case 'watching':
    case 'watchListing':
      return onStallTimer(state, state.phase.activeMs, context);
    case 'idle':
    case 'discovering':
    case 'listing':
      return unchanged(state);
    default:
      return exhausted(state.phase);
  }
}

function onStallTimer(state: ReflectorState, activeMs: number, context: StepContext): Step {
  const leftMs = activeMs + STALL_MS - context.nowMs;
  if (leftMs > 0) {
    return { state, effects: [{ type: 'startTimer', call: state.memory.call, delayMs: leftMs }] };
  }
  return fail(state, { type: 'stalled', message: 'the watch was silent for too long' }, context);
}
