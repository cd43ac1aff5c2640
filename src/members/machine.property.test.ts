import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { KubeObject } from '../kube/object.ts';
import { keyOf, keyString } from '../kube/object.ts';
import type { HttpFailure } from './failure.ts';
import { createListGate } from './list-gate.ts';
import { stepReflector } from './machine.ts';
import { RESOURCE_SOURCES } from './member-resource.ts';
import { createObjectIntake } from './object-intake.ts';
import type { ReflectorSink } from './reflector-deps.ts';
import type { ReflectorEffect, ReflectorInput, ReflectorState, WatchLine } from './reflector-state.ts';
import { initialReflector } from './reflector-state.ts';
import { parseMemberObject } from './cut.ts';
import { createSharing } from './sharing.ts';

const PAGE_OBJECTS = 2;

type Command =
  | { readonly type: 'write'; readonly name: string }
  | { readonly type: 'delete'; readonly name: string }
  /** The call in flight, or the timer, goes on by one page, line or bookmark. */
  | { readonly type: 'advance' }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'fail'; readonly code: number }
  | { readonly type: 'restart'; readonly relist: boolean };

const FAULTS = ['compact', 'cut', 'end', 'garbage', 'stall', 'kick', 'answerLate'] as const;
type Fault = (typeof FAULTS)[number];

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

/** What the driver does with objects, so that the machine is tried together with what performs its effects. */
function intakeTelling(changed: ReflectorSink['changed'], synced: ReflectorSink['synced']) {
  const nothing = () => undefined;
  return createObjectIntake({
    member: 'east',
    source: RESOURCE_SOURCES.services,
    parse: (value) => parseMemberObject(value, RESOURCE_SOURCES.services, createSharing()),
    clock: () => 0,
    random: () => 0,
    startTimer: () => nothing,
    log: { info: nothing, warn: nothing, error: nothing },
    listGate: createListGate(),
    sharing: createSharing(),
    connection: () => {
      throw new Error('the model member has no connection');
    },
    admit: () => Promise.resolve(undefined),
    labelSelector: nothing,
    wants: () => true,
    sink: { changed, synced, health: nothing, contact: nothing, mayHold: () => true, tooLarge: nothing },
  });
}

function simulate(model: Model) {
  const told = new Map<string, KubeObject>();
  const needless: string[] = [];
  const snapshots = new Map<string, readonly KubeObject[]>();
  let state: ReflectorState = initialReflector({ versions: ['v1'], discovered: false }, false);
  let call: OpenCall | undefined;
  let timer: number | undefined;
  let nowMs = 0;
  let published = false;

  const intake = intakeTelling(
    ({ applied, deleted }) => {
      for (const object of applied) {
        const key = keyString(keyOf(object));
        if (told.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion) needless.push(key);
        told.set(key, object);
      }
      for (const key of deleted) if (!told.delete(keyString(key))) needless.push(keyString(key));
    },
    () => (published = true),
  );

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
      case 'discover':
      case 'health':
        return;
      default:
        intake.perform(effect);
        intake.flush();
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

  const end = (clean: boolean) => {
    if (call?.isOpen === true) send({ type: 'ended', call: state.memory.call, clean });
  };

  const faults: Record<Fault, () => void> = {
    compact: () => {
      // A watch that is open keeps what it has not sent yet; only later calls see the gap.
      if (call?.isOpen === true) {
        call.lines.push(...model.after(call.sentTo).map((entry) => entry.line));
        call.sentTo = model.revision();
      }
      model.compact();
    },
    cut: () => end(false),
    end: () => end(true),
    garbage: () => {
      const line: WatchLine = { type: 'garbage', message: '' };
      if (call?.isOpen === true) send({ type: 'line', call: state.memory.call, line });
    },
    stall: () => {
      nowMs += 150_000;
      if (timer !== undefined) send({ type: 'timer', call: timer });
    },
    kick: () => send({ type: 'kick' }),
    answerLate: () =>
      send({ type: 'page', call: state.memory.call - 1, objects: [], revision: '1', continueToken: undefined }),
  };

  function run(command: Command): void {
    switch (command.type) {
      case 'write':
        model.write(command.name);
        return;
      case 'delete':
        model.delete(command.name);
        return;
      case 'advance':
        advance();
        return;
      case 'fault':
        faults[command.fault]();
        return;
      case 'fail':
        if (call !== undefined) send({ type: 'failed', call: state.memory.call, failure: http(command.code) });
        return;
      case 'restart':
        send({ type: 'stop' });
        send({ type: 'start', relist: command.relist });
    }
  }

  send({ type: 'start', relist: false });
  return { run, advance, kept: intake.kept, told, needless, wasPublished: () => published };
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('write' as const), name }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), name }) },
  { weight: 12, arbitrary: fc.constant({ type: 'advance' } as const) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fault' as const), fault: fc.constantFrom(...FAULTS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fail' as const),
      code: fc.constantFrom(401, 403, 404, 410, 429, 500, 503),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), relist: fc.boolean() }) },
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
