import { beforeEach, describe, expect, it } from 'vitest';
import { ApiStatusError } from '../kube/api-status.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { toIncarnation, toRevision } from '../kube/revision.ts';
import type { Store } from '../store/index.ts';
import { createStore } from '../store/index.ts';
import { EMBEDDED_KINDS, kindNamed } from './kinds.ts';
import { createNamespaces } from './namespaces.ts';
import type { ObjectWrites } from './object-writes.ts';
import { createObjectWrites } from './object-writes.ts';

const SERVICES = kindNamed('Service');
const EXPORTS = kindNamed('ServiceExport');
const NAMESPACES = kindNamed('Namespace');
const KEY: ObjectKey = { namespace: 'shop', name: 'api' };

let store: Store;
let writes: ObjectWrites;
let uids: number;

beforeEach(() => {
  uids = 0;
  store = createStore({
    resources: EMBEDDED_KINDS.map(({ served }) => served.definition.resource),
    incarnation: toIncarnation(1),
    startRevision: toRevision(0),
    clock: () => 0,
  });
  writes = createObjectWrites({
    store,
    namespaces: createNamespaces(store.reader, EMBEDDED_KINDS),
    clock: () => 1_800_000_000_000,
    newUid: () => `uid-${(uids += 1)}`,
    nameSuffix: () => 'abcde',
    assignAddress: () => '10.0.0.1',
  });
  writes.create(NAMESPACES, object('v1', 'Namespace', { name: 'shop' }));
});

function object(
  apiVersion: string,
  kind: string,
  metadata: KubeObject['metadata'] & Record<string, unknown>,
): KubeObject {
  return { apiVersion, kind, metadata };
}

function anExport(metadata: object = {}, spec?: KubeObject['spec']): KubeObject {
  const base = object('multicluster.x-k8s.io/v1beta1', 'ServiceExport', { ...KEY, ...metadata });
  return spec === undefined ? base : { ...base, spec };
}

function aService(spec: object = {}): KubeObject {
  return { ...object('v1', 'Service', { ...KEY }), spec: { ports: [{ port: 80 }], ...spec } };
}

/** `Reason`, or the result. */
function outcome(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof ApiStatusError) return error.status.reason;
    throw error;
  }
}

function stored(): KubeObject | undefined {
  return store.reader.get('serviceexports', KEY)?.object;
}

describe('create', () => {
  it('gives uid, time and generation of its own, and no status where that is a part of its own', () => {
    const created = writes.create(EXPORTS, { ...anExport({ uid: 'mine', generation: 7 }), status: { conditions: [] } });
    expect(created.metadata).toMatchObject({ uid: 'uid-2', creationTimestamp: '2027-01-15T08:00:00Z', generation: 1 });
    expect(created).not.toHaveProperty('status');
    expect(created.metadata.resourceVersion).toMatch(/^[0-9]+$/);
  });

  it.each<[string, () => KubeObject, string]>([
    ['a name that is taken', () => anExport(), 'AlreadyExists'],
    ['a namespace that is not there', () => anExport({ namespace: 'nowhere' }), 'NotFound'],
    ['a name that is not legal', () => anExport({ name: 'Not_Legal' }), 'Invalid'],
    ['no name', () => anExport({ name: '' }), 'Invalid'],
    ['a resourceVersion', () => anExport({ name: 'other', resourceVersion: '1' }), 'BadRequest'],
  ])('refuses %s', (_what, wanted, reason) => {
    writes.create(EXPORTS, anExport());
    expect(outcome(() => writes.create(EXPORTS, wanted()))).toBe(reason);
  });

  it('makes a name', () => {
    expect(writes.create(EXPORTS, anExport({ name: '', generateName: 'a-' })).metadata.name).toBe('a-abcde');
  });

  it('keeps nothing of a dry run', () => {
    expect(writes.create(EXPORTS, anExport(), { dryRun: true }).metadata.uid).toBe('uid-2');
    expect(stored()).toBeUndefined();
  });
});

