import { expect, test } from 'vitest';
import { toIncarnation, toRevision } from '../kube/revision.ts';
import type { Store } from './store.ts';
import { createStore } from './store.ts';
import type { StoredObject } from './types.ts';

const KEY = { namespace: 'shop', name: 'east.cart' };

function openStore(): Store {
  return createStore({
    resources: ['serviceexports'],
    incarnation: toIncarnation(1),
    startRevision: toRevision(0),
    clock: () => 1_800_000_000_000,
  });
}

function put(store: Store, value: number, origin?: string): StoredObject | undefined {
  const metadata = { namespace: KEY.namespace, name: KEY.name };
  const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata, spec: { value } };
  store.writer.commit([{ resource: 'serviceexports', key: KEY, object, ...(origin === undefined ? {} : { origin }) }]);
  return store.reader.get('serviceexports', KEY);
}

test('an object whose origin did not change shows it since the revision that first did', () => {
  const store = openStore();
  const first = put(store, 1, 'uid 7');
  const second = put(store, 2, 'uid 7');
  expect(first?.origin).toEqual({ state: 'uid 7', since: first?.revision });
  expect(second?.origin).toEqual({ state: 'uid 7', since: first?.revision });
  expect(second?.revision).toBeGreaterThan(Number(first?.revision));
});

test('a changed origin begins anew', () => {
  const store = openStore();
  put(store, 1, 'uid 7');
  const next = put(store, 2, 'uid 8');
  expect(next?.origin).toEqual({ state: 'uid 8', since: next?.revision });
});

test('an object made again after its deletion begins anew, though its origin reads the same', () => {
  const store = openStore();
  put(store, 1, 'uid 7');
  store.writer.commit([{ resource: 'serviceexports', key: KEY, object: undefined }]);
  const again = put(store, 1, 'uid 7');
  expect(again?.origin?.since).toBe(again?.revision);
});

test('a change that names no origin has none', () => {
  expect(put(openStore(), 1)?.origin).toBeUndefined();
});
