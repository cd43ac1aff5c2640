import { describe, expect, it } from 'vitest';
import { createManualTime } from '../../test/support/manual-time.ts';
import type { ManualTime } from '../../test/support/manual-time.ts';
import type { ProfileFacts } from '../clusterset/index.ts';
import { parseProfileRecords } from '../clusterset/index.ts';
import { DurableError } from '../durable/index.ts';
import type { DurableProblem } from '../durable/index.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { KubeObject } from '../kube/object.ts';
import { textAt } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { toIncarnation, toRevision } from '../kube/revision.ts';
import { createStore } from '../store/index.ts';
import type { Store } from '../store/index.ts';
import type { StoreEvent } from '../store/types.ts';
import type { ProfileRecords } from './profile-records.ts';
import type { Profiles } from './profiles.ts';
import { createProfiles } from './profiles.ts';
import { readKeptProfiles, restoredObjects } from './restore.ts';

const EAST = clusterId('east');
const KEY = { namespace: 'inventory', name: 'east' };

function clusterId(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function facts(more: Partial<ProfileFacts> = {}): ProfileFacts {
  return {
    cluster: EAST,
    joined: 'registered',
    fingerprint: 'kube-system-uid',
    version: 'v1.36.4',
    health: { status: 'True', reason: 'APIServerReady', message: '' },
    properties: [],
    isForbiddenProperties: false,
    identity: undefined,
    endpoint: { provider: 'direct', cluster: { server: 'https://east.example.com' } },
    displayName: undefined,
    memberId: undefined,
    lastContactMs: 1_790_000_000_000,
    ...more,
  };
}

/** A medium that can be made to fail, and to lose the answer of a write that it did. */
interface Medium extends ProfileRecords {
  readonly values: Map<ClusterId, string>;
  failing: { readonly on: 'read' | 'write' | 'list' | 'answer'; readonly problem: DurableProblem } | undefined;
  writes: number;
}

function createMedium(): Medium {
  const values = new Map<ClusterId, string>();
  const answer = <T>(on: 'read' | 'write' | 'list' | 'answer', value: T): Promise<Outcome<T, DurableError>> => {
    const { failing } = medium;
    const outcome =
      failing?.on === on ? failed(new DurableError(failing.problem, 'as the test wants it')) : succeeded(value);
    return Promise.resolve(outcome);
  };
  const medium: Medium = {
    values,
    failing: undefined,
    writes: 0,
    read: (cluster) => {
      const text = values.get(cluster);
      return answer('read', text === undefined ? undefined : parseProfileRecords(JSON.parse(text)));
    },
    write: async (cluster, profiles) => {
      const written = await answer('write', undefined);
      if (!written.ok) return written;
      medium.writes += 1;
      if (profiles.length === 0) values.delete(cluster);
      else values.set(cluster, JSON.stringify(profiles));
      return answer('answer', undefined);
    },
    list: () => answer('list', [...values.keys()]),
  };
  return medium;
}

/** One life of the process on a medium. */
interface Life {
  readonly time: ManualTime;
  readonly store: Store;
  readonly profiles: Profiles;
  readonly events: StoreEvent[];
  /** What is known of the member; undefined unregisters it. */
  facts: ProfileFacts | undefined;
  namespaces: Record<string, boolean | undefined>;
  isComplete: boolean;
  readonly shown: () => KubeObject | undefined;
  /** Tells that something changed, and lets everything that follows happen. */
  readonly tell: (more?: Partial<ProfileFacts>) => Promise<void>;
  readonly edit: (change: (object: KubeObject) => object) => Promise<unknown>;
}

let lives = 0;

async function begin(
  medium: Medium,
  more: { readonly manager?: string; readonly facts?: ProfileFacts | undefined } = {},
): Promise<Life> {
  lives += 1;
  const time = createManualTime(1_790_000_000_000 + lives * 1_000_000);
  const kept = await readKeptProfiles(medium);
  const objects = restoredObjects(kept);
  const mark = objects.reduce((highest, { revision }) => Math.max(highest, revision), 0);
  const store = createStore({
    resources: ['clusterprofiles'],
    incarnation: toIncarnation(lives),
    startRevision: toRevision(mark),
    initial: new Map([['clusterprofiles', objects]]),
    clock: time.now,
  });
  const events: StoreEvent[] = [];
  store.reader.subscribe(
    { resource: 'clusterprofiles', namespace: '' },
    store.reader.current(),
    (news) => void events.push(...news),
  );
  let uids = 0;
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object) => {
      throw new Error(JSON.stringify(fields));
    },
  };
  const profiles = createProfiles(
    {
      ...{ records: medium, writer: store.writer, store: store.reader, log },
      ...{
        namespaces: ['inventory'],
        manager: more.manager ?? 'hub',
        selection: { excludeLabels: [], requiredLabel: undefined },
      },
      hasNamespace: (namespace) => life.namespaces[namespace] ?? true,
      factsOf: (cluster) => (cluster === EAST ? life.facts : undefined),
      isComplete: () => life.isComplete,
      ...{ clock: time.now, monotonic: time.now, schedule: time.schedule },
      newUid: () => `uid-${lives}-${(uids += 1)}`,
    },
    kept,
  );
  const life: Life = {
    ...{ time, store, profiles, events },
    facts: 'facts' in more ? more.facts : facts(),
    namespaces: {},
    isComplete: true,
    shown: () => store.reader.get('clusterprofiles', KEY)?.object,
    tell: async (change = {}) => {
      if (life.facts !== undefined) life.facts = { ...life.facts, ...change };
      profiles.changed([EAST]);
      await time.advance(100);
    },
    edit: (change) =>
      profiles.edit(KEY, ({ record }) => ({ ...record, overlay: { ...record.overlay, ...change({} as KubeObject) } })),
  };
  const opened = profiles.open();
  profiles.changed([EAST]);
  await time.advance(100);
  await opened;
  return life;
}

