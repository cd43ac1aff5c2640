import { afterEach, describe, expect, it } from 'vitest';

import { createManualTime } from '../../test/support/manual-time.ts';
import {
  becomes,
  closeWorlds,
  fake,
  id,
  live,
  open,
  registration,
  ROWS,
  WEB_SERVICE,
} from '../../test/support/member-world.ts';
import { until } from '../../test/support/until.ts';
import type { MemberResource } from '../kube/member-event.ts';
import type { Members } from './members.ts';
import { createSharing } from './sharing.ts';
import { parseSnapshot } from './snapshot.ts';

afterEach(closeWorlds);

describe('identity', () => {
  it('refuses the same cluster under a second name, until the first one leaves', async () => {
    const { view, east, time } = await live();
    view.members.update([registration('east', east), registration('again', east)]);
    await becomes(view, 'again', 'pending DuplicateMember');
    expect(view.status('again').message).toContain('east');
    expect(view.rows('again')).toEqual([]);
    expect(view.events.filter((event) => event.cluster === 'again').map((event) => event.type)).toEqual([
      'registered',
      'left',
    ]);
    view.members.update([registration('again', east)]);
    await time.advance(11_000);
    await becomes(view, 'again', 'live');
    expect(view.rows('again')).toEqual(ROWS);
    expect(view.rows('east')).toEqual([]);
  });

  it.each([
    [false, 'pending IsHub'],
    [true, 'live'],
  ])('of the hub: allowed %s makes it %s', async (allowHub, wanted) => {
    const time = createManualTime();
    const hub = await fake(time, 'hub-uid');
    const view = open(time, { allowHub });
    view.members.update([registration('mgmt', hub)]);
    await becomes(view, 'mgmt', wanted);
  });

  it('that changes shows nothing of the new cluster; the old rows stay until it is registered again', async () => {
    const { view, east, time } = await live();
    east.setFingerprint('uid-other');
    east.cutStreams();
    await until(() => expect(east.openWatches('services')).toBe(0));
    east.write('services', { ...WEB_SERVICE, metadata: { name: 'foreign', namespace: 'shop' } });
    await time.advance(5_000);
    await becomes(view, 'east', 'stale IdentityMismatch');
    for (let step = 0; step < 5; step += 1) await time.advance(10_000);
    expect(view.rows('east')).toEqual(ROWS);
    expect(view.status('east').fingerprint).toBe('uid-east');
    view.members.update([]);
    expect(view.rows('east')).toEqual([]);
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'live');
    expect(view.rows('east')).toContain('services shop/foreign');
  });

  it('that comes back is read anew', async () => {
    const { view, east, time } = await live();
    east.setFingerprint('uid-other');
    east.cutStreams();
    await until(() => expect(east.openWatches('services')).toBe(0));
    await time.advance(5_000);
    await becomes(view, 'east', 'stale IdentityMismatch');
    east.setFingerprint('uid-east');
    east.remove('services', 'web', 'shop');
    await time.advance(11_000);
    await becomes(view, 'east', 'live');
    expect(view.rows('east')).not.toContain('services shop/web');
  });
});

describe('registrations', () => {
  it('with new credentials go on without an event when the same cluster answers', async () => {
    const { view, east, time } = await live();
    const before = view.events.length;
    view.members.update([registration('east', east, 'd2')]);
    await until(() => expect(east.calls('services')).toEqual(['watchList', 'watch']));
    await until(() => expect(east.openWatches('services')).toBe(1));
    expect(view.events).toHaveLength(before);
    expect(view.logged.at(-1)).toContain('the registration of a member changed');
    await time.advance(1_000);
    await becomes(view, 'east', 'live');
  });

  it('that lead to another cluster are a mismatch, never a mixture', async () => {
    const { view, time } = await live();
    const other = await fake(time, 'uid-other');
    other.write('services', { ...WEB_SERVICE, metadata: { name: 'foreign', namespace: 'shop' } });
    view.members.update([registration('east', other, 'd2')]);
    await becomes(view, 'east', 'stale IdentityMismatch');
    expect(view.rows('east')).toEqual(ROWS);
  });

  it('that end make the member leave, with all its calls ended', async () => {
    const { view, east, time } = await live();
    const { cluster } = view.status('east');
    expect(view.members.status(cluster)).toEqual(view.status('east'));
    view.members.update([]);
    expect(view.events.at(-1)).toEqual({ type: 'left', cluster: 'east' });
    expect(view.members.statuses()).toEqual([]);
    expect(view.members.status(cluster)).toBeUndefined();
    await until(() => expect(east.openWatches('services')).toBe(0));
    expect(time.pending()).toEqual([]);
  });

  it('of a member in trouble do not touch the others', async () => {
    const { view, east, time } = await live();
    const west = await fake(time, 'uid-west');
    west.answer(/\/api\/v1\/services/, { status: 200, body: '<html>' });
    west.setWatchList('refused');
    view.members.update([registration('east', east), registration('west', west)]);
    await becomes(view, 'west', 'pending UnexpectedAnswer');
    expect(view.status('east').phase).toBe('live');
  });
});

