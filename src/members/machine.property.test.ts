import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { keyOf, keyString } from '../kube/object.ts';
import type { HttpFailure } from './failure.ts';
import { createKeptObjects } from './kept-objects.ts';
import { stepReflector } from './machine.ts';
import type { ReflectorEffect, ReflectorInput, ReflectorState, WatchLine } from './reflector-state.ts';
import { initialReflector } from './reflector-state.ts';

const PAGE_OBJECTS = 2;

type Command =
  | { readonly type: 'write'; readonly name: string }
  | { readonly type: 'delete'; readonly name: string }
  /** The call in flight, or the timer, goes on by one page, line or bookmark. */
  | { readonly type: 'advance' }
  | { readonly type: 'compact' }
  | { readonly type: 'cut' }
  | { readonly type: 'end' }
  | { readonly type: 'garbage' }
  | { readonly type: 'stall' }
  | { readonly type: 'fail'; readonly code: number }
  | { readonly type: 'restart'; readonly relist: boolean }
  | { readonly type: 'kick' }
  | { readonly type: 'answerLate' };

/** A kube-apiserver reduced to one resource: content, revisions and a log that can be compacted. */
function modelMember(supportsWatchList: boolean) {
  const objects = new Map<string, KubeObject>();
  let log: { revision: number; line: WatchLine }[] = [];
  let revision = 1;
  let floor = 1;
  let uids = 0;
  const after = (from: number) => log.filter((entry) => entry.revision > from);
  return {
    supportsWatchList,
    objects,
    revision: () => revision,
    floor: () => floor,
    after,
    write(name: string) {
      revision += 1;
      const uid = objects.get(name)?.metadata.uid ?? `uid-${(uids += 1)}`;
      const metadata = { name, namespace: 'shop', uid, resourceVersion: String(revision) };
      const object: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata };
      objects.set(name, object);
      log.push({ revision, line: { type: 'applied', object, revision: String(revision) } });
    },
    delete(name: string) {
      const object = objects.get(name);
      if (object === undefined) return;
      revision += 1;
      objects.delete(name);
      log.push({ revision, line: { type: 'removed', key: keyOf(object), revision: String(revision) } });
    },
    compact() {
      floor = revision;
      log = [];
    },
  };
}

type Model = ReturnType<typeof modelMember>;
type CallEffect = Extract<ReflectorEffect, { type: 'list' | 'watch' }>;

/** What the member still has to say in one call. */
interface OpenCall {
  readonly effect: CallEffect;
  isOpen: boolean;
  lines: WatchLine[];
  sentTo: number;
}

function http(code: number): HttpFailure {
  const more = { retryAfterSeconds: undefined, revisionTooLarge: false };
  return { type: 'http', code, reason: code === 410 ? 'Expired' : undefined, message: '', ...more };
}

