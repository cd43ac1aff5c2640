import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { keyOf, keyString, parseKeyString, textAt } from '../kube/object.ts';
import { exhausted } from '../kube/outcome.ts';
import type { Cut } from './cut.ts';
import type { Difference, KeptObjects } from './kept-objects.ts';
import { createKeptObjects } from './kept-objects.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import type { ReflectorEffect } from './reflector-state.ts';
import { isResourceVersion } from './resource-version.ts';

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

export type ObjectEffect = Extract<
  ReflectorEffect,
  { type: 'stage' | 'unstage' | 'discardStaged' | 'publish' | 'apply' | 'remove' }
>;

/** Takes objects in, keeps them, and tells the member what changed. */
export interface ObjectIntake {
  readonly kept: KeptObjects;
  /** False: more objects than may be held. */
  readonly perform: (effect: ObjectEffect) => boolean;
  readonly cut: (value: unknown, origin: 'list' | 'watch') => Cut;
  readonly countEvent: () => void;
  /** Tells what one chunk of a watch changed, all at once. */
  readonly flush: () => void;
  readonly restore: (objects: readonly KubeObject[]) => void;
  /** Takes in the object that a write of ours gave back, at once; `reached`: how far the watch has told everything. */
  readonly wrote: (value: unknown, reached: string | undefined) => void;
  /** A write of ours deleted this object. */
  readonly deleted: (key: ObjectKey, uid: string) => void;
  /** Nothing is held any more, and that is told. */
  readonly clear: () => void;
  /** The member just proved that what we hold is current. */
  readonly confirm: () => void;
  /** What we hold counts as outdated until the next complete list. */
  readonly expire: () => void;
  /** A complete state came from the member itself, and nothing has made it outdated. */
  readonly isCurrent: () => boolean;
  readonly figures: () => ReflectorFigures;
}

interface Intake {
  readonly deps: ReflectorDeps;
  readonly kept: KeptObjects;
  /** By key; undefined means deleted. */
  readonly pending: Map<string, KubeObject | undefined>;
  readonly counts: { relists: number; watchEvents: number; ownDropped: number; invalidDropped: number };
  invalidListed: number;
  invalidNow: number;
  invalidExample: string | undefined;
  wasListed: boolean;
  isSynced: boolean;
  currentMs: number | undefined;
}

export function createObjectIntake(deps: ReflectorDeps): ObjectIntake {
  const intake: Intake = {
    deps,
    kept: createKeptObjects(),
    pending: new Map(),
    counts: { relists: 0, watchEvents: 0, ownDropped: 0, invalidDropped: 0 },
    invalidListed: 0,
    invalidNow: 0,
    invalidExample: undefined,
    wasListed: false,
    isSynced: false,
    currentMs: undefined,
  };
  return {
    kept: intake.kept,
    perform: (effect) => perform(intake, effect),
    cut: (value, origin) => cutObject(intake, value, origin),
    countEvent: () => {
      intake.counts.watchEvents += 1;
    },
    flush: () => flush(intake),
    restore: (objects) => restore(intake, objects),
    wrote: (value, reached) => wrote(intake, value, reached),
    deleted: (key, uid) => {
      flush(intake);
      if (intake.kept.deleted(key, uid)) tell(intake, { applied: [], deleted: [key] });
    },
    clear: () => restore(intake, []),
    confirm: () => {
      intake.currentMs = deps.clock();
    },
    expire: () => {
      intake.currentMs = undefined;
    },
    isCurrent: () => intake.currentMs !== undefined,
    figures: () => ({
      ...intake.counts,
      objects: intake.kept.size(),
      invalidNow: intake.invalidNow,
      invalidExample: intake.invalidExample,
      currentMs: intake.currentMs,
    }),
  };
}

