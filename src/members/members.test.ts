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
  WEB,
  WEB_SERVICE,
} from '../../test/support/member-world.ts';
import { until } from '../../test/support/until.ts';
import { DEFAULT_OBJECT_LIMITS } from './object-budget.ts';

afterEach(closeWorlds);

describe('a member', () => {
  it('is told completely: registered, identified, its objects, synced', async () => {
    const { view, time } = await live();
    expect(view.rows('east')).toEqual(ROWS);
    expect(view.types()[0]).toBe('registered');
    expect(view.types()[1]).toBe('identified');
    for (const resource of ['namespaces', 'services', 'serviceexports', 'clusterproperties', 'endpointslices']) {
      expect(view.types().filter((type) => type === `synced ${resource}`)).toHaveLength(1);
    }
    expect(view.status('east')).toEqual({
      cluster: 'east',
      phase: 'live',
      synced: true,
      lastContactMs: time.now(),
      fingerprint: 'uid-east',
      version: 'v1.36.4',
      reason: undefined,
      message: undefined,
      clockSkewSeconds: 0,
    });
  });

  it('says that what is registered now cannot be used, and stays live by what was before', async () => {
    const { view, east } = await live();
    view.members.update([{ ...registration('east', east), problem: 'not a kubeconfig' }]);
    expect(view.status('east')).toMatchObject({ phase: 'live', reason: 'RegistrationInvalid' });
    expect(view.status('east').message).toContain('not a kubeconfig');
    view.members.update([registration('east', east)]);
    expect(view.status('east').reason).toBeUndefined();
  });

  it('follows changes and deletions as they happen', async () => {
    const { view, east } = await live();
    east.write('services', { ...WEB_SERVICE, spec: { ...WEB_SERVICE.spec, ports: [{ port: 81 }] } });
    await until(() => expect(view.row('east', 'services shop/web')?.spec).toMatchObject({ ports: [{ port: 81 }] }));
    east.remove('serviceexports', 'web', 'shop');
    await until(() => expect(view.rows('east')).not.toContain('serviceexports shop/web'));
  });

  it('tells nothing while nothing happens, for an hour of probes, bookmarks and ended watches', async () => {
    const { view, east, time } = await live();
    const before = { events: view.events.length, changes: view.statusChanges() };
    for (let minute = 0; minute < 60; minute += 1) {
      await time.advance(60_000);
      for (const resource of ['services', 'serviceexports', 'namespaces', 'clusterproperties'] as const) {
        await until(() => expect(east.openWatches(resource)).toBe(1));
        east.bookmark(resource);
      }
      if (minute % 7 === 6) east.endStreams();
    }
    expect({ events: view.events.length, changes: view.statusChanges() }).toEqual(before);
    expect(view.status('east').phase).toBe('live');
  }, 60_000);

  it('resumes a dropped watch without a relist, and has missed nothing', async () => {
    const { view, east, time } = await live();
    const lists = east.calls('services').filter((call) => call !== 'watch').length;
    east.cutStreams();
    await until(() => expect(east.openWatches('services')).toBe(0));
    east.write('services', { ...WEB_SERVICE, metadata: { name: 'api', namespace: 'shop' } });
    await until(() => expect(time.pending().length).toBeGreaterThan(4));
    await time.advance(2_000);
    await until(() => expect(view.rows('east')).toContain('services shop/api'));
    expect(east.calls('services').filter((call) => call !== 'watch')).toHaveLength(lists);
    expect(view.members.counters()[0]?.resources.services.relists).toBe(0);
  });

  it.each(['supported', 'refused', 'ignored'] as const)(
    'relists after 410 with its minimal difference (streaming lists %s)',
    async (mode) => {
      const { view, east, time } = await live();
      east.setWatchList(mode);
      for (const name of ['api', 'db'])
        east.write('services', { ...WEB_SERVICE, metadata: { name, namespace: 'shop' } });
      await until(() => expect(view.rows('east')).toContain('services shop/db'));
      east.cutStreams();
      await until(() => expect(east.openWatches('services')).toBe(0));
      east.write('services', { ...WEB_SERVICE, metadata: { name: 'new', namespace: 'shop' } });
      east.remove('services', 'api', 'shop');
      east.compact();
      const before = view.events.length;
      for (let step = 0; step < 100 && !view.rows('east').includes('services shop/new'); step += 1) {
        await time.advance(200);
        // A server that does not know streaming lists is recognised by its first bookmark.
        if (mode === 'ignored') east.bookmark('services');
      }
      const changes = view.events.slice(before).filter((event) => event.type === 'changed');
      expect(changes).toHaveLength(1);
      expect(changes[0]?.applied.map((object) => object.metadata.name)).toEqual(['new']);
      expect(changes[0]?.deleted).toEqual([{ namespace: 'shop', name: 'api' }]);
    },
  );

  it('pages through a large list and shows it at once', async () => {
    const time = createManualTime();
    const east = await fake(time);
    east.setWatchList('refused');
    for (let index = 0; index < 1_201; index += 1) {
      east.write('services', { ...WEB_SERVICE, metadata: { name: `s${index}`, namespace: 'shop' } });
    }
    const view = open(time);
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'live');
    const changes = view.events.filter((event) => event.type === 'changed' && event.resource === 'services');
    expect(changes).toHaveLength(1);
    expect(view.rows('east')).toHaveLength(1_201);
    expect(east.calls('services').filter((call) => call === 'list')).toHaveLength(3);
  });

  it.each([
    ['text', 'this is no JSON\n'],
    ['an event of an unknown type', '{"type":"PATCHED","object":{"metadata":{"resourceVersion":"9"}}}\n'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x0a])],
    ['a line above 4 MiB', `${'x'.repeat(4_194_305)}\n`],
  ])('reads everything again after %s in a watch', async (_, bytes) => {
    const { view, east, time } = await live();
    east.sendRaw('services', bytes);
    await until(() => expect(time.pending()).toContainEqual(1_200));
    await time.advance(1_200);
    await until(() => expect(east.calls('services').filter((call) => call === 'watchList')).toHaveLength(2));
    east.write('services', { ...WEB_SERVICE, metadata: { name: 'api', namespace: 'shop' } });
    await until(() => expect(view.rows('east')).toContain('services shop/api'));
  });

  it('abandons a watch that is silent for 150 s', async () => {
    const { east, time } = await live();
    await time.advance(149_000);
    expect(east.calls('services')).toEqual(['watchList']);
    await time.advance(3_000);
    await until(() => expect(east.calls('services')).toEqual(['watchList', 'watchList']));
  });
});

