import { describe, expect, it } from 'vitest';
import { failed, succeeded } from '../kube/outcome.ts';
import { DurableError } from './durable-error.ts';
import { createHubObjectStore } from './hub-object-store.ts';
import type { HubObject, HubObjects } from './hub-objects.ts';
import type { DurableStore } from './types.ts';

interface Hub extends HubObjects {
  readonly stored: Map<string, HubObject & { readonly resourceVersion: string }>;
  /** Called before and after each call reaches the objects; what it throws is the call's failure. */
  intercept: (call: string, name: string, when: 'before' | 'after') => void;
}

/** Objects with resourceVersions, as a kube-apiserver keeps them. */
function newHub(): Hub {
  let version = 0;
  const stored: Hub['stored'] = new Map();
  const hub: Hub = {
    stored,
    intercept: () => undefined,
    get: (name) => call('get', name, () => stored.get(name)),
    listNames: () => call('listNames', '', () => [...stored.keys()]),
    put: (object, resourceVersion) =>
      call('put', object.name, () => {
        if (stored.get(object.name)?.resourceVersion !== resourceVersion) return failed('conflict');
        version += 1;
        stored.set(object.name, { ...object, resourceVersion: String(version) });
        return succeeded(String(version));
      }),
    remove: (name) => call('remove', name, () => void stored.delete(name)),
  };
  const call = async <T>(type: string, name: string, work: () => T): Promise<T> => {
    await Promise.resolve();
    hub.intercept(type, name, 'before');
    const result = work();
    hub.intercept(type, name, 'after');
    return result;
  };
  return hub;
}

function storeOn(hub: Hub, generations = 'g'): DurableStore {
  let count = 0;
  return createHubObjectStore({
    objects: hub,
    valueBytesMax: 10_000,
    chunkBytesMax: 100,
    createGeneration: () => `${generations}${(count += 1)}`,
  });
}

const LARGE = 'large '.repeat(50);
const OTHER = 'other '.repeat(40);

async function readText(store: DurableStore, name: string): Promise<string | undefined> {
  const value = await store.read(name);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof DurableError ? error.type : `not a DurableError: ${String(error)}`;
  }
  return 'none';
}

/** Fails the first call that matches, once. */
function failOnce(hub: Hub, part: string, at: 'before put' | 'after put' | 'before remove'): void {
  hub.intercept = (call, name, moment) => {
    if (`${moment} ${call}` !== at || !name.includes(part)) return;
    hub.intercept = () => undefined;
    throw new Error('connection reset');
  };
}

describe('records in hub objects', () => {
  it('are one object when small and an index with chunks when large', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    await store.write('small', Buffer.from('tiny'));
    await store.write('large', Buffer.from(LARGE));
    expect([...hub.stored.keys()].sort()).toEqual([
      'durable-chunk.large.g2.0',
      'durable-chunk.large.g2.1',
      'durable-chunk.large.g2.2',
      'durable-chunk.large.g2.3',
      'durable-index.large',
      'durable-index.small',
    ]);
    const sizes = [...hub.stored.values()].flatMap(({ binaryData }) => Object.values(binaryData).map((b) => b.length));
    expect(Math.max(...sizes)).toBe(100);
    const next = storeOn(hub);
    expect(await readText(next, 'small')).toBe('tiny');
    expect(await readText(next, 'large')).toBe(LARGE);
    expect(await readText(next, 'absent')).toBeUndefined();
  });

  it('change their size in both directions and leave no chunk behind', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    for (const value of [LARGE, 'tiny', OTHER, LARGE, 'x']) {
      await store.write('a', Buffer.from(value));
      expect(await readText(storeOn(hub), 'a')).toBe(value);
    }
    expect([...hub.stored.keys()]).toEqual(['durable-index.a']);
  });

  it('are listed by prefix and removed with their chunks', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    for (const name of ['member-b', 'mark', 'member-a']) await store.write(name, Buffer.from(LARGE));
    expect(await store.list('member-')).toEqual(['member-a', 'member-b']);
    await store.remove('member-a');
    await store.remove('member-a');
    expect(await store.list('')).toEqual(['mark', 'member-b']);
    expect(await readText(store, 'member-a')).toBeUndefined();
    await store.write('member-a', Buffer.from('again'));
    expect(await readText(store, 'member-a')).toBe('again');
    expect([...hub.stored.keys()].filter((name) => name.includes('member-a'))).toEqual(['durable-index.member-a']);
  });

  it('with names that contain each other do not meet', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    await store.write('a', Buffer.from(LARGE));
    await store.write('a.g1', Buffer.from(OTHER));
    await store.remove('a');
    expect(await readText(storeOn(hub), 'a.g1')).toBe(OTHER);
    await storeOn(hub, 'h').write('b', Buffer.from('starts a sweep'));
    expect(await readText(storeOn(hub), 'a.g1')).toBe(OTHER);
  });

  it('above the limit are refused', async () => {
    const store = storeOn(newHub());
    await store.write('a', Buffer.alloc(10_000));
    expect(await problemOf(store.write('a', Buffer.alloc(10_001)))).toBe('tooLarge');
  });
});