describe('update', () => {
  it('counts a generation for what is wanted, not for labels or status', () => {
    writes.create(EXPORTS, anExport());
    const change = (wanted: (current: KubeObject) => KubeObject, status = false): number | undefined =>
      writes.update(EXPORTS, KEY, { change: (current) => wanted(current ?? anExport()), status }).object.metadata
        .generation;
    expect(change((current) => ({ ...current, metadata: { ...current.metadata, labels: { a: 'b' } } }))).toBe(1);
    expect(change((current) => ({ ...current, spec: { exportedLabels: { a: 'b' } } }))).toBe(2);
    expect(change((current) => ({ ...current, spec: {}, status: { conditions: [] } }), true)).toBe(2);
    expect(stored()).toMatchObject({ spec: { exportedLabels: { a: 'b' } }, status: { conditions: [] } });
    expect(change((current) => ({ ...current, status: { conditions: [{}] } }))).toBe(2);
    expect(stored()?.status).toEqual({ conditions: [] });
  });

  it('refuses what is outdated, of another uid, or without the version that it replaces', () => {
    const { metadata } = writes.create(EXPORTS, anExport());
    const put = (more: object): unknown =>
      outcome(() => writes.update(EXPORTS, KEY, { change: () => anExport({ ...metadata, ...more }) }));
    expect(put({ resourceVersion: '5' })).toBe('Conflict');
    expect(put({ uid: 'other' })).toBe('Conflict');
    expect(put({ resourceVersion: undefined })).toBe('Invalid');
    expect(put({})).toMatchObject({ created: false });
  });

  it('spends no version on a change of nothing', () => {
    const created = writes.create(EXPORTS, anExport());
    expect(writes.update(EXPORTS, KEY, { change: () => created }).object).toBe(created);
  });

  it('creates an absent Service but not an absent export', () => {
    expect(writes.update(SERVICES, KEY, { change: () => aService() }).created).toBe(true);
    expect(outcome(() => writes.update(EXPORTS, KEY, { change: () => anExport() }))).toBe('NotFound');
  });

  it('keeps what is the server’s own', () => {
    const created = writes.create(SERVICES, aService());
    const wanted = { ...aService(), metadata: { ...KEY, creationTimestamp: '2001-01-01T00:00:00Z' } };
    const { object: updated } = writes.update(SERVICES, KEY, { change: () => wanted });
    expect(updated.metadata).toMatchObject({
      uid: created.metadata.uid,
      creationTimestamp: created.metadata.creationTimestamp,
    });
  });
});

describe('remove', () => {
  it('tells the last state at the version of the deletion', () => {
    const created = writes.create(EXPORTS, anExport());
    const removed = writes.remove(EXPORTS, KEY);
    expect(removed).toMatchObject({ held: false, object: { metadata: { uid: created.metadata.uid } } });
    expect(Number(removed.object.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    expect(outcome(() => writes.remove(EXPORTS, KEY))).toBe('NotFound');
  });

  it('holds to preconditions', () => {
    const { metadata } = writes.create(EXPORTS, anExport());
    const remove = (preconditions: object): unknown => outcome(() => writes.remove(EXPORTS, KEY, { preconditions }));
    expect(remove({ uid: 'other' })).toBe('Conflict');
    expect(remove({ resourceVersion: '5' })).toBe('Conflict');
    expect(remove({ uid: metadata.uid, resourceVersion: metadata.resourceVersion })).toMatchObject({ held: false });
  });

  it('waits for finalizers, and takes no new ones meanwhile', () => {
    writes.create(EXPORTS, anExport({ finalizers: ['example.com/hold'] }));
    expect(writes.remove(EXPORTS, KEY).held).toBe(true);
    const leaving = stored();
    expect(leaving?.metadata).toMatchObject({ deletionTimestamp: '2027-01-15T08:00:00Z', generation: 2 });
    const withFinalizers = (finalizers: readonly string[]): unknown =>
      outcome(() =>
        writes.update(EXPORTS, KEY, {
          change: () => anExport({ ...leaving?.metadata, finalizers }),
        }),
      );
    expect(withFinalizers(['example.com/hold', 'example.com/more'])).toBe('Invalid');
    withFinalizers([]);
    expect(stored()).toBeUndefined();
  });

  it('keeps everything in a dry run', () => {
    writes.create(EXPORTS, anExport());
    writes.remove(EXPORTS, KEY, { dryRun: true });
    expect(stored()).toBeDefined();
  });
});

describe('a namespace', () => {
  const SHOP = { namespace: '', name: 'shop' };

  it('takes all that is in it along', () => {
    writes.create(EXPORTS, anExport());
    writes.create(SERVICES, aService());
    expect(writes.remove(NAMESPACES, SHOP).object.status).toEqual({ phase: 'Terminating' });
    expect([stored(), store.reader.get('services', KEY), store.reader.get('namespaces', SHOP)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('stays, closed to new objects, while something in it is held', () => {
    writes.create(EXPORTS, anExport({ finalizers: ['example.com/hold'] }));
    writes.remove(NAMESPACES, SHOP);
    expect(store.reader.get('namespaces', SHOP)).toBeDefined();
    expect(outcome(() => writes.create(SERVICES, aService()))).toBe('Forbidden');
    writes.update(EXPORTS, KEY, { change: (current) => anExport({ ...current?.metadata, finalizers: [] }) });
    expect(store.reader.get('namespaces', SHOP)).toBeUndefined();
  });

  it('that every cluster has cannot be deleted', () => {
    writes.create(NAMESPACES, object('v1', 'Namespace', { name: 'kube-system' }));
    expect(outcome(() => writes.remove(NAMESPACES, { namespace: '', name: 'kube-system' }))).toBe('Forbidden');
  });
});