function perform(intake: Intake, effect: ObjectEffect): boolean {
  const { kept, pending } = intake;
  switch (effect.type) {
    case 'stage':
      for (const object of effect.objects) kept.stage(object);
      return mayHold(intake);
    case 'unstage':
      kept.unstage(effect.key);
      return true;
    case 'discardStaged':
      kept.discardStaged();
      intake.invalidListed = 0;
      return true;
    case 'publish':
      publish(intake, effect);
      return true;
    case 'apply':
      if (kept.apply(effect.object)) pending.set(keyString(keyOf(effect.object)), effect.object);
      return mayHold(intake);
    case 'remove':
      if (kept.remove(effect.key, effect.revision)) pending.set(keyString(effect.key), undefined);
      mayHold(intake);
      return true;
    default:
      return exhausted(effect);
  }
}

function restore(intake: Intake, objects: readonly KubeObject[]): void {
  for (const object of objects) intake.kept.stage(object);
  tell(intake, intake.kept.publish({ compareContent: false, revision: undefined, nowMs: intake.deps.clock() }));
  mayHold(intake);
  reportSynced(intake);
}

type Published = Extract<ObjectEffect, { type: 'publish' }>;

function publish(intake: Intake, { compareContent, revision }: Published): void {
  flush(intake);
  if (intake.wasListed) intake.counts.relists += 1;
  intake.wasListed = true;
  intake.invalidNow = intake.invalidListed;
  intake.invalidListed = 0;
  intake.currentMs = intake.deps.clock();
  tell(intake, intake.kept.publish({ compareContent, revision, nowMs: intake.deps.clock() }));
  mayHold(intake);
  reportSynced(intake);
}

/** Also keeps the count of what is held right when it shrinks. */
function mayHold({ kept, deps }: Intake): boolean {
  return deps.sink.mayHold(Math.max(kept.size(), kept.stagedSize()));
}

function reportSynced(intake: Intake): void {
  if (intake.isSynced) return;
  intake.isSynced = true;
  intake.deps.sink.synced();
}

function tell(intake: Intake, difference: Difference): void {
  if (difference.applied.length > 0 || difference.deleted.length > 0) intake.deps.sink.changed(difference);
}

/** Whoever holds more than may be held is refused when the watch tells of the object. */
function wrote(intake: Intake, value: unknown, reached: string | undefined): void {
  const { deps, kept } = intake;
  const cut = deps.parse(value);
  flush(intake);
  if (cut.type !== 'kept') dropWritten(intake, cut.key, value);
  else if (kept.wrote(cut.object, { nowMs: deps.clock(), reached }))
    tell(intake, { applied: [cut.object], deleted: [] });
}

/** The write made of it what may not be shown: the older state goes at once, as it does when the watch tells this. */
function dropWritten(intake: Intake, key: ObjectKey | undefined, value: unknown): void {
  const revision = textAt(value, 'metadata', 'resourceVersion');
  if (key === undefined || !isResourceVersion(revision)) return;
  if (intake.kept.remove(key, revision)) tell(intake, { applied: [], deleted: [key] });
}

function flush(intake: Intake): void {
  if (intake.pending.size === 0) return;
  const applied: KubeObject[] = [];
  const deleted: ObjectKey[] = [];
  for (const [key, object] of intake.pending) {
    if (object === undefined) deleted.push(parseKeyString(key));
    else applied.push(object);
  }
  intake.pending.clear();
  tell(intake, { applied, deleted });
}

function cutObject(intake: Intake, value: unknown, origin: 'list' | 'watch'): Cut {
  const { deps, counts } = intake;
  const cut = deps.parse(value);
  if (cut.type === 'kept' && !deps.wants(cut.object)) return { type: 'unwanted', key: keyOf(cut.object) };
  if (cut.type === 'own') counts.ownDropped += 1;
  if (cut.type !== 'invalid') return cut;
  counts.invalidDropped += 1;
  if (origin === 'watch') intake.invalidNow += 1;
  else intake.invalidListed += 1;
  const name = cut.key === undefined ? 'an object' : keyString(cut.key);
  intake.invalidExample = `${deps.source.resource} ${name}: ${cut.problem}`;
  return cut;
}