describe('a member in trouble', () => {
  it.each([
    [401, 'Unauthorized'],
    [403, 'Forbidden:services'],
    [429, 'Throttled'],
    [500, 'ServerError'],
  ])('that answers %i for its Services keeps its rows and is stale: %s', async (status, reason) => {
    const { view, east, time } = await live();
    const recover = east.answer(/\/api\/v1\/services/, { status, body: '{}' });
    east.endStreams();
    await until(() => expect(view.status('east').reason).toBe(reason));
    expect(view.status('east').phase).toBe('stale');
    expect(view.rows('east')).toEqual(ROWS);
    recover();
    await time.advance(5_000);
    await becomes(view, 'east', 'live');
  });

  it('whose properties may not be read is observed so, and as unknown while they are not read for another reason', async () => {
    const { view, east, time } = await live();
    const forbidden = (): unknown => view.members.observation(id('east'))?.isForbiddenProperties;
    expect(forbidden()).toBe(false);
    const recover = east.answer(/clusterproperties/, { status: 403, body: '{}' });
    east.endStreams();
    await until(() => expect(forbidden()).toBe(true));
    recover();
    east.answer(/clusterproperties/, { status: 500, body: '{}' });
    await time.advance(5_000);
    await until(() => expect(forbidden()).toBeUndefined());
  });

  it('that cannot be reached is stale with its last contact, and is live again without a relist', async () => {
    const { view, east, time } = await live();
    const lastContactMs = view.status('east').lastContactMs;
    await east.down();
    await time.advance(25_000);
    await until(() => expect(view.status('east').reason).toBe('Unreachable'));
    expect(view.status('east')).toMatchObject({ phase: 'stale', synced: true, lastContactMs });
    expect(view.rows('east')).toEqual(ROWS);
    await east.up();
    for (let step = 0; step < 6; step += 1) await time.advance(5_000);
    await becomes(view, 'east', 'live');
    expect(view.members.counters()[0]?.resources.services.relists).toBe(0);
  });

  it('that was never reached is pending and names the reason', async () => {
    const time = createManualTime();
    const east = await fake(time);
    await east.down();
    const view = open(time);
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'pending Unreachable');
    expect(view.status('east')).toMatchObject({ synced: false, lastContactMs: undefined });
    await east.up();
    await time.advance(11_000);
    await becomes(view, 'east', 'live');
  });

  it('is probed as often as it was asked for', async () => {
    const { view, time } = await live({ probeIntervalMs: 500 });
    for (let probes = 1; probes <= 4; probes += 1) {
      await until(() => expect(view.members.counters()[0]?.probes).toBe(probes));
      await time.advance(499);
      expect(view.members.counters()[0]?.probes).toBe(probes);
      await time.advance(1);
    }
  });

  it.each([403, 404])('whose /readyz answers %i is probed by /version', async (status) => {
    const time = createManualTime();
    const east = await fake(time);
    const view = open(time);
    east.answer(/\/readyz/, { status });
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'live');
  });

  it('whose objects are malformed shows the others, and says so', async () => {
    const { view, east, time } = await live();
    east.write('services', { metadata: { name: 'bad', namespace: 'shop' }, spec: { ports: [{ port: -1 }] } });
    east.write('services', { ...WEB_SERVICE, metadata: { name: 'good', namespace: 'shop' } });
    await until(() => expect(view.rows('east')).toContain('services shop/good'));
    expect(view.rows('east')).not.toContain('services shop/bad');
    await time.advance(11_000);
    await becomes(view, 'east', 'live InvalidObjects');
    expect(view.status('east').message).toContain('services shop/bad: spec.ports[0] is malformed');
  });

  it('loses an object that becomes malformed: its old form is no longer true', async () => {
    const { view, east } = await live();
    east.write('services', { ...WEB_SERVICE, spec: { type: 'bad type' } });
    await until(() => expect(view.rows('east')).not.toContain('services shop/web'));
  });

  it('does not read our own output back', async () => {
    const { view, east } = await live();
    const labels = { 'clusterset-apiserver.dev/cluster': 'west' };
    east.write('serviceexports', { metadata: { name: 'west.web', namespace: 'shop', labels } });
    await until(() => expect(view.members.counters()[0]?.resources.serviceexports.ownDropped).toBe(1));
    expect(view.rows('east')).toEqual(ROWS);
  });

  it('has its clock compared with ours', async () => {
    const { view, east, time } = await live();
    east.setClockAhead(42);
    await time.advance(11_000);
    // The Date header has whole seconds.
    await until(() => expect([42, 43]).toContain(view.status('east').clockSkewSeconds));
  });

  it('tells that its clock is off, and that it is right again, once each', async () => {
    const { view, east, time } = await live();
    const clocks = () => view.events.flatMap((event) => (event.type === 'clock' ? [event.skewSeconds] : []));
    const probed = async (seconds: number): Promise<void> => {
      const before = view.status('east').lastContactMs ?? 0;
      east.setClockAhead(seconds);
      await time.advance(11_000);
      await until(() => expect(view.status('east').lastContactMs).toBeGreaterThan(before));
    };
    await probed(4);
    expect(clocks()).toEqual([]);
    await probed(-60);
    await becomes(view, 'east', 'live ClockSkew');
    expect(view.status('east').message).toBe('its clock is about 60 s behind ours');
    await probed(-62);
    await probed(-58);
    expect(clocks()).toEqual([-60]);
    await probed(1);
    await becomes(view, 'east', 'live');
    expect(clocks()).toEqual([-60, 0]);
  });

  it('whose clock is off from the beginning says so before its objects', async () => {
    const time = createManualTime();
    const east = await fake(time);
    east.setClockAhead(60);
    east.write('serviceexports', WEB);
    const view = open(time);
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'live ClockSkew');
    expect(view.types().filter((type) => type === 'clock')).toHaveLength(1);
    expect(view.types().indexOf('clock')).toBeLessThan(view.types().indexOf('changed serviceexports'));
  });

  it('with more objects than may be held is refused, shows nothing half, and is asked again later', async () => {
    const time = createManualTime();
    const east = await fake(time);
    for (let index = 0; index < 11; index += 1) {
      east.write('services', { ...WEB_SERVICE, metadata: { name: `s${index}`, namespace: 'shop' } });
    }
    const objectsMax = { ...DEFAULT_OBJECT_LIMITS.objectsMax, services: 10 };
    const view = open(time, { limits: { ...DEFAULT_OBJECT_LIMITS, objectsMax } });
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'pending TooLarge');
    expect(view.rows('east').filter((row) => row.startsWith('services'))).toEqual([]);
    east.remove('services', 's0', 'shop');
    await time.advance(290_000);
    expect(view.status('east').reason).toBe('TooLarge');
    await time.advance(20_000);
    await becomes(view, 'east', 'live');
    east.write('services', { ...WEB_SERVICE, metadata: { name: 's0', namespace: 'shop' } });
    await becomes(view, 'east', 'stale TooLarge');
  });
});