function conditionStatus(object: KubeObject | undefined, type: string): string | undefined {
  const conditions: unknown = (object?.status as { conditions?: unknown } | undefined)?.conditions;
  const found = Array.isArray(conditions)
    ? (conditions as unknown[]).find((one) => textAt(one, 'type') === type)
    : undefined;
  return textAt(found, 'status');
}

const addFinalizer = (): object => ({ finalizers: ['example.com/hold'] });
const UNKNOWN: Partial<ProfileFacts> = { health: { status: 'Unknown', reason: 'MemberUnreachable', message: '' } };
const READY: Partial<ProfileFacts> = { health: { status: 'True', reason: 'APIServerReady', message: '' } };

describe('a profile over restarts', () => {
  it('keeps uid, creation time and even its version when nothing is different', async () => {
    const medium = createMedium();
    const first = await begin(medium);
    const before = first.shown();
    expect(before?.metadata).toMatchObject({ uid: expect.stringMatching(/^uid-/) as string, generation: 1 });
    await first.profiles.close();
    const second = await begin(medium);
    expect(second.shown()).toEqual(before);
    expect(second.events).toEqual([]);
  });

  it('goes on from what was kept after a crash, with the change that came later as a new version', async () => {
    const medium = createMedium();
    const first = await begin(medium);
    const before = first.shown();
    // Not closed: the process died here.
    const second = await begin(medium, { facts: facts({ version: 'v1.37.0' }) });
    expect(second.shown()?.metadata.uid).toBe(before?.metadata.uid);
    expect(second.events.map(({ type }) => type)).toEqual(['MODIFIED']);
    expect(Number(second.shown()?.metadata.resourceVersion)).toBeGreaterThan(Number(before?.metadata.resourceVersion));
  });

  it('keeps what other writers added', async () => {
    const medium = createMedium();
    const first = await begin(medium);
    await first.edit(() => ({ labels: { team: 'payments' } }));
    await first.time.advance(1000);
    const before = first.shown();
    expect((await begin(medium)).shown()).toEqual(before);
    expect(before?.metadata.labels).toMatchObject({ team: 'payments', 'x-k8s.io/cluster-manager': 'hub' });
  });

  it('is another object under another manager', async () => {
    const medium = createMedium();
    const first = await begin(medium);
    const second = await begin(medium, { manager: 'other' });
    await second.tell();
    expect(second.events.map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
    expect(second.shown()?.metadata.uid).not.toBe(first.shown()?.metadata.uid);
    expect(second.shown()?.spec).toMatchObject({ clusterManager: { name: 'other' } });
  });

  it('stays while the members are not all known, and goes once they are', async () => {
    const medium = createMedium();
    await begin(medium);
    const second = await begin(medium, { facts: undefined });
    expect(second.shown()).toBeUndefined();
    const third = await begin(medium);
    third.isComplete = false;
    third.facts = undefined;
    await third.tell();
    expect(third.shown()).toBeDefined();
    third.isComplete = true;
    await third.tell();
    expect(third.events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });
});

describe('a record that cannot be read', () => {
  it.each<DurableProblem>(['corrupt', 'unavailable', 'newerFormat'])(
    '%s: nothing is served and nothing made anew',
    async (problem) => {
      const medium = createMedium();
      const before = (await begin(medium)).shown();
      medium.failing = { on: 'read', problem };
      const second = await begin(medium);
      await second.tell();
      expect(second.shown()).toBeUndefined();
      expect(second.profiles.couldHold(KEY)).toEqual(['east']);
      expect(second.profiles.warning()).toContain('east');
      expect(await second.edit(addFinalizer)).toBeUndefined();
      medium.failing = undefined;
      await second.time.advance(120_000);
      expect(second.shown()?.metadata.uid).toBe(before?.metadata.uid);
      expect(second.profiles.couldHold(KEY)).toEqual([]);
      expect(second.profiles.warning()).toBeUndefined();
    },
  );

  it('holds for every member while not even the list of records can be read', async () => {
    const medium = createMedium();
    const before = (await begin(medium)).shown();
    medium.failing = { on: 'list', problem: 'unavailable' };
    const second = await begin(medium);
    expect(second.shown()?.metadata.uid).toBe(before?.metadata.uid);
    medium.failing = { on: 'read', problem: 'unavailable' };
    const third = await begin(medium);
    expect(third.shown()).toBeUndefined();
    expect(third.profiles.couldHold(KEY)).toEqual(['east']);
  });
});

describe('a record that cannot be written', () => {
  it.each<DurableProblem>(['diskFull', 'readOnly', 'conflict', 'unavailable'])(
    '%s: no new profile is shown before it is safe',
    async (problem) => {
      const medium = createMedium();
      medium.failing = { on: 'write', problem };
      const life = await begin(medium);
      expect(life.shown()).toBeUndefined();
      expect(life.profiles.couldHold(KEY)).toEqual(['east']);
      medium.failing = undefined;
      await life.time.advance(120_000);
      const { uid } = life.shown()?.metadata ?? {};
      expect(uid).toBeDefined();
      expect((await begin(medium)).shown()?.metadata.uid).toBe(uid);
    },
  );

  it('what is computed goes on being served, and is kept later', async () => {
    const medium = createMedium();
    const life = await begin(medium);
    medium.failing = { on: 'write', problem: 'diskFull' };
    await life.tell({ version: 'v2.0.0' });
    expect(life.shown()?.status).toMatchObject({ version: { kubernetes: 'v2.0.0' } });
    medium.failing = undefined;
    await life.time.advance(120_000);
    const before = life.shown();
    expect((await begin(medium, { facts: facts({ version: 'v2.0.0' }) })).shown()).toEqual(before);
  });

  it('what a client writes is refused, and did not happen', async () => {
    const medium = createMedium();
    const life = await begin(medium);
    const before = life.shown();
    medium.failing = { on: 'write', problem: 'diskFull' };
    await expect(life.edit(addFinalizer)).rejects.toMatchObject({ type: 'diskFull' });
    expect(life.shown()).toEqual(before);
    medium.failing = undefined;
    await life.time.advance(120_000);
    expect((await begin(medium)).shown()).toEqual(before);
  });

  it('a write whose answer was lost is taken back, as the client was told', async () => {
    const medium = createMedium();
    const life = await begin(medium);
    const before = life.shown();
    medium.failing = { on: 'answer', problem: 'unavailable' };
    await expect(life.edit(addFinalizer)).rejects.toMatchObject({ type: 'unavailable' });
    medium.failing = undefined;
    await life.time.advance(120_000);
    expect((await begin(medium)).shown()).toEqual(before);
  });

  it('a deletion waits until nobody can find the old object again', async () => {
    const medium = createMedium();
    const life = await begin(medium);
    medium.failing = { on: 'write', problem: 'unavailable' };
    life.facts = undefined;
    await life.tell();
    expect(life.shown()).toBeDefined();
    medium.failing = undefined;
    await life.time.advance(120_000);
    expect(life.shown()).toBeUndefined();
    expect(medium.values.size).toBe(0);
  });
});

describe('finalizers', () => {
  it('hold the profile of a member that left until the last one has gone; a new registration is a new object', async () => {
    const life = await begin(createMedium());
    await life.edit(addFinalizer);
    const { uid } = life.shown()?.metadata ?? {};
    const known = life.facts;
    life.facts = undefined;
    await life.tell();
    expect(life.shown()?.metadata).toMatchObject({ uid, generation: 2, finalizers: ['example.com/hold'] });
    expect(life.shown()?.metadata.deletionTimestamp).toBeDefined();
    expect(conditionStatus(life.shown(), 'Joined')).toBe('False');
    life.facts = known;
    await life.tell();
    expect(life.shown()?.metadata.uid).toBe(uid);
    await life.edit(() => ({ finalizers: [] }));
    await life.time.advance(1000);
    expect(life.events.map(({ type }) => type).slice(-2)).toEqual(['DELETED', 'ADDED']);
    expect(life.shown()?.metadata.uid).not.toBe(uid);
    expect(conditionStatus(life.shown(), 'Joined')).toBe('True');
  });
});

describe('a namespace of the hub', () => {
  it('that goes takes its profiles along, and one that cannot be asked for takes nothing', async () => {
    const life = await begin(createMedium());
    life.namespaces = { inventory: undefined };
    await life.tell();
    expect(life.shown()).toBeDefined();
    life.namespaces = { inventory: false };
    await life.tell();
    expect(life.shown()).toBeUndefined();
    life.namespaces = {};
    await life.tell();
    expect(life.events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED', 'ADDED']);
  });
});

describe('the budget of updates', () => {
  it('lets 100 flips in 60 s make at most 12 events, and shows the last state in the end', async () => {
    const life = await begin(createMedium());
    const before = life.events.length;
    for (let flip = 0; flip < 100; flip += 1) {
      await life.tell(flip % 2 === 0 ? UNKNOWN : READY);
      await life.time.advance(500);
    }
    expect(life.events.length - before).toBeLessThanOrEqual(12);
    expect(life.events.length - before).toBeGreaterThanOrEqual(10);
    await life.tell(UNKNOWN);
    await life.time.advance(60_000);
    expect(conditionStatus(life.shown(), 'ControlPlaneHealthy')).toBe('Unknown');
    await life.tell(READY);
    await life.time.advance(60_000);
    expect(conditionStatus(life.shown(), 'ControlPlaneHealthy')).toBe('True');
  });

  it('is not spent by what other writers do', async () => {
    const life = await begin(createMedium());
    for (let index = 0; index < 20; index += 1) await life.edit(() => ({ labels: { index: String(index) } }));
    await life.tell({ version: 'v2.0.0' });
    expect(life.shown()?.status).toMatchObject({ version: { kubernetes: 'v2.0.0' } });
    expect(life.events).toHaveLength(22);
  });
});

it('an hour in which nothing changes but the time of contact makes no event and no write', async () => {
  const medium = createMedium();
  const life = await begin(medium);
  const [events, writes] = [life.events.length, medium.writes];
  for (let index = 0; index < 360; index += 1) {
    await life.tell({ lastContactMs: life.time.now() });
    await life.time.advance(10_000);
  }
  expect([life.events.length, medium.writes]).toEqual([events, writes]);
});