function simulate(model: Model) {
  const kept = createKeptObjects();
  const told = new Map<string, KubeObject>();
  const needless: string[] = [];
  const snapshots = new Map<string, readonly KubeObject[]>();
  let state: ReflectorState = initialReflector({ versions: ['v1'], discovered: false }, false);
  let call: OpenCall | undefined;
  let timer: number | undefined;
  let nowMs = 0;
  let published = false;

  function tell(applied: readonly KubeObject[], deleted: readonly ObjectKey[]): void {
    for (const object of applied) {
      const key = keyString(keyOf(object));
      if (told.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion) needless.push(key);
      told.set(key, object);
    }
    for (const key of deleted) if (!told.delete(keyString(key))) needless.push(keyString(key));
  }

  function perform(effect: ReflectorEffect): void {
    switch (effect.type) {
      case 'list':
      case 'watch':
        call = { effect, isOpen: false, lines: [], sentTo: 0 };
        return;
      case 'cancel':
        call = undefined;
        timer = undefined;
        return;
      case 'startTimer':
        timer = effect.call;
        return;
      case 'stage':
        for (const object of effect.objects) kept.stage(object);
        return;
      case 'unstage':
        kept.unstage(effect.key);
        return;
      case 'discardStaged':
        kept.discardStaged();
        return;
      case 'publish': {
        const difference = kept.publish(effect.compareContent);
        tell(difference.applied, difference.deleted);
        published = true;
        return;
      }
      case 'apply':
        if (kept.apply(effect.object)) tell([effect.object], []);
        return;
      case 'remove':
        if (kept.remove(effect.key, effect.revision)) tell([], [effect.key]);
        return;
      case 'discover':
      case 'health':
        return;
    }
  }

  function send(input: ReflectorInput): void {
    const before = state.memory.call;
    const step = stepReflector(state, input, { nowMs, random: 0.5 });
    state = step.state;
    if (state.memory.call !== before && call?.effect.call === before) call = undefined;
    for (const effect of step.effects) perform(effect);
  }

  function answerList(open: OpenCall & { effect: Extract<CallEffect, { type: 'list' }> }): void {
    const { effect } = open;
    const [at, from] = (effect.continueToken ?? `${model.revision()}:0`).split(':').map(Number) as [number, number];
    if (effect.continueToken !== undefined && at < model.floor()) {
      send({ type: 'failed', call: effect.call, failure: http(410) });
      return;
    }
    if (effect.continueToken === undefined) snapshots.set(String(at), [...model.objects.values()]);
    const all = snapshots.get(String(at)) ?? [];
    const next = from + PAGE_OBJECTS;
    send({
      type: 'page',
      call: effect.call,
      objects: all.slice(from, next),
      revision: String(at),
      continueToken: next < all.length ? `${at}:${next}` : undefined,
    });
  }

  function openWatch(open: OpenCall & { effect: Extract<CallEffect, { type: 'watch' }> }): void {
    const { effect } = open;
    const from = Number(effect.revision ?? 0);
    if (effect.initialEvents && !model.supportsWatchList) {
      send({ type: 'failed', call: effect.call, failure: http(422) });
      return;
    }
    if (!effect.initialEvents && from < model.floor()) {
      send({ type: 'failed', call: effect.call, failure: http(410) });
      return;
    }
    open.isOpen = true;
    open.sentTo = from;
    if (effect.initialEvents) {
      open.sentTo = model.revision();
      const initial = [...model.objects.values()].map((object): WatchLine => ({
        type: 'applied',
        object,
        revision: object.metadata.resourceVersion ?? '',
      }));
      open.lines = [...initial, { type: 'bookmark', revision: String(open.sentTo), initialEnd: true }];
    }
    send({ type: 'opened', call: effect.call });
  }

  function sendLine(open: OpenCall): void {
    const first = open.lines.shift();
    const next = model.after(open.sentTo)[0];
    if (first === undefined && next !== undefined) open.sentTo = next.revision;
    const bookmark: WatchLine = { type: 'bookmark', revision: String(model.revision()), initialEnd: false };
    send({ type: 'line', call: open.effect.call, line: first ?? next?.line ?? bookmark });
  }

  function advance(): void {
    nowMs += 2_000;
    const open = call;
    if (open === undefined) {
      if (timer !== undefined) send({ type: 'timer', call: timer });
      return;
    }
    if (open.effect.type === 'list') answerList({ ...open, effect: open.effect });
    else if (open.isOpen) sendLine(open);
    else openWatch(Object.assign(open, { effect: open.effect }));
  }

  function run(command: Command): void {
    const callId = state.memory.call;
    const isStreaming = call?.isOpen === true;
    switch (command.type) {
      case 'write':
        return model.write(command.name);
      case 'delete':
        return model.delete(command.name);
      case 'advance':
        return advance();
      case 'compact':
        // A watch that is open keeps what it has not sent yet; only later calls see the gap.
        if (isStreaming && call !== undefined) {
          call.lines.push(...model.after(call.sentTo).map((entry) => entry.line));
          call.sentTo = model.revision();
        }
        return model.compact();
      case 'cut':
        return isStreaming ? send({ type: 'ended', call: callId, clean: false }) : undefined;
      case 'end':
        return isStreaming ? send({ type: 'ended', call: callId, clean: true }) : undefined;
      case 'garbage':
        return isStreaming ? send({ type: 'line', call: callId, line: { type: 'garbage', message: '' } }) : undefined;
      case 'stall':
        nowMs += 150_000;
        return timer === undefined ? undefined : send({ type: 'timer', call: timer });
      case 'fail':
        return call === undefined ? undefined : send({ type: 'failed', call: callId, failure: http(command.code) });
      case 'restart':
        send({ type: 'stop' });
        return send({ type: 'start', relist: command.relist });
      case 'kick':
        return send({ type: 'kick' });
      case 'answerLate':
        return send({ type: 'page', call: callId - 1, objects: [], revision: '1', continueToken: undefined });
    }
  }

  send({ type: 'start', relist: false });
  return { run, advance, kept, told, needless, wasPublished: () => published };
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('write' as const), name }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), name }) },
  { weight: 12, arbitrary: fc.constant({ type: 'advance' } as const) },
  { weight: 1, arbitrary: fc.constantFrom('compact', 'cut', 'end', 'garbage', 'stall').map((type) => ({ type })) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fail' as const),
      code: fc.constantFrom(401, 403, 404, 410, 429, 500, 503),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), relist: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constantFrom('kick', 'answerLate').map((type) => ({ type })) },
);

function content(objects: Iterable<KubeObject>): string[] {
  return [...objects].map((o) => `${o.metadata.name} ${o.metadata.uid} ${o.metadata.resourceVersion}`).sort();
}

describe('the reflector machine over any history of drops, expiries, garbage, failures and relists', () => {
  it.each([true, false])('ends with exactly the content of the member (streaming lists: %s)', (supportsWatchList) => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const model = modelMember(supportsWatchList);
        const simulation = simulate(model);
        for (const one of commands) simulation.run(one);
        for (let step = 0; step < 200; step += 1) simulation.advance();
        expect(content(simulation.kept.all())).toEqual(content(model.objects.values()));
        expect(content(simulation.told.values())).toEqual(content(model.objects.values()));
        expect(simulation.needless).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('never shows part of a first list', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(command, { maxLength: 60 }), (supportsWatchList, commands) => {
        const model = modelMember(supportsWatchList);
        for (const each of ['a', 'b', 'c', 'd', 'e']) model.write(each);
        const simulation = simulate(model);
        for (const one of commands) {
          simulation.run(one);
          if (!simulation.wasPublished()) expect(simulation.told.size).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});