describe('a CRD on a member', () => {
  it('that is absent counts as synced and empty, and is read when it appears', async () => {
    const time = createManualTime();
    const east = await fake(time);
    east.setVersions('serviceexports', []);
    east.setVersions('clusterproperties', []);
    const view = open(time);
    view.members.update([registration('east', east)]);
    await becomes(view, 'east', 'live');
    east.setVersions('serviceexports', ['v1alpha1']);
    east.write('serviceexports', WEB);
    await time.advance(31_000);
    await until(() => expect(view.rows('east')).toEqual(['serviceexports shop/web']));
    expect(view.row('east', 'serviceexports shop/web')?.apiVersion).toBe('multicluster.x-k8s.io/v1beta1');
  });

  it('that vanishes takes its rows along only after a second look', async () => {
    const { view, east, time } = await live();
    east.setVersions('serviceexports', []);
    east.endStreams();
    await until(() => expect(time.pending()).toContainEqual(10_000));
    expect(view.rows('east')).toEqual(ROWS);
    await time.advance(10_000);
    await until(() => expect(view.rows('east')).not.toContain('serviceexports shop/web'));
    expect(view.status('east').phase).toBe('live');
  });

  it('behind a proxy that answers 404 for everything keeps its rows', async () => {
    const { view, east, time } = await live();
    east.answer(/./, { status: 404, body: 'not here' });
    east.endStreams();
    for (let step = 0; step < 8; step += 1) await time.advance(10_000);
    expect(view.rows('east')).toEqual(ROWS);
    expect(view.status('east').phase).toBe('stale');
  });
});

