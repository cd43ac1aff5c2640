import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectChange } from '../kube/object-change.ts';
import type { KubeObject } from '../kube/object.ts';
import { keyString } from '../kube/object.ts';
import type { Revision } from '../kube/revision.ts';
import { incarnationOf, INCARNATIONS, toIncarnation, toRevision } from '../kube/revision.ts';
import type { Store } from './store.ts';
import { createStore } from './store.ts';
import type { Scope, StoredObject, StoreEvent, Subscription } from './types.ts';

const RESOURCES = ['serviceimports', 'serviceexports'];
const KEYS = ['a/x', 'a/y', 'b/x', 'b/y'];

interface Change {
  readonly resource: string;
  readonly key: string;
  /** undefined deletes. */
  readonly value: number | undefined;
}

type Step =
  | { readonly type: 'commit'; readonly changes: readonly Change[] }
  | { readonly type: 'clock'; readonly byMs: number }
  /** A new process: the source (members) still has its objects, which are derived and committed anew. */
  | { readonly type: 'restart' }
  | { readonly type: 'list' | 'connect' | 'drop' | 'pull' | 'bookmark'; readonly client: number }
  /** A client that resumes from something it was never given. */
  | { readonly type: 'stray'; readonly client: number; readonly offset: number };

/** What the members hold: it outlives every process. */
type Source = Map<string, ObjectChange>;

interface Client {
  readonly scope: Scope;
  /** What its user sees. */
  readonly seen: Map<string, StoredObject>;
  /** The highest revision it ever saw of each key; must never go down. */
  readonly highest: Map<string, Revision>;
  last: Revision | undefined;
  /** Delivered, not yet read: lost when the connection drops. */
  queue: StoreEvent[];
  subscription: Subscription | undefined;
}

function isInScope(scope: Scope, namespace: string): boolean {
  return scope.namespace === '' || scope.namespace === namespace;
}

function note(client: Client, stored: StoredObject): void {
  const key = keyString(stored.key);
  expect(stored.revision).toBeGreaterThanOrEqual(client.highest.get(key) ?? 0);
  client.highest.set(key, stored.revision);
}

function list(client: Client, store: Store): void {
  drop(client);
  const { revision, items } = store.reader.list(client.scope);
  expect(revision).toBeGreaterThanOrEqual(client.last ?? 0);
  client.seen.clear();
  for (const item of items) {
    note(client, item);
    client.seen.set(keyString(item.key), item);
  }
  client.last = revision;
}

function drop(client: Client): void {
  client.subscription?.close();
  client.subscription = undefined;
  client.queue = [];
}

/** Resumes, or lists anew when it is told to. */
function connect(client: Client, store: Store): void {
  if (client.subscription !== undefined) return;
  if (client.last === undefined) list(client, store);
  const outcome = store.reader.subscribe(client.scope, client.last!, (events) => client.queue.push(...events));
  if (outcome.ok) client.subscription = outcome.value;
  else client.last = undefined;
}

function pull(client: Client): void {
  for (const event of client.queue) {
    const key = keyString(event.current.key);
    expect(event.revision).toBeGreaterThan(client.last!);
    expect(event.previous).toEqual(client.seen.get(key));
    expect(event.type).toBe(kindOfChange(event, client.seen.has(key)));
    note(client, event.current);
    if (event.type === 'DELETED') client.seen.delete(key);
    else client.seen.set(key, event.current);
    client.last = event.revision;
  }
  client.queue = [];
}

/** A client that has read everything may go on from the store's current revision. */
function bookmark(client: Client, store: Store): void {
  pull(client);
  if (client.subscription !== undefined) client.last = store.reader.current();
}

function kindOfChange(event: StoreEvent, known: boolean): string {
  if (event.type === 'DELETED') return known ? 'DELETED' : 'a deletion of something unknown';
  return known ? 'MODIFIED' : 'ADDED';
}

/** A process with its store; what it knew dies with it, but for the mark. */
function startProcess(source: Source, nowMs: () => number, life: { count: number; mark: Revision }): Store {
  life.count += 1;
  const store = createStore({
    resources: RESOURCES,
    incarnation: toIncarnation(life.count),
    startRevision: life.mark,
    clock: nowMs,
    limits: { historyEventsMax: 5 },
  });
  store.writer.commit([...source.values()]);
  return store;
}

