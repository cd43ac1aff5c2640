import { describe, expect, it } from 'vitest';
import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { KubeObject } from '../kube/object.ts';
import { DurableError } from './durable-error.ts';
import type { MemberSnapshot, UnreadSnapshot } from './member-snapshots.ts';
import { createSnapshotWriter, readSnapshots } from './member-snapshots.ts';
import { encodeRecord } from './record.ts';
import type { DurableStore } from './types.ts';

function cluster(name: string): ClusterId {
  const outcome = parseClusterId(name);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

const EAST = cluster('east');
const WEST = cluster('west');

function newStore(): DurableStore & { readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    read: (name) => Promise.resolve(values.get(name)),
    write: (name, value) => Promise.resolve(void values.set(name, value)),
    remove: (name) => Promise.resolve(void values.delete(name)),
    list: (prefix) => Promise.resolve([...values.keys()].filter((name) => name.startsWith(prefix)).sort()),
  };
}

function anObject(name: string, extra: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, ...extra };
}

function snapshotOf(id: ClusterId, services: readonly KubeObject[]): MemberSnapshot {
  return {
    cluster: id,
    fingerprint: '0b6fd6ba-7b9f-4a6c-a47e-4ba3b2e4f4f9',
    version: 'v1.36.4',
    lastContactMs: 1_800_000_000_000,
    resources: {
      services: { resourceVersion: '812', apiVersion: 'v1', objects: services },
      serviceexports: { resourceVersion: '', objects: [] },
      namespaces: { resourceVersion: '7', objects: [anObject('shop')] },
    },
  };
}

function writerOn(store: DurableStore, bytesMax = 100_000) {
  const problems: [string, string | undefined][] = [];
  const writer = createSnapshotWriter({
    store,
    schedule: () => () => undefined,
    limits: { bytesMax },
    onProblem: (id, problem) => problems.push([id, problem?.type]),
  });
  return { writer, problems };
}

/** All that can be read, and what cannot. */
async function restoreSnapshots(...given: Parameters<typeof readSnapshots>) {
  const snapshots: MemberSnapshot[] = [];
  const problems: UnreadSnapshot[] = [];
  for await (const read of readSnapshots(...given)) {
    if (read.ok) snapshots.push(read.value);
    else problems.push(read.error);
  }
  return { snapshots, problems };
}

describe('member snapshots', () => {
  it('come back as they were, integers and unknown fields included', async () => {
    const store = newStore();
    const { writer } = writerOn(store);
    const east = snapshotOf(EAST, [anObject('a', { spec: { big: 9_007_199_254_740_993n }, extra: [1, null] })]);
    const west = { ...snapshotOf(WEST, []), fingerprint: undefined, lastContactMs: undefined };
    writer.offer(WEST, () => west);
    writer.offer(EAST, () => east);
    await writer.flush();
    expect(await restoreSnapshots(store)).toEqual({ snapshots: [east, west], problems: [] });
  });

  it('are gone when the member left', async () => {
    const store = newStore();
    const { writer } = writerOn(store);
    writer.offer(EAST, () => snapshotOf(EAST, []));
    await writer.flush();
    await writer.forget(EAST);
    expect(await restoreSnapshots(store)).toEqual({ snapshots: [], problems: [] });
  });

  it('that grow too large leave the last one and are the problem of that member only', async () => {
    const store = newStore();
    const { writer, problems } = writerOn(store, 5000);
    const small = snapshotOf(EAST, [anObject('a')]);
    writer.offer(EAST, () => small);
    await writer.flush();
    writer.offer(EAST, () => snapshotOf(EAST, [anObject('a', { text: 'x'.repeat(5000) })]));
    writer.offer(WEST, () => snapshotOf(WEST, []));
    await writer.flush();
    expect(problems).toEqual([['east', 'tooLarge']]);
    expect((await restoreSnapshots(store)).snapshots).toEqual([small, snapshotOf(WEST, [])]);
    writer.offer(EAST, () => small);
    await writer.flush();
    expect(problems).toEqual([
      ['east', 'tooLarge'],
      ['east', undefined],
    ]);
  });

  it('that cannot be used are reported one by one, and the others are restored', async () => {
    const store = newStore();
    const { writer } = writerOn(store);
    writer.offer(EAST, () => snapshotOf(EAST, [anObject('a')]));
    await writer.flush();
    const kind = { name: 'member-snapshot', format: 1 };
    const head = { cluster: 'x', resources: [{ resource: 'services', resourceVersion: '1', objects: 1 }] };
    const bad: Record<string, Uint8Array> = {
      'member-a-rubbish': Buffer.from('rubbish'),
      'member-b-newer': await encodeRecord({ ...kind, format: 2 }, [], 1000),
      'member-c-renamed': store.values.get('member-east')!,
      'member-d-short': await encodeRecord(kind, [{ ...head, cluster: 'd-short' }], 1000),
      'member-e-long': await encodeRecord(kind, [{ ...head, cluster: 'e-long' }, anObject('a'), anObject('b')], 1000),
      'member-f-objects': await encodeRecord(kind, [{ ...head, cluster: 'f-objects' }, { kind: 'Service' }], 1000),
      'member-g-head': await encodeRecord(kind, [{ cluster: 'g-head' }], 1000),
      'member-h-empty': await encodeRecord(kind, [], 1000),
      'member-cluster': await encodeRecord(kind, [{ ...head, cluster: 'cluster' }, anObject('a')], 1000),
    };
    for (const [name, bytes] of Object.entries(bad)) store.values.set(name, bytes);
    const restored = await restoreSnapshots(store);
    expect(restored.snapshots.map((snapshot) => snapshot.cluster)).toEqual(['east']);
    expect(restored.problems.map(({ name }) => name)).toEqual(Object.keys(bad).sort());
    expect(new Set(restored.problems.map(({ problem }) => problem.type))).toEqual(new Set(['corrupt', 'newerFormat']));
    const tiny = await restoreSnapshots(store, { bytesMax: 10 });
    expect(tiny.problems.find(({ name }) => name === 'member-east')?.problem.type).toBe('tooLarge');
  });

  it('are none, with the reason, when the medium cannot be read', async () => {
    const unavailable = (): Promise<never> => Promise.reject(new DurableError('unavailable', 'made up'));
    expect(await restoreSnapshots({ ...newStore(), list: unavailable })).toMatchObject({
      snapshots: [],
      problems: [{ name: '', problem: { type: 'unavailable' } }],
    });
    const store = newStore();
    store.values.set('member-east', Buffer.from('x'));
    expect(await restoreSnapshots({ ...store, read: unavailable })).toMatchObject({
      snapshots: [],
      problems: [{ name: 'member-east', problem: { type: 'unavailable' } }],
    });
  });
});
