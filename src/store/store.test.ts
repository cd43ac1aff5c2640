import { describe, expect, it } from 'vitest';
import type { ObjectChange } from '../kube/object-change.ts';
import type { KubeObject } from '../kube/object.ts';
import { keyString } from '../kube/object.ts';
import type { Revision } from '../kube/revision.ts';
import { formatRevision, incarnationOf, INCARNATIONS, toIncarnation, toRevision } from '../kube/revision.ts';
import type { Store, StoreDeps } from './store.ts';
import { createStore } from './store.ts';
import type { Scope, Snapshot, StoredObject, StoreEvent } from './types.ts';

const IMPORTS: Scope = { resource: 'serviceimports', namespace: '' };
const EXPORTS: Scope = { resource: 'serviceexports', namespace: '' };

function storeWith(deps: Partial<StoreDeps> = {}): Store {
  return createStore({
    resources: ['serviceimports', 'serviceexports'],
    incarnation: toIncarnation(7),
    startRevision: toRevision(0),
    clock: () => 1_800_000_000_000,
    ...deps,
  });
}

function anObject(name: string, value: number, namespace = 'shop'): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, namespace }, spec: { value } };
}

function put(name: string, value: number, namespace = 'shop'): ObjectChange {
  return { resource: 'serviceimports', key: { namespace, name }, object: anObject(name, value, namespace) };
}

function drop(name: string, namespace = 'shop'): ObjectChange {
  return { resource: 'serviceimports', key: { namespace, name }, object: undefined };
}

function putExport(name: string, value: number): ObjectChange {
  return { ...put(name, value), resource: 'serviceexports' };
}

function names(snapshot: Snapshot): string[] {
  return snapshot.items.map((item) => keyString(item.key));
}

function valuesAt(store: Store, revision: Revision): unknown {
  const outcome = store.reader.listAt(IMPORTS, revision);
  return outcome.ok ? outcome.value.items.map(({ key, object }) => [key.name, object.spec]) : outcome.error.type;
}

function collect(store: Store, scope: Scope, from: Revision): { events: StoreEvent[]; batches: number[] } {
  const events: StoreEvent[] = [];
  const batches: number[] = [];
  const outcome = store.reader.subscribe(scope, from, (batch) => {
    events.push(...batch);
    batches.push(batch.length);
  });
  if (!outcome.ok) throw new Error(outcome.error.type);
  return { events, batches };
}

