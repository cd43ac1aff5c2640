import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { exhausted } from '../kube/outcome.ts';
import { parseWatchLine } from './answers.ts';
import { stepReflector } from './machine.ts';
import type { ObjectIntake, ReflectorFigures } from './object-intake.ts';
import { createObjectIntake } from './object-intake.ts';
import type { CallSink } from './reflector-calls.ts';
import { callDiscovery, callList, callWatch } from './reflector-calls.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import type { ReflectorEffect, ReflectorInput, ReflectorState } from './reflector-state.ts';
import { initialReflector } from './reflector-state.ts';

/** Keeps one resource of one member in sync. */
export interface Reflector {
  /** `relist`: what is known may be of another time or place; it is not current before the next complete list. */
  readonly start: (relist: boolean) => void;
  /** Ends all calls. What is known stays, and a later start resumes. */
  readonly stop: () => void;
  /** The member answers again: whoever waits to try again tries now. */
  readonly kick: () => void;
  /** Publishes objects of a snapshot as the first state; before `start` only. */
  readonly restore: (objects: readonly KubeObject[]) => void;
  /** Stops, and tells that everything is gone: a known, empty state. */
  readonly clear: () => void;
  readonly get: (key: ObjectKey) => KubeObject | undefined;
  readonly all: () => Iterable<KubeObject>;
  /** A complete state came from the member itself in this life. */
  readonly isCurrent: () => boolean;
  readonly revision: () => string | undefined;
  /** The API version that is read; undefined while it is not known, or the member does not have the resource. */
  readonly version: () => string | undefined;
  /** Takes in what a write of ours gave back, before the watch tells of it. */
  readonly wrote: (value: unknown) => void;
  readonly deleted: ObjectIntake['deleted'];
  readonly figures: () => ReflectorFigures;
}

interface Running {
  readonly deps: ReflectorDeps;
  readonly intake: ObjectIntake;
  readonly inputs: ReflectorInput[];
  state: ReflectorState;
  isDraining: boolean;
  abort: AbortController | undefined;
  cancelTimer: (() => void) | undefined;
}

type CallEffect = Extract<ReflectorEffect, { type: 'discover' | 'list' | 'watch' }>;

export function createReflector(deps: ReflectorDeps): Reflector {
  const intake = createObjectIntake(deps);
  const running: Running = {
    deps,
    intake,
    inputs: [],
    state: initialReflector(deps.source, false),
    isDraining: false,
    abort: undefined,
    cancelTimer: undefined,
  };
  return {
    start: (relist) => {
      if (relist) intake.expire();
      take(running, { type: 'start', relist });
    },
    stop: () => take(running, { type: 'stop' }),
    kick: () => take(running, { type: 'kick' }),
    restore: (objects) => {
      running.state = initialReflector(deps.source, true);
      intake.restore(objects);
    },
    clear: () => {
      take(running, { type: 'stop' });
      intake.clear();
    },
    get: intake.kept.get,
    all: intake.kept.all,
    isCurrent: intake.isCurrent,
    revision: () => running.state.memory.revision,
    version: () => running.state.memory.version,
    wrote: (value) => intake.wrote(value, running.state.memory.revision),
    deleted: intake.deleted,
    figures: intake.figures,
  };
}

/** Effects may lead to further inputs at once: they are taken in order, never nested. */
function take(running: Running, input: ReflectorInput): void {
  running.inputs.push(input);
  if (running.isDraining) return;
  running.isDraining = true;
  try {
    for (let next = running.inputs.shift(); next !== undefined; next = running.inputs.shift()) stepOnce(running, next);
  } finally {
    running.isDraining = false;
  }
}

function stepOnce(running: Running, input: ReflectorInput): void {
  const before = running.state;
  const step = stepReflector(before, input, { nowMs: running.deps.clock(), random: running.deps.random() });
  running.state = step.state;
  for (const effect of step.effects) {
    if (perform(running, effect)) continue;
    // More objects than may be held: what is left of the step is not done, and nothing more may come in.
    running.state = before;
    running.inputs.unshift({ type: 'stop' });
    running.deps.sink.tooLarge();
    return;
  }
}

function perform(running: Running, effect: ReflectorEffect): boolean {
  switch (effect.type) {
    case 'discover':
    case 'list':
    case 'watch':
      startCall(running, effect);
      return true;
    case 'cancel':
      running.abort?.abort();
      running.cancelTimer?.();
      return true;
    case 'startTimer':
      running.cancelTimer?.();
      running.cancelTimer = running.deps.startTimer(effect.delayMs, () =>
        take(running, { type: 'timer', call: effect.call }),
      );
      return true;
    case 'health':
      running.deps.sink.health(effect.failure);
      return true;
    default:
      return running.intake.perform(effect);
  }
}

function startCall(running: Running, effect: CallEffect): void {
  const abort = new AbortController();
  running.abort = abort;
  const sink = callSink(running, effect.call);
  performCall(running.deps, { effect, sink }, abort.signal).catch((err: unknown) => {
    running.deps.log.error({ memberCluster: running.deps.member, err }, 'a call to a member failed unexpectedly');
    sink.failed({ type: 'malformed', message: 'internal error' });
  });
}

function performCall(
  deps: ReflectorDeps,
  { effect, sink }: { effect: CallEffect; sink: CallSink },
  signal: AbortSignal,
): Promise<void> {
  switch (effect.type) {
    case 'discover':
      return callDiscovery(deps, sink, signal);
    case 'list':
      return callList({ deps, effect }, sink, signal);
    case 'watch':
      return callWatch({ deps, effect }, sink, signal);
    default:
      return exhausted(effect);
  }
}

function callSink(running: Running, call: number): CallSink {
  const isWanted = (): boolean => running.state.memory.call === call;
  const takeAnswer = (input: ReflectorInput): void => {
    if (isWanted()) running.deps.sink.contact();
    take(running, input);
  };
  return {
    failed: (failure) => take(running, { type: 'failed', call, failure }),
    discovered: (version) => {
      takeAnswer({ type: 'discovered', call, version, holdsNothing: running.intake.kept.size() === 0 });
      const { phase } = running.state;
      if (phase.type === 'absent' && phase.confirmed) running.intake.confirm();
    },
    page: (items, revision, continueToken) => {
      if (!isWanted()) return;
      const cuts = items.map((item) => running.intake.cut(item, 'list'));
      const objects = cuts.flatMap((cut) => (cut.type === 'kept' ? [cut.object] : []));
      takeAnswer({ type: 'page', call, objects, revision, continueToken });
    },
    opened: () => takeAnswer({ type: 'opened', call }),
    isListing: () => running.state.phase.type === 'watchListing',
    lines: (lines) => takeLines({ running, isWanted }, call, lines),
    garbage: (message) => take(running, { type: 'line', call, line: { type: 'garbage', message } }),
    ended: (clean) => take(running, { type: 'ended', call, clean }),
  };
}

/** The lines of one chunk; what they change is told together. */
function takeLines(
  { running, isWanted }: { running: Running; isWanted: () => boolean },
  call: number,
  lines: readonly string[],
): boolean {
  const { intake, deps } = running;
  for (const text of lines) {
    if (!isWanted()) break;
    const origin = running.state.phase.type === 'watching' ? 'watch' : 'list';
    intake.countEvent();
    take(running, { type: 'line', call, line: parseWatchLine(text, (object) => intake.cut(object, origin)) });
  }
  intake.flush();
  if (!isWanted()) return false;
  deps.sink.contact();
  if (running.state.phase.type === 'watching') intake.confirm();
  return true;
}
