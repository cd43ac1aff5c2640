import { afterEach, describe, expect, test } from 'vitest';
import type { ReadApi, ReadApiOptions, WatchReader } from '../../test/support/read-api.ts';
import { startReadApi, thing } from '../../test/support/read-api.ts';

const AS_TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const AS_METADATA = { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const MIB = 1024 * 1024;

let api: ReadApi | undefined;

async function start(options: ReadApiOptions = {}): Promise<ReadApi> {
  api = await startReadApi(options);
  return api;
}

afterEach(async () => {
  await api?.close();
  api = undefined;
});

function large(name: string, bytes: number): ReturnType<typeof thing> {
  return thing(name, { labels: { filler: 'x'.repeat(bytes) } });
}

describe('many watchers', () => {
  test('share the bytes of an event: one encoding per version and form', async () => {
    const { put, watch, encoded, revision, metrics } = await start();
    const from = revision();
    const open = (count: number, path: string, headers = {}): Promise<WatchReader[]> =>
      Promise.all(Array.from({ length: count }, () => watch(`${path}watch=1&resourceVersion=${from}`, headers)));
    const plain = await open(1000, '/v1/things?');
    const others = [
      ...(await open(20, '/v1/namespaces/ns1/things?')),
      ...(await open(20, '/v1/things?labelSelector=!nothing&')),
      ...(await open(20, '/v2/things?')),
      ...(await open(20, '/v1/things?', AS_METADATA)),
      ...(await open(20, '/v1/things?', AS_TABLE)),
    ];
    await expect.poll(() => metrics.watchers).toBe(1100);
    put(thing('a'), thing('b'));
    const lines = await Promise.all([...plain, ...others].map((reader) => reader.take(2)));
    expect(lines).toHaveLength(1100);
    // Two objects in four forms: v1, v2, metadata and table rows.
    expect(encoded()).toBe(8);
    const shared = metrics.events.filter(({ watchers }) => watchers > 1);
    expect(shared.map(({ sizes, watchers }) => [sizes.length, watchers]).sort()).toEqual([
      [2, 1000],
      [2, 20],
      [2, 20],
      [2, 20],
    ]);
  });

  test('get each event once, also when they join while events wait for their window', async () => {
    const fire: (() => void)[] = [];
    const { put, watch, revision } = await start({
      limits: { fanoutWritesPerWindowMax: 1 },
      deps: {
        timer: (callback, delayMs) => {
          // Only the windows of the fan-out are that short.
          if (delayMs <= 25) fire.push(callback);
          return () => undefined;
        },
      },
    });
    const first = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    put(thing('a'));
    expect(await first.take(1)).toMatchObject([{ object: { metadata: { name: 'a' } } }]);
    put(thing('b'));
    const second = await watch('/v1/things?watch=1&allowWatchBookmarks=1');
    expect(await second.take(3)).toMatchObject([
      { object: { metadata: { name: 'a' } } },
      { object: { metadata: { name: 'b' } } },
      { type: 'BOOKMARK' },
    ]);
    put(thing('c'));
    expect(fire).toHaveLength(1);
    for (const callback of fire) callback();
    expect(await first.take(2)).toMatchObject([
      { object: { metadata: { name: 'b' } } },
      { object: { metadata: { name: 'c' } } },
    ]);
    expect(await second.take(1)).toMatchObject([{ object: { metadata: { name: 'c' } } }]);
  });
});

test('a commit of thousands reaches everybody in order, encoded once', async () => {
  const { put, watch, encoded, revision, metrics } = await start();
  const readers = await Promise.all([1, 2].map(() => watch(`/v1/things?watch=1&resourceVersion=${revision()}`)));
  await expect.poll(() => metrics.watchers).toBe(2);
  const names = Array.from({ length: 5000 }, (_, index) => `t${String(index).padStart(4, '0')}`);
  put(...names.map((name) => thing(name)));
  for (const reader of readers) {
    const lines = await reader.take(5000);
    expect(lines.map(({ object }) => object.metadata.name)).toEqual(names);
  }
  expect(encoded()).toBe(5000);
});

describe('a slow watcher', () => {
  const NAMES = Array.from({ length: 60 }, (_, index) => `t${String(index).padStart(2, '0')}`);

  test('falls behind, holds no more than its bound, and gets everything in order in the end', async () => {
    const { put, watch, revision, metrics, openSockets } = await start();
    const slow = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    const quick = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    slow.message.pause();
    for (const name of NAMES) {
      put(large(name, MIB / 2));
      await quick.take(1);
      for (const socket of openSockets()) expect(socket.writableLength).toBeLessThan(2 * MIB);
    }
    slow.message.resume();
    expect((await slow.take(60)).map(({ object }) => object.metadata.name)).toEqual(NAMES);
    put(thing('u'));
    expect(await slow.take(1)).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'u' } } }]);
    expect(metrics.cuts).toEqual([]);
  });

  test('is cut off cleanly when the history no longer has what it needs', async () => {
    const { put, watch, revision, metrics } = await start({ storeLimits: { historyEventsMax: 5, historyAgeMinMs: 0 } });
    const slow = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    const quick = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    slow.message.pause();
    for (const name of NAMES) {
      put(large(name, MIB / 2));
      await quick.take(1);
    }
    slow.message.resume();
    const seen = await slow.rest();
    expect(slow.endedCleanly()).toBe(true);
    expect(metrics.cuts).toEqual(['queue']);
    expect(seen.map(({ object }) => object.metadata.name)).toEqual(NAMES.slice(0, seen.length));
    const last = seen.at(-1)?.object.metadata.resourceVersion ?? '';
    const resumed = await watch(`/v1/things?watch=1&resourceVersion=${last}`);
    expect(await resumed.rest()).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
  });

  test('that reads nothing is disconnected after a while', async () => {
    const { put, watch, revision, openSockets } = await start({ limits: { bodyStallMs: 100 } });
    const slow = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    slow.message.pause();
    for (const name of NAMES) {
      put(large(name, MIB / 2));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => openSockets().length).toBe(0);
  });

  test('that ends by its timeout and does not take what it still gets is disconnected', async () => {
    const { put, watch, openSockets } = await start({ limits: { cutLingerMs: 100 } });
    put(...NAMES.map((name) => large(name, MIB / 2)));
    const slow = await watch('/v1/things?watch=1&timeoutSeconds=1');
    slow.message.pause();
    await expect.poll(() => openSockets().length, { timeout: 5000 }).toBe(0);
  });

  test('gets everything in order when it catches up in the end', async () => {
    const { put, watch } = await start();
    put(...Array.from({ length: 30 }, (_, index) => large(`t${String(index).padStart(2, '0')}`, MIB / 2)));
    const slow = await watch('/v1/things?watch=1&allowWatchBookmarks=1');
    slow.message.pause();
    put(thing('u'));
    put(thing('u', { size: 2 }));
    slow.message.resume();
    const lines = await slow.take(33);
    expect(lines.slice(0, 30).every(({ type }) => type === 'ADDED')).toBe(true);
    expect(lines.slice(30).map(({ type }) => type)).toEqual(['BOOKMARK', 'ADDED', 'MODIFIED']);
    put(thing('v'));
    expect(await slow.take(1)).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'v' } } }]);
  });

  test('that takes nothing of its beginning is disconnected', async () => {
    const { put, watch, openSockets } = await start({ limits: { bodyStallMs: 100 } });
    put(...Array.from({ length: 40 }, (_, index) => large(`t${index}`, MIB / 2)));
    const slow = await watch('/v1/things?watch=1');
    slow.message.pause();
    await expect.poll(() => openSockets().length).toBe(0);
  });
});
