import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { keyOf, keyString, parseKeyString } from '../kube/object.ts';
import { exhausted } from '../kube/outcome.ts';
import { parseWatchLine } from './answers.ts';
import type { Cut } from './cut.ts';
import { parseMemberObject } from './cut.ts';
import type { Difference, KeptObjects } from './kept-objects.ts';
import { createKeptObjects } from './kept-objects.ts';
import { stepReflector } from './machine.ts';
import type { CallSink } from './reflector-calls.ts';
import { callDiscovery, callList, callWatch } from './reflector-calls.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import type { ReflectorEffect, ReflectorInput, ReflectorState } from './reflector-state.ts';
import { initialReflector } from './reflector-state.ts';

/** Figures of one reflector, for status and metrics. */
export interface ReflectorFigures {
  readonly objects: number;
  /** Complete lists after the first one. */
  readonly relists: number;
  readonly watchEvents: number;
  /** Objects of our own that were read back and dropped. */
  readonly ownDropped: number;
  /** Objects dropped because they were malformed, in all. */
  readonly invalidDropped: number;
  /** Of those, the ones since the latest complete list, with one of them named. */
  readonly invalidNow: number;
  readonly invalidExample: string | undefined;
  /** When the member last proved that what we hold is current; undefined before the first complete list. */
  readonly currentMs: number | undefined;
}

/** Keeps one resource of one member in sync. */
export interface Reflector {
  readonly start: (relist: boolean) => void;
  /** Ends all calls. What is known stays, and a later start resumes. */
  readonly stop: () => void;
  readonly kick: () => void;
  /** Publishes objects of a snapshot as the first state; before `start` only. */
  readonly restore: (objects: readonly KubeObject[]) => void;
  readonly get: (key: ObjectKey) => KubeObject | undefined;
  readonly all: () => Iterable<KubeObject>;
  /** Forgets everything, as if it had never been started. */
  readonly reset: () => void;
  /** A complete state came from the member itself in this life. */
  readonly isCurrent: () => boolean;
  readonly revision: () => string | undefined;
  readonly figures: () => ReflectorFigures;
}

interface Running {
  readonly deps: ReflectorDeps;
  state: ReflectorState;
  kept: KeptObjects;
  readonly inputs: ReflectorInput[];
  isDraining: boolean;
  isOverfull: boolean;
  abort: AbortController | undefined;
  cancelTimer: (() => void) | undefined;
  /** Changes of one chunk of a watch, told together; undefined means deleted. */
  readonly pending: Map<string, KubeObject | undefined>;
  isCurrent: boolean;
  isSynced: boolean;
  readonly counts: { relists: number; watchEvents: number; ownDropped: number; invalidDropped: number };
  invalid: { listing: number; now: number; example: string | undefined };
  currentMs: number | undefined;
}

export function createReflector(deps: ReflectorDeps): Reflector {
  const running = newRunning(deps);
  return {
    start: (relist) => run(running, { type: 'start', relist }),
    stop: () => run(running, { type: 'stop' }),
    kick: () => run(running, { type: 'kick' }),
    restore: (objects) => restore(running, objects),
    reset: () => reset(running),
    get: (key) => running.kept.get(key),
    all: () => running.kept.all(),
    isCurrent: () => running.isCurrent,
    revision: () => running.state.memory.revision,
    figures: () => ({
      ...running.counts,
      objects: running.kept.size(),
      invalidNow: running.invalid.now,
      invalidExample: running.invalid.example,
      currentMs: running.currentMs,
    }),
  };
}

function newRunning(deps: ReflectorDeps): Running {
  return {
    deps,
    state: initialReflector(deps.source, false),
    kept: createKeptObjects(),
    inputs: [],
    isDraining: false,
    isOverfull: false,
    abort: undefined,
    cancelTimer: undefined,
    pending: new Map(),
    isCurrent: false,
    isSynced: false,
    counts: { relists: 0, watchEvents: 0, ownDropped: 0, invalidDropped: 0 },
    invalid: { listing: 0, now: 0, example: undefined },
    currentMs: undefined,
  };
}

function restore(running: Running, objects: readonly KubeObject[]): void {
  if (running.isSynced || running.state.phase.type !== 'idle') throw new Error('restored after the first state');
  for (const object of objects) running.kept.stage(object);
  running.state = initialReflector(running.deps.source, true);
  tell(running, running.kept.publish(false));
  running.isSynced = true;
  running.deps.sink.synced();
}

function reset(running: Running): void {
  run(running, { type: 'stop' });
  const { call } = running.state.memory;
  const fresh = initialReflector(running.deps.source, false);
  running.state = { ...fresh, memory: { ...fresh.memory, call } };
  running.kept = createKeptObjects();
  running.pending.clear();
  running.isCurrent = false;
  running.isSynced = false;
  running.invalid = { listing: 0, now: 0, example: undefined };
  running.currentMs = undefined;
}

/** Effects may lead to further inputs at once: they are taken in order, never nested. */
function run(running: Running, input: ReflectorInput): void {
  running.inputs.push(input);
  if (running.isDraining) return;
  running.isDraining = true;
  try {
    for (let next = running.inputs.shift(); next !== undefined; next = running.inputs.shift()) {
      const context = { nowMs: running.deps.clock(), random: running.deps.random() };
      const before = running.state;
      const step = stepReflector(before, next, context);
      running.state = step.state;
      for (const effect of step.effects) {
        perform(running, effect);
        if (running.isOverfull) break;
      }
      if (running.isOverfull) giveUp(running, before);
    }
  } finally {
    running.isDraining = false;
  }
}