describe('a snapshot', () => {
  const WITHOUT_HEALTH = { isConfirmed: false, isForbiddenProperties: undefined };
  const NOT_OBSERVED = { ...WITHOUT_HEALTH, health: undefined };
  const reading = () => ({ sharing: createSharing(), pause: () => Promise.resolve() });

  async function stored() {
    const { view, east, time } = await live();
    const snapshot = view.members.snapshot(id('east'));
    view.members.stop();
    const parsed = await parseSnapshot(JSON.parse(JSON.stringify(snapshot)), reading());
    if (!parsed.ok) throw new Error(parsed.error);
    return { east, time, snapshot: parsed.value };
  }

  it('is shown as stale before first contact, and the first list is told as its difference', async () => {
    const { east, time, snapshot } = await stored();
    east.write('services', { ...WEB_SERVICE, metadata: { name: 'api', namespace: 'shop' } });
    east.remove('serviceexports', 'web', 'shop');
    const view = open(time, { snapshotOf: () => snapshot });
    view.members.update([registration('east', east)]);
    expect(view.rows('east')).toEqual(ROWS);
    expect(view.status('east')).toMatchObject({ phase: 'stale', synced: true, fingerprint: 'uid-east' });
    expect(view.members.observation(id('east'))).toEqual(NOT_OBSERVED);
    expect(view.events[0]).toEqual({ type: 'registered', cluster: 'east', fingerprint: 'uid-east' });
    const before = view.events.length;
    await becomes(view, 'east', 'live');
    const changes = view.events.slice(before).flatMap((event) => (event.type === 'changed' ? [event] : []));
    expect(changes.map(({ resource, applied, deleted }) => [resource, applied.length, deleted.length]).sort()).toEqual([
      ['serviceexports', 0, 1],
      ['services', 1, 0],
    ]);
    expect(view.events.slice(before).filter((event) => event.type === 'synced')).toEqual([]);
    expect(view.members.observation(id('east'))).toMatchObject({ isConfirmed: true, isForbiddenProperties: false });
  });

  it('of a cluster that does not answer stays, with the time of its last contact', async () => {
    const { east, time, snapshot } = await stored();
    await east.down();
    const view = open(time, { snapshotOf: () => snapshot });
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'stale Unreachable');
    expect(view.status('east').lastContactMs).toBe(snapshot.lastContactMs);
    expect(view.members.observation(id('east'))).toMatchObject(WITHOUT_HEALTH);
    expect(view.rows('east')).toEqual(ROWS);
  });

  it('of another cluster than the one that answers stays, and that one is not shown', async () => {
    const { time, snapshot } = await stored();
    const other = await fake(time, 'uid-other');
    const view = open(time, { snapshotOf: () => snapshot });
    view.members.update([registration('east', other)]);
    await becomes(view, 'east', 'stale IdentityMismatch');
    expect(view.rows('east')).toEqual(ROWS);
    expect(view.members.observation(id('east'))).toMatchObject(WITHOUT_HEALTH);
  });

  it('is there only when every resource is complete', async () => {
    const time = createManualTime();
    const east = await fake(time);
    east.answer(/\/api\/v1\/services/, { status: 403 });
    const view = open(time);
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'pending Forbidden:services');
    expect(view.members.snapshot(id('east'))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['no cluster', { fingerprint: 'x', resources: {} }],
    ['no fingerprint', { cluster: 'east', resources: {} }],
    ['no resources', { cluster: 'east', fingerprint: 'x' }],
  ])('with %s is refused', async (_, value) => {
    expect((await parseSnapshot(value, reading())).ok).toBe(false);
  });

  it('of many members is shown by one member after another, with other work in between', async () => {
    const { time, snapshot } = await stored();
    const names = ['a', 'b', 'c', 'd'];
    // Every look at the clock takes 4 ms: two members fit into a turn.
    let elapsedMs = 0;
    const view = open(time, {
      clock: () => time.now() + (elapsedMs += 4),
      snapshotOf: (cluster) => ({ ...snapshot, cluster, fingerprint: `uid-${cluster}` }),
    });
    const never = (): Promise<never> => new Promise(() => undefined);
    const silent = { server: 'https://silent.test', request: never, openStream: never, close: () => undefined };
    const registrations = names.map((name) => ({ name: id(name), digest: 'd1', connect: () => silent }));
    const shown = () => names.filter((name) => view.rows(name).length > 0);
    view.members.update(registrations);
    const first = shown();
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(4);
    expect(view.status('d')).toMatchObject({ phase: 'pending', synced: false });
    // Rotated or removed before its turn came.
    const [a, b, c, d] = registrations;
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no members');
    view.members.update([a, b, { ...d, digest: 'd2' }]);
    expect(view.events.find(({ cluster }) => cluster === 'd')?.type).toBe('registered');
    await time.advance(0);
    expect(shown()).toEqual(['a', 'b', 'd']);
    expect(view.events.filter(({ cluster }) => cluster === 'c')).toEqual([]);
  });

  it('is there as soon as everything was read once', async () => {
    const { view } = await live();
    expect(view.members.hasSnapshot(id('east'))).toBe(true);
    expect(view.members.hasSnapshot(id('west'))).toBe(false);
  });

  it('lets other work go first again and again while it is judged', async () => {
    const namespaces = { objects: Array.from({ length: 1_000 }, (_, index) => ({ metadata: { name: `n${index}` } })) };
    let pauses = 0;
    const pause = (): Promise<void> => {
      pauses += 1;
      return Promise.resolve();
    };
    const value = { cluster: 'east', fingerprint: 'x', resources: { namespaces } };
    await parseSnapshot(value, { sharing: createSharing(), pause });
    expect(pauses).toBe(5);
  });

  it('loses only the objects in it that are malformed', async () => {
    const good = { metadata: { name: 'a', uid: 'u', resourceVersion: '1' } };
    const resources: Partial<Record<MemberResource, unknown>> = { namespaces: { objects: [good, { metadata: {} }] } };
    const parsed = await parseSnapshot({ cluster: 'east', fingerprint: 'x', resources }, reading());
    expect(parsed.ok && parsed.value.resources.namespaces?.objects.map((object) => object.metadata.name)).toEqual([
      'a',
    ]);
  });
});

describe('figures', () => {
  it('tell how old what we hold may be', async () => {
    const { view, east, time } = await live();
    const lag = (members: Members) => members.counters()[0]?.lagMs;
    expect(lag(view.members)).toBe(0);
    await time.advance(30_000);
    expect(lag(view.members)).toBe(30_000);
    for (const resource of ['services', 'serviceexports', 'namespaces', 'clusterproperties'] as const)
      east.bookmark(resource);
    await until(() => expect(lag(view.members)).toBe(0));
  });
});

describe('an identity that cannot be read', () => {
  it.each([404, 410, 422, 500])('with %i costs neither a relist nor the rows', async (status) => {
    const { view, east, time } = await live();
    const recover = east.answer(/namespaces\/kube-system/, { status });
    await time.advance(1_000);
    east.endStreams();
    await until(() => expect(view.status('east').phase).toBe('stale'));
    await time.advance(20_000);
    expect(view.rows('east')).toEqual(ROWS);
    recover();
    await time.advance(20_000);
    await becomes(view, 'east', 'live');
    expect(view.members.counters()[0]?.resources.services.relists).toBe(0);
    expect(east.calls('services').filter((call) => call !== 'watch')).toEqual(['watchList']);
  });
});
