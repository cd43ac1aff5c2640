import { describe, expect, it } from 'vitest';
import { beginProfiles, createMedium, EAST, PROFILE_KEY, profileFacts } from '../../test/support/profile-life.ts';
import type { ProfileLife } from '../../test/support/profile-life.ts';
import type { ProfileFacts } from '../clusterset/index.ts';
import type { DurableProblem } from '../durable/index.ts';
import type { KubeObject } from '../kube/object.ts';
import { textAt } from '../kube/object.ts';

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

describe('a profile of a member that always changes', () => {
  it('is computed although the next change comes before the last one was looked at', async () => {
    const life = await beginProfiles(createMedium());
    life.facts = profileFacts({ version: 'v1.37.0' });
    for (let change = 0; change < 10; change += 1) {
      life.profiles.changed([EAST]);
      await life.time.advance(20);
    }
    expect(life.shown()?.status).toMatchObject({ version: { kubernetes: 'v1.37.0' } });
  });
});

describe('a profile over restarts', () => {
  it('keeps uid, creation time and even its version when nothing is different', async () => {
    const medium = createMedium();
    const first = await beginProfiles(medium);
    const before = first.shown();
    expect(before?.metadata).toMatchObject({ uid: expect.stringMatching(/^uid-/) as string, generation: 1 });
    await first.profiles.close();
    const second = await beginProfiles(medium);
    expect(second.shown()).toEqual(before);
    expect(second.events).toEqual([]);
  });

  it('keeps the mirror of its access providers, without news', async () => {
    const medium = createMedium();
    const facts = profileFacts({ isMirrored: true });
    const before = (await beginProfiles(medium, { facts })).shown();
    expect(before?.status).toMatchObject({ credentialProviders: [{ name: 'direct' }] });
    const second = await beginProfiles(medium, { facts });
    await second.tell();
    expect(second.shown()).toEqual(before);
    expect(second.events).toEqual([]);
  });

  it('goes on from what was kept after a crash, with the change that came later as a new version', async () => {
    const medium = createMedium();
    const first = await beginProfiles(medium);
    const before = first.shown();
    // Not closed: the process died here.
    const second = await beginProfiles(medium, { facts: profileFacts({ version: 'v1.37.0' }) });
    expect(second.shown()?.metadata.uid).toBe(before?.metadata.uid);
    expect(second.events.map(({ type }) => type)).toEqual(['MODIFIED']);
    expect(Number(second.shown()?.metadata.resourceVersion)).toBeGreaterThan(Number(before?.metadata.resourceVersion));
  });

  it('keeps what other writers added', async () => {
    const medium = createMedium();
    const first = await beginProfiles(medium);
    await first.edit(() => ({ labels: { team: 'payments' } }));
    await first.time.advance(1000);
    const before = first.shown();
    expect((await beginProfiles(medium)).shown()).toEqual(before);
    expect(before?.metadata.labels).toMatchObject({ team: 'payments', 'x-k8s.io/cluster-manager': 'hub' });
  });

  it('is another object under another manager', async () => {
    const medium = createMedium();
    const first = await beginProfiles(medium);
    const second = await beginProfiles(medium, { manager: 'other' });
    await second.tell();
    expect(second.events.map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
    expect(second.shown()?.metadata.uid).not.toBe(first.shown()?.metadata.uid);
    expect(second.shown()?.spec).toMatchObject({ clusterManager: { name: 'other' } });
  });

  it('stays while the members are not all known, and goes once they are', async () => {
    const medium = createMedium();
    await beginProfiles(medium);
    const second = await beginProfiles(medium, { facts: undefined });
    expect(second.shown()).toBeUndefined();
    const third = await beginProfiles(medium);
    third.isComplete = false;
    third.facts = undefined;
    await third.tell();
    expect(third.shown()).toBeDefined();
    third.isComplete = true;
    await third.tell();
    expect(third.events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });
});

describe('the display name of a profile', () => {
  const named = (displayName: string | undefined): Partial<ProfileFacts> => ({
    settings: { isGiven: displayName !== undefined, displayName, faults: [] },
  });
  const spec = (life: ProfileLife): unknown => textAt(life.shown()?.spec, 'displayName');

  it('is that of the registration, and the name of the member without one', async () => {
    const life = await beginProfiles(createMedium());
    expect(spec(life)).toBe('east');
    await life.tell(named('East'));
    expect(spec(life)).toBe('East');
    expect(life.shown()?.metadata.generation).toBe(2);
    await life.tell({ settings: undefined });
    expect(spec(life)).toBe('East');
    await life.tell(named(undefined));
    expect(spec(life)).toBe('east');
    expect(life.shown()?.metadata.generation).toBe(3);
  });

  it('is whose change came last', async () => {
    const life = await beginProfiles(createMedium(), { facts: profileFacts(named('East')) });
    const rename = (displayName: string): Promise<unknown> =>
      life.profiles.edit(PROFILE_KEY, ({ record }) => ({ ...record, displayName }));
    await rename('Basel');
    await life.tell({ version: 'v1.37.0' });
    expect(spec(life)).toBe('Basel');
    await life.tell(named('East 2'));
    expect(spec(life)).toBe('East 2');
    await rename('Bern');
    await life.tell(named(undefined));
    expect(spec(life)).toBe('Bern');
  });

  it('is kept with who gave it over a restart, without news', async () => {
    const medium = createMedium();
    const facts = profileFacts(named('East'));
    const first = await beginProfiles(medium, { facts });
    const before = first.shown();
    const second = await beginProfiles(medium, { facts });
    await second.tell();
    expect(second.shown()).toEqual(before);
    expect(second.events).toEqual([]);
    await second.tell(named(undefined));
    expect(spec(second)).toBe('east');
  });
});

describe('a record that cannot be read', () => {
  it.each<DurableProblem>(['corrupt', 'unavailable', 'newerFormat'])(
    '%s: nothing is served and nothing made anew',
    async (problem) => {
      const medium = createMedium();
      const before = (await beginProfiles(medium)).shown();
      medium.failing = { on: 'read', problem };
      const second = await beginProfiles(medium);
      await second.tell();
      expect(second.shown()).toBeUndefined();
      expect(second.profiles.couldHold(PROFILE_KEY)).toEqual(['east']);
      expect(second.profiles.warning()).toContain('east');
      expect(await second.edit(addFinalizer)).toBeUndefined();
      medium.failing = undefined;
      await second.time.advance(120_000);
      expect(second.shown()?.metadata.uid).toBe(before?.metadata.uid);
      expect(second.profiles.couldHold(PROFILE_KEY)).toEqual([]);
      expect(second.profiles.warning()).toBeUndefined();
    },
  );

  it('holds for every member while not even the list of records can be read', async () => {
    const medium = createMedium();
    const before = (await beginProfiles(medium)).shown();
    medium.failing = { on: 'list', problem: 'unavailable' };
    const second = await beginProfiles(medium);
    expect(second.shown()?.metadata.uid).toBe(before?.metadata.uid);
    medium.failing = { on: 'read', problem: 'unavailable' };
    const third = await beginProfiles(medium);
    expect(third.shown()).toBeUndefined();
    expect(third.profiles.couldHold(PROFILE_KEY)).toEqual(['east']);
  });

  it('holds for members that left, too, until the list can be read', async () => {
    const medium = createMedium();
    const first = await beginProfiles(medium);
    await first.edit(addFinalizer);
    const { uid } = first.shown()?.metadata ?? {};
    medium.failing = { on: 'list', problem: 'unavailable' };
    const second = await beginProfiles(medium, { facts: undefined });
    expect(second.shown()).toBeUndefined();
    expect(second.profiles.couldHold(PROFILE_KEY)).toEqual(['east']);
    expect(second.profiles.couldHold({ ...PROFILE_KEY, namespace: 'elsewhere' })).toEqual([]);
    expect(second.profiles.warning()).toBe('clusterprofiles may be missing, their records cannot be listed');
    medium.failing = undefined;
    await second.time.advance(5_000);
    expect(second.shown()?.metadata).toMatchObject({ uid, deletionTimestamp: expect.any(String) as string });
    expect(second.profiles.couldHold({ ...PROFILE_KEY, name: 'nobody' })).toEqual([]);
    expect(second.profiles.warning()).toBeUndefined();
  });
});

describe('a record that cannot be written', () => {
  it.each<DurableProblem>(['diskFull', 'readOnly', 'conflict', 'unavailable'])(
    '%s: no new profile is shown before it is safe',
    async (problem) => {
      const medium = createMedium();
      medium.failing = { on: 'write', problem };
      const life = await beginProfiles(medium);
      expect(life.shown()).toBeUndefined();
      expect(life.profiles.couldHold(PROFILE_KEY)).toEqual(['east']);
      medium.failing = undefined;
      await life.time.advance(120_000);
      const { uid } = life.shown()?.metadata ?? {};
      expect(uid).toBeDefined();
      expect((await beginProfiles(medium)).shown()?.metadata.uid).toBe(uid);
    },
  );

  it('what is computed goes on being served, and is kept later', async () => {
    const medium = createMedium();
    const life = await beginProfiles(medium);
    medium.failing = { on: 'write', problem: 'diskFull' };
    await life.tell({ version: 'v2.0.0' });
    expect(life.shown()?.status).toMatchObject({ version: { kubernetes: 'v2.0.0' } });
    medium.failing = undefined;
    await life.time.advance(120_000);
    const before = life.shown();
    expect((await beginProfiles(medium, { facts: profileFacts({ version: 'v2.0.0' }) })).shown()).toEqual(before);
  });

  it('what a client writes is refused, and did not happen', async () => {
    const medium = createMedium();
    const life = await beginProfiles(medium);
    const before = life.shown();
    medium.failing = { on: 'write', problem: 'diskFull' };
    await expect(life.edit(addFinalizer)).rejects.toMatchObject({ type: 'diskFull' });
    expect(life.shown()).toEqual(before);
    medium.failing = undefined;
    await life.time.advance(120_000);
    expect((await beginProfiles(medium)).shown()).toEqual(before);
  });

  it('a write whose answer was lost is taken back, as the client was told', async () => {
    const medium = createMedium();
    const life = await beginProfiles(medium);
    const before = life.shown();
    medium.failing = { on: 'answer', problem: 'unavailable' };
    await expect(life.edit(addFinalizer)).rejects.toMatchObject({ type: 'unavailable' });
    medium.failing = undefined;
    await life.time.advance(120_000);
    expect((await beginProfiles(medium)).shown()).toEqual(before);
  });

  it('a deletion waits until nobody can find the old object again', async () => {
    const medium = createMedium();
    const life = await beginProfiles(medium);
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
    const life = await beginProfiles(createMedium());
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
    const life = await beginProfiles(createMedium());
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
    const life = await beginProfiles(createMedium());
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
    const life = await beginProfiles(createMedium());
    for (let index = 0; index < 20; index += 1) await life.edit(() => ({ labels: { index: String(index) } }));
    await life.tell({ version: 'v2.0.0' });
    expect(life.shown()?.status).toMatchObject({ version: { kubernetes: 'v2.0.0' } });
    expect(life.events).toHaveLength(22);
  });
});

it('an hour in which nothing changes but the time of contact makes no event and no write', async () => {
  const medium = createMedium();
  const life = await beginProfiles(medium);
  const [events, writes] = [life.events.length, medium.writes];
  for (let index = 0; index < 360; index += 1) {
    await life.tell({ lastContactMs: life.time.now() });
    await life.time.advance(10_000);
  }
  expect([life.events.length, medium.writes]).toEqual([events, writes]);
});