describe('EndpointSlices', () => {
  const slice = (name: string, service: string, addressType: string) => ({
    metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': service } },
    addressType,
  });

  it('are read only for exported headless Services without a selector', async () => {
    const { view, east, time } = await live();
    expect(east.calls('endpointslices')).toEqual([]);
    east.write('endpointslices', slice('db-1', 'db', 'IPv6'));
    east.write('endpointslices', slice('web-1', 'web', 'IPv4'));
    east.write('serviceexports', { metadata: { name: 'db', namespace: 'shop' } });
    east.write('services', { metadata: { name: 'db', namespace: 'shop' }, spec: { clusterIP: 'None' } });
    await until(() => expect(view.rows('east')).toContain('services shop/db'));
    await until(() => expect(time.pending()).toContainEqual(500));
    await time.advance(500);
    await until(() => expect(view.rows('east')).toContain('endpointslices shop/db-1'));
    expect(view.rows('east')).not.toContain('endpointslices shop/web-1');
    const request = east.requests.find(({ path }) => path.endsWith('/endpointslices'));
    expect(request?.query['labelSelector']).toBe('kubernetes.io/service-name in (db)');
    expect(view.status('east').phase).toBe('live');

    east.remove('serviceexports', 'db', 'shop');
    await until(() => expect(view.rows('east')).not.toContain('serviceexports shop/db'));
    await time.advance(500);
    await until(() => expect(view.rows('east')).not.toContain('endpointslices shop/db-1'));
    await until(() => expect(east.openWatches('endpointslices')).toBe(0));
  });
});