function toChange({ resource, key, value }: Change): ObjectChange {
  const [namespace = '', name = ''] = key.split('/');
  const object: KubeObject = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, namespace } };
  return { resource, key: { namespace, name }, object: value === undefined ? undefined : { ...object, spec: value } };
}

function remember(source: Source, changes: readonly ObjectChange[]): void {
  for (const change of changes) {
    const id = `${change.resource} ${keyString(change.key)}`;
    if (change.object === undefined) source.delete(id);
    else source.set(id, change);
  }
}

const CLIENT_STEPS = { list, connect, drop, pull, bookmark };

function run(steps: readonly Step[]): void {
  let nowMs = 1_800_000_000_000;
  const source: Source = new Map();
  const life = { count: 250, mark: toRevision(0) };
  let store = startProcess(source, () => nowMs, life);
  const clients: Client[] = ['', 'a', ''].map((namespace, index) => ({
    scope: { resource: RESOURCES[index % 2]!, namespace },
    seen: new Map(),
    highest: new Map(),
    last: undefined,
    queue: [],
    subscription: undefined,
  }));

  const take = (step: Step): void => {
    switch (step.type) {
      case 'commit':
        remember(source, step.changes.map(toChange));
        store.writer.commit(step.changes.map(toChange));
        break;
      case 'clock':
        nowMs += step.byMs;
        break;
      case 'restart':
        life.mark = store.reader.current();
        store = startProcess(source, () => nowMs, life);
        clients.forEach(drop);
        break;
      case 'stray':
        stray(clients[step.client]!, store, step.offset);
        break;
      default:
        CLIENT_STEPS[step.type](clients[step.client]!, store);
    }
  };

  for (const step of steps) take(step);
  for (const client of clients) converge(client, store);
}

/** Whatever the store accepts must lead to its present content, and to nothing that never was. */
function stray(client: Client, store: Store, offset: number): void {
  const from = toRevision(Math.max(1, store.reader.current() + offset));
  const then = store.reader.listAt(client.scope, from);
  const events: StoreEvent[] = [];
  const outcome = store.reader.subscribe(client.scope, from, (batch) => events.push(...batch));
  expect(outcome.ok).toBe(then.ok);
  if (!outcome.ok || !then.ok) return;
  expect(incarnationOf(from)).toBe(incarnationOf(store.reader.current()));
  outcome.value.close();
  const replayed = new Map(then.value.items.map((item) => [keyString(item.key), item]));
  for (const event of events) {
    expect(event.previous).toEqual(replayed.get(keyString(event.current.key)));
    if (event.type === 'DELETED') replayed.delete(keyString(event.current.key));
    else replayed.set(keyString(event.current.key), event.current);
  }
  expect(contentOf(replayed.values())).toEqual(contentOf(store.reader.list(client.scope).items));
}

function converge(client: Client, store: Store): void {
  for (let attempt = 0; attempt < 2 && client.subscription === undefined; attempt += 1) connect(client, store);
  expect(client.subscription).toBeDefined();
  pull(client);
  const { items } = store.reader.list(client.scope);
  expect(contentOf(client.seen.values())).toEqual(contentOf(items));
  expect(items.every((item) => isInScope(client.scope, item.key.namespace))).toBe(true);
}

function contentOf(items: Iterable<StoredObject>): unknown {
  return Object.fromEntries([...items].map((item) => [keyString(item.key), item]));
}

const change: fc.Arbitrary<Change> = fc.record({
  resource: fc.constantFrom(...RESOURCES),
  key: fc.constantFrom(...KEYS),
  value: fc.option(fc.nat(2), { nil: undefined }),
});
const client = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('commit'), changes: fc.array(change, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('clock'), byMs: fc.integer({ min: -5000, max: 5000 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('list'), client }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('connect', 'drop', 'pull', 'bookmark'), client }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('stray'),
      client,
      offset: fc.oneof(
        fc.integer({ min: -12, max: 2 }).map((ticks) => ticks * INCARNATIONS),
        fc.integer({ min: -20 * INCARNATIONS, max: 2 * INCARNATIONS }),
      ),
    }),
  },
);

describe('any client that lists, watches, drops, resumes and lists again', () => {
  it('ends with exactly the content of the store and never goes back in time', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60, size: 'max' }), run), { numRuns: 400 });
  });
});