describe('a write that fails', () => {
  it('before the index is written leaves the old value; its chunks go with the next write', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    await store.write('a', Buffer.from(OTHER));
    failOnce(hub, 'g2.1', 'before put');
    expect(await problemOf(store.write('a', Buffer.from(LARGE)))).toBe('unavailable');
    expect(await readText(storeOn(hub), 'a')).toBe(OTHER);
    await store.write('a', Buffer.from('tiny'));
    expect([...hub.stored.keys()]).toEqual(['durable-index.a']);
  });

  it.each(['tiny', LARGE])('only in its answer is no conflict for the next one', async (value) => {
    const hub = newHub();
    const store = storeOn(hub);
    await store.write('a', Buffer.from(OTHER));
    failOnce(hub, 'durable-index', 'after put');
    expect(await problemOf(store.write('a', Buffer.from(value)))).toBe('unavailable');
    expect(await readText(storeOn(hub), 'a')).toBe(value);
    await store.write('a', Buffer.from('third'));
    expect(await readText(storeOn(hub), 'a')).toBe('third');
    expect([...hub.stored.keys()]).toEqual(['durable-index.a']);
  });

  it('at its first creation only in its answer is no conflict either', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    failOnce(hub, 'durable-index', 'after put');
    expect(await problemOf(store.write('a', Buffer.from('one')))).toBe('unavailable');
    await store.write('a', Buffer.from('two'));
    expect(await readText(storeOn(hub), 'a')).toBe('two');
  });

  it('because somebody else wrote says so once and changes nothing', async () => {
    const hub = newHub();
    const [ours, theirs] = [storeOn(hub, 'o'), storeOn(hub, 't')];
    await ours.write('a', Buffer.from(LARGE));
    await theirs.write('a', Buffer.from(OTHER));
    expect(await problemOf(ours.write('a', Buffer.from(LARGE)))).toBe('conflict');
    expect(await readText(theirs, 'a')).toBe(OTHER);
    await ours.write('a', Buffer.from('tiny'));
    expect(await readText(theirs, 'a')).toBe('tiny');
    expect([...hub.stored.keys()]).toEqual(['durable-index.a']);
  });

  it('because somebody else wrote after our lost write is a conflict too', async () => {
    const hub = newHub();
    const [ours, theirs] = [storeOn(hub, 'o'), storeOn(hub, 't')];
    failOnce(hub, 'durable-index', 'after put');
    expect(await problemOf(ours.write('a', Buffer.from('lost')))).toBe('unavailable');
    await theirs.write('a', Buffer.from('theirs'));
    expect(await problemOf(ours.write('a', Buffer.from('ours')))).toBe('conflict');
    expect(await readText(theirs, 'a')).toBe('theirs');
  });

  it('passes on a known reason', async () => {
    const hub = newHub();
    hub.intercept = (call) => {
      if (call === 'put') throw new DurableError('diskFull', 'exceeded quota');
    };
    expect(await problemOf(storeOn(hub).write('a', Buffer.from('x')))).toBe('diskFull');
  });

  it('to clean up is no failure; what stays goes later', async () => {
    const hub = newHub();
    const store = storeOn(hub);
    await store.write('a', Buffer.from(LARGE));
    failOnce(hub, 'g1.2', 'before remove');
    await store.write('a', Buffer.from('tiny'));
    expect([...hub.stored.keys()].sort()).toEqual(['durable-chunk.a.g1.2', 'durable-index.a']);
    await store.write('b', Buffer.from('x'));
    expect([...hub.stored.keys()].sort()).toEqual(['durable-index.a', 'durable-index.b']);
  });
});