/** More objects than may be held: what is left of the step is not done, and nothing more may come in. */
function giveUp(running: Running, before: ReflectorState): void {
  running.isOverfull = false;
  running.state = before;
  running.inputs.unshift({ type: 'stop' });
  running.deps.sink.tooLarge();
}

function perform(running: Running, effect: ReflectorEffect): void {
  switch (effect.type) {
    case 'discover':
    case 'list':
    case 'watch':
      startCall(running, effect);
      return;
    case 'cancel':
      running.abort?.abort();
      running.cancelTimer?.();
      return;
    case 'startTimer':
      startTimer(running, effect);
      return;
    case 'health':
      running.deps.sink.health(effect.failure);
      return;
    default:
      performOnObjects(running, effect);
  }
}

function startTimer(running: Running, { call, delayMs }: Extract<ReflectorEffect, { type: 'startTimer' }>): void {
  running.cancelTimer?.();
  running.cancelTimer = running.deps.startTimer(delayMs, () => run(running, { type: 'timer', call }));
}

type ObjectEffect = Extract<
  ReflectorEffect,
  { type: 'stage' | 'unstage' | 'discardStaged' | 'publish' | 'apply' | 'remove' }
>;

function performOnObjects(running: Running, effect: ObjectEffect): void {
  const { kept } = running;
  switch (effect.type) {
    case 'stage':
      for (const object of effect.objects) kept.stage(object);
      checkSize(running, kept.stagedSize());
      return;
    case 'unstage':
      kept.unstage(effect.key);
      return;
    case 'discardStaged':
      kept.discardStaged();
      running.invalid.listing = 0;
      return;
    case 'publish':
      publish(running, effect.compareContent);
      return;
    case 'apply':
      if (kept.apply(effect.object)) running.pending.set(keyString(keyOf(effect.object)), effect.object);
      checkSize(running, kept.size());
      return;
    case 'remove':
      if (kept.remove(effect.key, effect.revision)) running.pending.set(keyString(effect.key), undefined);
      return;
    default:
      exhausted(effect);
  }
}

function publish(running: Running, compareContent: boolean): void {
  flush(running);
  if (running.isCurrent) running.counts.relists += 1;
  running.invalid = { ...running.invalid, now: running.invalid.listing, listing: 0 };
  if (running.invalid.now === 0) running.invalid.example = undefined;
  running.isCurrent = true;
  running.currentMs = running.deps.clock();
  tell(running, running.kept.publish(compareContent));
  if (running.isSynced) return;
  running.isSynced = true;
  running.deps.sink.synced();
}

function tell(running: Running, difference: Difference): void {
  if (difference.applied.length > 0 || difference.deleted.length > 0) running.deps.sink.changed(difference);
}

function flush(running: Running): void {
  if (running.pending.size === 0) return;
  const applied: KubeObject[] = [];
  const deleted: ObjectKey[] = [];
  for (const [key, object] of running.pending) {
    if (object === undefined) deleted.push(parseKeyString(key));
    else applied.push(object);
  }
  running.pending.clear();
  tell(running, { applied, deleted });
}

function checkSize(running: Running, objects: number): void {
  if (!running.deps.sink.mayHold(objects)) running.isOverfull = true;
}

function startCall(running: Running, effect: Extract<ReflectorEffect, { type: 'discover' | 'list' | 'watch' }>): void {
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
  { effect, sink }: { effect: Extract<ReflectorEffect, { type: 'discover' | 'list' | 'watch' }>; sink: CallSink },
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
  const { deps } = running;
  const contact = (): void => {
    if (running.state.memory.call === call) deps.sink.contact();
  };
  return {
    failed: (failure) => run(running, { type: 'failed', call, failure }),
    discovered: (version) => {
      contact();
      run(running, { type: 'discovered', call, version });
      const { phase } = running.state;
      if (phase.type === 'absent' && phase.confirmed) running.currentMs = deps.clock();
    },
    page: (items, revision, continueToken) => {
      contact();
      if (running.state.memory.call !== call) return;
      const cuts = items.map((item) => cutObject(running, item));
      const objects = cuts.flatMap((cut) => (cut.type === 'kept' ? [cut.object] : []));
      run(running, { type: 'page', call, objects, revision, continueToken });
    },
    opened: () => {
      contact();
      run(running, { type: 'opened', call });
    },
    lines: (lines) => takeLines(running, call, lines),
    garbage: (message) => run(running, { type: 'line', call, line: { type: 'garbage', message } }),
    ended: (clean) => run(running, { type: 'ended', call, clean }),
  };
}

function takeLines(running: Running, call: number, lines: readonly string[]): boolean {
  for (const text of lines) {
    if (running.state.memory.call !== call) break;
    const line = parseWatchLine(text, (object) => cutObject(running, object));
    running.counts.watchEvents += 1;
    run(running, { type: 'line', call, line });
  }
  flush(running);
  if (running.state.memory.call !== call) return false;
  running.deps.sink.contact();
  if (running.state.phase.type === 'watching') running.currentMs = running.deps.clock();
  return true;
}

function cutObject(running: Running, value: unknown): Cut {
  const { deps, counts, invalid } = running;
  const cut = parseMemberObject(value, deps.source, deps.sharing);
  if (cut.type === 'kept' && !deps.wants(cut.object)) return { type: 'unwanted', key: keyOf(cut.object) };
  if (cut.type === 'own') counts.ownDropped += 1;
  if (cut.type !== 'invalid') return cut;
  counts.invalidDropped += 1;
  if (running.state.phase.type === 'watching') invalid.now += 1;
  else invalid.listing += 1;
  const name = cut.key === undefined ? 'an object' : keyString(cut.key);
  invalid.example = `${deps.source.resource} ${name}: ${cut.problem}`;
  return cut;
}