describe('a commit', () => {
  it('gives every changed object its own revision, written into the object', () => {
    const store = storeWith();
    const before = store.reader.current();
    const events = store.writer.commit([put('a', 1), put('b', 1), putExport('c', 1)]);
    expect(events.map((event) => event.revision)).toEqual([1, 2, 3].map((n) => before + n * INCARNATIONS));
    expect(store.reader.current()).toBe(events[2]!.revision);
    const stored = store.reader.get('serviceimports', { namespace: 'shop', name: 'b' })!;
    expect(stored.object.metadata.resourceVersion).toBe(formatRevision(events[1]!.revision));
    expect(stored.revision).toBe(events[1]!.revision);
  });

  it('spends nothing on objects that did not change, whatever resourceVersion they carry', () => {
    const store = storeWith();
    store.writer.commit([put('a', 1)]);
    const before = store.reader.current();
    const same = anObject('a', 1);
    const carried = { ...same, metadata: { ...same.metadata, resourceVersion: '1' } };
    expect(store.writer.commit([put('a', 1), { ...put('a', 1), object: carried }, drop('absent')])).toEqual([]);
    expect(store.reader.current()).toBe(before);
  });

  it('sees a change in metadata', () => {
    const store = storeWith();
    store.writer.commit([put('a', 1)]);
    const object = anObject('a', 1);
    const labelled = { ...object, metadata: { ...object.metadata, labels: { tier: 'front' } } };
    expect(store.writer.commit([{ ...put('a', 1), object: labelled }])).toMatchObject([{ type: 'MODIFIED' }]);
  });

  it('tells a deletion with the last content at its own revision', () => {
    const store = storeWith();
    const [added] = store.writer.commit([put('a', 1)]);
    const [deleted] = store.writer.commit([drop('a')]);
    expect(deleted).toMatchObject({ type: 'DELETED', previous: added!.current });
    expect(deleted!.revision).toBeGreaterThan(added!.revision);
    expect(deleted!.current.object).toEqual({
      ...anObject('a', 1),
      metadata: { name: 'a', namespace: 'shop', resourceVersion: formatRevision(deleted!.revision) },
    });
    expect(store.reader.get('serviceimports', { namespace: 'shop', name: 'a' })).toBeUndefined();
  });

  it('applies changes of one key in order', () => {
    const store = storeWith();
    const types = store.writer.commit([put('a', 1), put('a', 2), drop('a'), drop('a'), put('a', 2)]);
    expect(types.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED']);
  });

  it('leaves nothing behind when one of its changes is a bug', () => {
    const store = storeWith();
    const before = store.reader.current();
    expect(() => store.writer.commit([put('a', 1), { ...put('b', 1), key: { namespace: 'shop', name: 'c' } }])).toThrow(
      'serviceimports shop/c holds the object shop/b',
    );
    expect(() => store.writer.commit([put('a', 1), { ...put('b', 1), resource: 'pods' }])).toThrow('"pods"');
    expect(store.reader.list(IMPORTS)).toMatchObject({ revision: before, items: [] });
  });

  it('never changes the objects it was given', () => {
    const store = storeWith();
    const change = put('a', 1);
    store.writer.commit([change]);
    expect(change.object).toEqual(anObject('a', 1));
  });

  it('keeps growing when the clock stands still or steps back', () => {
    let nowMs = 1_800_000_000_000;
    const store = storeWith({ clock: () => nowMs });
    const [first] = store.writer.commit([put('a', 1)]);
    nowMs -= 3_600_000;
    const [second] = store.writer.commit([put('a', 2)]);
    expect(second!.revision).toBe(first!.revision + INCARNATIONS);
    expect(incarnationOf(second!.revision)).toBe(7);
  });
});

describe('the start of the line', () => {
  it('lies above the mark of the earlier life, also when the clock is behind it', () => {
    const mark = toRevision(1_900_000_000_000_000);
    const { reader } = storeWith({ startRevision: mark });
    expect(reader.current()).toBeGreaterThan(mark);
    expect(incarnationOf(reader.current())).toBe(7);
  });

  it('can be watched from at once, while anything older is expired', () => {
    const store = storeWith();
    const start = store.reader.current();
    const older = toRevision(start - INCARNATIONS);
    expect(store.reader.subscribe(IMPORTS, start, () => undefined).ok).toBe(true);
    expect(store.reader.subscribe(IMPORTS, older, () => undefined)).toEqual({
      ok: false,
      error: { type: 'expired', oldest: start, current: start },
    });
    expect(store.reader.listAt(IMPORTS, start)).toMatchObject({ ok: true, value: { revision: start, items: [] } });
    expect(store.reader.listAt(IMPORTS, older).ok).toBe(false);
  });
});

describe('a list', () => {
  it('is in key order and carries the revision of the latest commit of any resource', () => {
    const store = storeWith();
    store.writer.commit([put('b', 1), put('a', 1), put('z', 1, 'apps'), put('a-b', 1)]);
    const [last] = store.writer.commit([putExport('x', 1)]);
    expect(names(store.reader.list(IMPORTS))).toEqual(['apps/z', 'shop/a', 'shop/a-b', 'shop/b']);
    expect(store.reader.list(IMPORTS).revision).toBe(last!.revision);
  });

  it('can be cut to a namespace, also to one that sorts between or beside others', () => {
    const store = storeWith();
    store.writer.commit([put('a', 1, 'b'), put('b', 1, 'b'), put('a', 1, 'b-c'), put('a', 1, 'a')]);
    expect(names(store.reader.list({ ...IMPORTS, namespace: 'b' }))).toEqual(['b/a', 'b/b']);
    expect(names(store.reader.list({ ...IMPORTS, namespace: 'b-' }))).toEqual([]);
    expect(names(store.reader.list({ ...IMPORTS, namespace: 'z' }))).toEqual([]);
  });

  it('stays as it was while a reader holds it', () => {
    const store = storeWith();
    store.writer.commit([put('a', 1), put('b', 1)]);
    const held = store.reader.list(IMPORTS);
    const copy = [...held.items];
    store.writer.commit([put('a', 2), drop('b'), put('c', 1)]);
    expect(held.items).toEqual(copy);
    expect(names(store.reader.list(IMPORTS))).toEqual(['shop/a', 'shop/c']);
  });

  it('hands out the same array as long as nothing of the resource changes', () => {
    const store = storeWith();
    store.writer.commit([put('a', 1)]);
    const first = store.reader.list(IMPORTS).items;
    store.writer.commit([putExport('x', 1)]);
    expect(store.reader.list(IMPORTS).items).toBe(first);
  });
});

describe('an exact read', () => {
  it('rebuilds every state since the start of the history', () => {
    const store = storeWith();
    const start = store.reader.current();
    const [a, b] = store.writer.commit([put('a', 1), put('b', 1)]);
    const [changed, deleted] = store.writer.commit([put('a', 2), drop('b')]);
    const [again] = store.writer.commit([put('b', 3)]);
    expect(valuesAt(store, start)).toEqual([]);
    expect(valuesAt(store, a!.revision)).toEqual([['a', { value: 1 }]]);
    expect(valuesAt(store, b!.revision)).toHaveLength(2);
    expect(valuesAt(store, changed!.revision)).toEqual([
      ['a', { value: 2 }],
      ['b', { value: 1 }],
    ]);
    expect(valuesAt(store, deleted!.revision)).toEqual([['a', { value: 2 }]]);
    expect(valuesAt(store, again!.revision)).toEqual([
      ['a', { value: 2 }],
      ['b', { value: 3 }],
    ]);
  });

  it('shows the objects with the revisions they had and can be cut to a namespace', () => {
    const store = storeWith();
    const [, other] = store.writer.commit([put('a', 1), put('a', 1, 'apps')]);
    store.writer.commit([put('a', 2, 'apps')]);
    const outcome = store.reader.listAt({ ...IMPORTS, namespace: 'apps' }, other!.revision);
    expect(outcome).toMatchObject({ ok: true, value: { revision: other!.revision, items: [other!.current] } });
  });

  it('refuses what is above the current revision and what another life gave out', () => {
    const store = storeWith();
    const [added] = store.writer.commit([put('a', 1)]);
    store.writer.commit([put('a', 2)]);
    const current = store.reader.current();
    expect(valuesAt(store, current)).toHaveLength(1);
    expect(valuesAt(store, toRevision(current + INCARNATIONS))).toBe('future');
    expect(valuesAt(store, toRevision(current + 1))).toBe('future');
    expect(valuesAt(store, toRevision(added!.revision + 1))).toBe('expired');
  });
});

describe('a subscription', () => {
  it('delivers what happened since, then each commit as one batch', () => {
    const store = storeWith();
    const [first] = store.writer.commit([put('a', 1), put('b', 1), put('c', 1)]);
    const seen = collect(store, IMPORTS, first!.revision);
    expect(seen.events.map((event) => event.current.key.name)).toEqual(['b', 'c']);
    store.writer.commit([put('a', 2), drop('b')]);
    store.writer.commit([putExport('x', 1)]);
    expect(seen.batches).toEqual([2, 2]);
    expect(seen.events.map((event) => event.type)).toEqual(['ADDED', 'ADDED', 'MODIFIED', 'DELETED']);
  });

  it('sees only its namespace, in the backlog and live', () => {
    const store = storeWith();
    const start = store.reader.current();
    store.writer.commit([put('a', 1), put('a', 1, 'apps')]);
    const seen = collect(store, { ...IMPORTS, namespace: 'apps' }, start);
    store.writer.commit([put('b', 1), put('b', 1, 'apps')]);
    store.writer.commit([put('c', 1)]);
    expect(seen.events.map((event) => keyString(event.current.key))).toEqual(['apps/a', 'apps/b']);
  });

  it('ends when it is closed, also from within a delivery', () => {
    const store = storeWith();
    const seen: string[] = [];
    const second = store.reader.subscribe(IMPORTS, store.reader.current(), () => seen.push('second'));
    const first = store.reader.subscribe(EXPORTS, store.reader.current(), () => {
      seen.push('first');
      if (first.ok) first.value.close();
      if (second.ok) second.value.close();
    });
    store.writer.commit([putExport('x', 1), put('a', 1)]);
    store.writer.commit([putExport('x', 2), put('a', 2)]);
    expect(seen).toEqual(['first']);
  });

  it('opened by a sink hears every event once', () => {
    const store = storeWith();
    const start = store.reader.current();
    let inner: StoreEvent[] = [];
    store.reader.subscribe(IMPORTS, start, () => {
      if (inner.length === 0) inner = collect(store, IMPORTS, start).events;
    });
    store.writer.commit([put('a', 1)]);
    store.writer.commit([put('a', 2)]);
    expect(inner.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED']);
  });

  it('that throws is dropped and reported; the commit and the others go on', () => {
    const errors: unknown[] = [];
    const store = storeWith({ onSinkError: (scope, error) => errors.push([scope.resource, error]) });
    const bug = new Error('broken sink');
    const fail = (): never => {
      throw bug;
    };
    store.reader.subscribe(IMPORTS, store.reader.current(), fail);
    const seen = collect(store, IMPORTS, store.reader.current());
    store.writer.commit([put('a', 1)]);
    store.writer.commit([put('a', 2)]);
    expect(seen.events).toHaveLength(2);
    expect(errors).toEqual([['serviceimports', bug]]);
    expect(store.figures().resources[0]?.subscriptions).toBe(1);
  });

  it('that throws in its backlog is dropped the same way', () => {
    const errors: unknown[] = [];
    const store = storeWith({ onSinkError: (_scope, error) => errors.push(error) });
    const start = store.reader.current();
    store.writer.commit([put('a', 1)]);
    const fail = (): never => {
      throw new Error('broken sink');
    };
    expect(store.reader.subscribe(IMPORTS, start, fail).ok).toBe(true);
    store.writer.commit([put('a', 2)]);
    expect(errors).toHaveLength(1);
  });

  it('must not commit', () => {
    const errors: unknown[] = [];
    const store = storeWith({ onSinkError: (_scope, error) => errors.push(error) });
    store.reader.subscribe(IMPORTS, store.reader.current(), () => void store.writer.commit([put('b', 1)]));
    store.writer.commit([put('a', 1)]);
    expect(String(errors[0])).toContain('commit was called by a follower');
    expect(names(store.reader.list(IMPORTS))).toEqual(['shop/a']);
    expect(store.writer.commit([put('b', 1)])).toHaveLength(1);
  });
});

describe('the history', () => {
  it('expires the oldest revisions when it holds too many events, per resource', () => {
    const store = storeWith({ limits: { historyEventsMax: 2 } });
    const start = store.reader.current();
    const [one, , three] = store.writer.commit([put('a', 1), put('a', 2), put('a', 3), putExport('x', 1)]);
    const refused = store.reader.subscribe(IMPORTS, start, () => undefined);
    expect(refused).toMatchObject({ ok: false, error: { type: 'expired', oldest: one!.revision } });
    expect(collect(store, IMPORTS, one!.revision).events).toHaveLength(2);
    expect(valuesAt(store, one!.revision)).toEqual([['a', { value: 1 }]]);
    expect(collect(store, IMPORTS, three!.revision).events).toEqual([]);
    expect(store.reader.subscribe(EXPORTS, start, () => undefined).ok).toBe(true);
  });

  it('keeps exactly as many events as it may', () => {
    const store = storeWith({ limits: { historyEventsMax: 2 } });
    const start = store.reader.current();
    store.writer.commit([put('a', 1), put('a', 2)]);
    expect(collect(store, IMPORTS, start).events).toHaveLength(2);
  });

  it('is bounded by the bytes that only it keeps alive', () => {
    const big = 'x'.repeat(10_000);
    const store = storeWith({ limits: { historyBytesMax: 25_000 } });
    for (let round = 0; round < 10; round += 1) {
      store.writer.commit([{ ...put('a', round), object: { ...anObject('a', round), status: big } }]);
    }
    const [figures] = store.figures().resources;
    expect(figures?.historyEvents).toBe(2);
    expect(figures?.historyBytes).toBeGreaterThan(20_000);
    expect(figures?.historyBytes).toBeLessThanOrEqual(25_000);
  });

  it('goes on when one event is larger than all it may keep', () => {
    const store = storeWith({ limits: { historyBytesMax: 100 } });
    const seen = collect(store, IMPORTS, store.reader.current());
    store.writer.commit([put('a', 1)]);
    const current = store.reader.current();
    expect(store.figures().resources[0]).toMatchObject({ historyEvents: 0, historyBytes: 0 });
    expect(seen.events).toHaveLength(1);
    expect(store.reader.subscribe(IMPORTS, current, () => undefined).ok).toBe(true);
  });

  it('counts what it had to drop before clients may expect it', () => {
    let nowMs = 1_800_000_000_000;
    const store = storeWith({ clock: () => nowMs, limits: { historyEventsMax: 1 } });
    const early = (): number | undefined => store.figures().resources[0]?.historyTrimmedEarly;
    store.writer.commit([put('a', 1)]);
    nowMs += 74_999;
    store.writer.commit([put('a', 2)]);
    expect(early()).toBe(1);
    nowMs += 75_000;
    store.writer.commit([put('a', 3)]);
    expect(early()).toBe(1);
  });
});

describe('waiting for a revision', () => {
  interface Timer {
    readonly callback: () => void;
    readonly delayMs: number;
    cancelled: boolean;
  }

  function timers(): { list: Timer[]; schedule: (callback: () => void, delayMs: number) => () => void } {
    const list: Timer[] = [];
    const schedule = (callback: () => void, delayMs: number): (() => void) => {
      const timer = { callback, delayMs, cancelled: false };
      list.push(timer);
      return () => {
        timer.cancelled = true;
      };
    };
    return { list, schedule };
  }

  it('ends at once for what is there, and at the commit that reaches it', async () => {
    const { list, schedule } = timers();
    const store = storeWith({ schedule });
    const start = store.reader.current();
    await expect(store.reader.waitFor(start, 3000)).resolves.toBe(true);
    const waiting = store.reader.waitFor(toRevision(start + 2 * INCARNATIONS), 3000);
    store.writer.commit([put('a', 1)]);
    expect(list).toMatchObject([{ delayMs: 3000, cancelled: false }]);
    store.writer.commit([putExport('x', 1)]);
    await expect(waiting).resolves.toBe(true);
    expect(list[0]?.cancelled).toBe(true);
  });

  it('gives up at the timeout, and at once without one', async () => {
    const { list, schedule } = timers();
    const store = storeWith({ schedule });
    const later = toRevision(store.reader.current() + INCARNATIONS);
    await expect(store.reader.waitFor(later, 0)).resolves.toBe(false);
    const waiting = store.reader.waitFor(later, 3000);
    list[0]?.callback();
    await expect(waiting).resolves.toBe(false);
  });
});

describe('figures and notices', () => {
  it('names every object that is not current any more', () => {
    const replaced: StoredObject[] = [];
    const store = storeWith({ onReplaced: (stored) => replaced.push(stored) });
    const [added] = store.writer.commit([put('a', 1)]);
    const [modified] = store.writer.commit([put('a', 2)]);
    const [deleted] = store.writer.commit([drop('a')]);
    expect(replaced).toEqual([added!.current, modified!.current, deleted!.current]);
  });

  it('counts objects, events and subscriptions per resource', () => {
    const store = storeWith();
    collect(store, EXPORTS, store.reader.current());
    store.writer.commit([put('a', 1), put('b', 1), drop('a')]);
    expect(store.figures()).toMatchObject({
      revision: store.reader.current(),
      resources: [
        { resource: 'serviceimports', objects: 1, historyEvents: 3, subscriptions: 0 },
        { resource: 'serviceexports', objects: 0, historyEvents: 0, subscriptions: 1 },
      ],
    });
  });
});