describe('a process that ended in the middle of a write', () => {
  it('leaves the old or the new value, wherever it ended, and the next one cleans up', async () => {
    for (let calls = 0; ; calls += 1) {
      const hub = newHub();
      await storeOn(hub, 'first').write('a', Buffer.from(OTHER));
      let left = calls;
      hub.intercept = (_call, _name, when) => {
        if (when === 'before' && (left -= 1) < 0) throw new Error('the process is dead');
      };
      const problem = await problemOf(storeOn(hub, 'second').write('a', Buffer.from(LARGE)));
      const survived = left >= 0;
      hub.intercept = () => undefined;
      const next = storeOn(hub, 'third');
      expect([OTHER, LARGE]).toContain(await readText(next, 'a'));
      if (problem === 'none') expect(await readText(next, 'a')).toBe(LARGE);
      await next.write('a', Buffer.from('tiny'));
      expect([...hub.stored.keys()]).toEqual(['durable-index.a']);
      if (!survived) continue;
      expect(calls).toBeGreaterThan(8);
      return;
    }
  });
});

describe('a reader', () => {
  it('reads again when a newer generation replaced the chunks meanwhile', async () => {
    const hub = newHub();
    const [reader, writer] = [storeOn(hub, 'r'), storeOn(hub, 'w')];
    await writer.write('a', Buffer.from(LARGE));
    let replaced: Promise<void> | undefined;
    const get = hub.get;
    const slowHub: HubObjects = {
      ...hub,
      get: async (name) => {
        if (name.endsWith('w1.1')) await (replaced ??= writer.write('a', Buffer.from(OTHER)));
        return get(name);
      },
    };
    const slow = createHubObjectStore({ objects: slowHub, valueBytesMax: 10_000, chunkBytesMax: 100 });
    expect(await readText(slow, 'a')).toBe(OTHER);
    expect(await readText(reader, 'a')).toBe(OTHER);
  });

  it('tells a missing chunk, a changed chunk and a changed index from a value; a write mends them', async () => {
    const damages: ((hub: Hub) => void)[] = [
      (hub) => hub.stored.delete('durable-chunk.a.g1.2'),
      (hub) => {
        const chunk = hub.stored.get('durable-chunk.a.g1.2')!;
        hub.stored.set(chunk.name, { ...chunk, binaryData: { value: Buffer.from('something else') } });
      },
      (hub) => hub.stored.set('durable-index.a', { ...hub.stored.get('durable-index.a')!, annotations: {} }),
    ];
    for (const damage of damages) {
      const hub = newHub();
      await storeOn(hub).write('a', Buffer.from(LARGE));
      damage(hub);
      const store = storeOn(hub, 'h');
      expect(await problemOf(store.read('a'))).toBe('corrupt');
      await store.write('a', Buffer.from('mended'));
      expect(await readText(store, 'a')).toBe('mended');
    }
  });

  it('is told that the hub cannot be reached', async () => {
    const hub = newHub();
    hub.intercept = () => {
      throw new Error('no route');
    };
    expect(await problemOf(storeOn(hub).read('a'))).toBe('unavailable');
    expect(await problemOf(storeOn(hub).list(''))).toBe('unavailable');
  });
});
