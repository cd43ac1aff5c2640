import { describe, expect, it } from 'vitest';
import type { FakeHub } from '../../test/support/fake-hub.ts';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import type { JsonObject } from '../kube/object.ts';
import type { CaBundleKeeperDeps, CaBundleState } from './ca-bundle-keeper.ts';
import { createCaBundleKeeper } from './ca-bundle-keeper.ts';

const NAME = 'v1.things.example.com';
const PATH = `/apis/apiregistration.k8s.io/v1/apiservices/${NAME}`;
const TITLE = `APIService ${NAME}`;
const SERVICE = { namespace: 'ours', name: 'api' };
const INTERVAL_MS = 15_000;

/** An APIService whose spec.caBundle belongs to `manager`. */
function apiService(spec: JsonObject = {}, manager?: string): JsonObject {
  return {
    metadata: {
      name: NAME,
      managedFields: manager === undefined ? [] : [{ manager, fieldsV1: { 'f:spec': { 'f:caBundle': {} } } }],
    },
    spec: { group: 'things.example.com', version: 'v1', service: SERVICE, ...spec },
  };
}

function setUp(spec?: JsonObject, more: Partial<CaBundleKeeperDeps> = {}) {
  const hub = createFakeHub();
  const time = createManualTime();
  const world = { bundle: 'bundle' as string | undefined };
  const changes: CaBundleState[] = [];
  const repaired: string[] = [];
  hub.put(PATH, apiService(spec));
  hub.handler = ({ method, path, body }) => {
    if (method !== 'PATCH') return undefined;
    const applied = JSON.parse(body ?? '') as { metadata: JsonObject; spec: JsonObject };
    const current = hub.objects.get(path)?.['metadata'] as JsonObject;
    if (applied.metadata['resourceVersion'] !== current['resourceVersion']) return failure(409, 'it was modified');
    hub.put(path, apiService(applied.spec, 'clusterset-apiserver-ca'));
    return { status: 200, body: hub.objects.get(path) };
  };
  const keeper = createCaBundleKeeper({
    connection: hub.connection,
    cluster: 'hub',
    targets: [{ type: 'APIService', name: NAME, endpoint: { type: 'service', ...SERVICE } }],
    caBundle: () => world.bundle,
    onChange: (state) => changes.push(state),
    onRepaired: (target) => repaired.push(target),
    clock: time.now,
    schedule: time.schedule,
    ...more,
  });
  return { hub, time, world, keeper, changes, repaired };
}

function bundleOf(hub: FakeHub): string {
  const spec = hub.objects.get(PATH)?.['spec'] as JsonObject;
  return typeof spec['caBundle'] === 'string' ? Buffer.from(spec['caBundle'], 'base64').toString() : '';
}

function requests(hub: FakeHub, wanted: string) {
  return hub.requests.filter(({ method }) => method === wanted);
}

describe('a CA bundle keeper', () => {
  it('applies the one field under its own manager, once', async () => {
    const { hub, time, keeper, changes, repaired } = setUp();
    expect(keeper.check()).toBe(`${TITLE}: its caBundle was not yet compared`);
    await keeper.start();
    expect(keeper.check()).toBeUndefined();
    await time.advance(10 * INTERVAL_MS);
    const patches = requests(hub, 'PATCH');
    expect(patches).toHaveLength(1);
    expect(patches[0]).toMatchObject({
      path: PATH,
      query: { fieldManager: 'clusterset-apiserver-ca', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(JSON.parse(patches[0]?.body ?? '')).toEqual({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: NAME, resourceVersion: '1' },
      spec: { caBundle: Buffer.from('bundle').toString('base64') },
    });
    expect(changes).toEqual([{ cluster: 'hub', target: TITLE, type: 'confirmed', reason: undefined }]);
    expect(repaired).toEqual([]);
  });

  it('writes nothing when the bundle is right, whoever set it', async () => {
    const { hub, keeper } = setUp({ caBundle: Buffer.from('bundle').toString('base64') });
    await keeper.start();
    expect(requests(hub, 'PATCH')).toEqual([]);
    expect(keeper.check()).toBeUndefined();
  });

  it('follows the certificate, and is not right until it has', async () => {
    const { hub, world, keeper } = setUp();
    await keeper.start();
    world.bundle = 'both';
    expect(keeper.check()).toBe(`${TITLE}: its caBundle was not yet compared`);
    expect(keeper.confirmation('both').awaited).toHaveLength(1);
    await keeper.refresh();
    expect(keeper.check()).toBeUndefined();
    expect(keeper.confirmation('both').awaited).toEqual([]);
    expect(keeper.confirmation('bundle').awaited).toHaveLength(1);
    expect(bundleOf(hub)).toBe('both');
  });

  it('tells since when nothing changed at any target', async () => {
    const { time, world, keeper } = setUp();
    await keeper.start();
    const firstMs = keeper.confirmation('bundle').sinceMs;
    await time.advance(60_000);
    expect(keeper.confirmation('bundle').sinceMs).toBe(firstMs);
    world.bundle = 'both';
    await keeper.refresh();
    expect(keeper.confirmation('both').sinceMs).toBe(time.now());
  });

  it('looks again when the bundle changed during a look', async () => {
    const { hub, world, keeper } = setUp();
    const starting = keeper.start();
    world.bundle = 'both';
    await keeper.refresh();
    await starting;
    expect(bundleOf(hub)).toBe('both');
    expect(keeper.check()).toBeUndefined();
  });

  it('repairs at once what somebody else wrote, without waiting for its next look', async () => {
    const { hub, keeper, repaired } = setUp();
    await keeper.start();
    await settle();
    hub.put(PATH, apiService({}, 'other-tool'));
    await settle();
    expect(bundleOf(hub)).toBe('bundle');
    expect(repaired).toEqual([TITLE]);
  });

  it('finds at its next look what a broken watch did not tell, and watches again', async () => {
    const { hub, time, keeper } = setUp();
    await keeper.start();
    await settle();
    hub.cutWatches();
    await settle();
    hub.put(PATH, apiService());
    await settle();
    expect(bundleOf(hub)).toBe('');
    await time.advance(INTERVAL_MS);
    expect(bundleOf(hub)).toBe('bundle');
    expect(hub.openWatches()).toBe(1);
  });

  it('spaces its repairs when somebody writes again and again', async () => {
    const { hub, time, keeper, repaired } = setUp();
    await keeper.start();
    await settle();
    const spoil = async () => {
      hub.put(PATH, apiService({ caBundle: 'eA==' }, 'other-tool'));
      await settle();
    };
    for (let round = 0; round < 5; round++) await spoil();
    expect(bundleOf(hub)).toBe('bundle');
    await spoil();
    expect(bundleOf(hub)).toBe('x');
    expect(keeper.check()).toBe(`${TITLE}: caBundle is written again and again by other-tool`);
    expect(keeper.confirmation('bundle').awaited).toEqual([
      { cluster: 'hub', target: TITLE, type: 'unconfirmed', reason: expect.stringContaining('other-tool') as string },
    ]);
    await time.advance(60_000);
    expect(bundleOf(hub)).toBe('bundle');
    expect(keeper.check()).toBeUndefined();
    await spoil();
    expect(bundleOf(hub)).toBe('x');
    expect(repaired).toHaveLength(6);
  });

  it('never puts back an older bundle while another process has a newer one', async () => {
    const latest = { bundle: 'newer' as string | undefined };
    const { hub, keeper } = setUp(
      { caBundle: Buffer.from('newer').toString('base64') },
      { latestBundle: () => Promise.resolve(latest.bundle) },
    );
    await keeper.start();
    expect(bundleOf(hub)).toBe('newer');
    expect(keeper.confirmation('newer').awaited).toEqual([]);
    latest.bundle = undefined;
    hub.put(PATH, apiService());
    await keeper.refresh();
    expect(bundleOf(hub)).toBe('');
    expect(keeper.check()).toBe(`${TITLE}: caBundle differs, and what it should be cannot be read now`);
  });

  it('only looks where somebody else injects, and takes more than ours', async () => {
    const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
    const { hub, world, keeper, time } = setUp(
      { caBundle: Buffer.from(pem('other') + pem('old')).toString('base64') },
      { writes: false },
    );
    world.bundle = pem('old');
    await keeper.start();
    expect(keeper.check()).toBeUndefined();
    world.bundle = pem('old') + pem('new');
    await keeper.refresh();
    expect(keeper.check()).toContain('lacks what our certificate needs');
    hub.put(PATH, apiService({ caBundle: Buffer.from(pem('new') + pem('old')).toString('base64') }));
    await time.advance(INTERVAL_MS);
    expect(keeper.confirmation(world.bundle).awaited).toEqual([]);
    expect(requests(hub, 'PATCH')).toEqual([]);
  });

  it('reads again when somebody wrote between its read and its write', async () => {
    const { hub, keeper } = setUp();
    const healthy = hub.handler;
    let intruded = false;
    hub.handler = (request) => {
      if (request.method === 'PATCH' && !intruded) {
        intruded = true;
        hub.put(PATH, apiService({ versionPriority: 7 }));
      }
      return healthy(request);
    };
    await keeper.start();
    expect(requests(hub, 'PATCH')).toHaveLength(2);
    expect(keeper.check()).toBeUndefined();
  });

  it.each([
    ['another Service', { service: { namespace: 'ours', name: 'other' } }, 'served by Service ours/other, not by'],
    ['another namespace', { service: { namespace: 'x', name: 'api' } }, 'served by Service x/api'],
    ['no Service', { service: undefined }, 'served by kube-apiserver itself (CRDs)'],
    ['verification switched off', { insecureSkipTLSVerify: true }, 'insecureSkipTLSVerify is set'],
  ])('touches nothing that has %s, and says so', async (_, spec, problem) => {
    const { hub, keeper } = setUp(spec);
    await keeper.start();
    expect(requests(hub, 'PATCH')).toEqual([]);
    expect(keeper.check()).toContain(problem);
    expect(keeper.confirmation('bundle').awaited).toEqual([]);
  });

  it('says why a target cannot be read or written, and recovers', async () => {
    const { hub, time, keeper, changes } = setUp();
    const healthy = hub.handler;
    hub.handler = ({ method }) => (method === 'PATCH' ? failure(403, 'forbidden') : undefined);
    await keeper.start();
    expect(keeper.check()).toBe(`${TITLE}: caBundle cannot be applied: 403: forbidden`);
    hub.handler = () => 'down';
    await time.advance(INTERVAL_MS);
    expect(keeper.check()).toBe(`${TITLE}: the hub is down`);
    hub.handler = () => failure(404, 'not found');
    await time.advance(INTERVAL_MS);
    expect(keeper.check()).toBe(`${TITLE}: it does not exist`);
    hub.handler = healthy;
    await time.advance(INTERVAL_MS);
    expect(keeper.check()).toBeUndefined();
    expect(changes.map(({ type }) => type)).toEqual(['unconfirmed', 'unconfirmed', 'elsewhere', 'confirmed']);
  });

  it('does nothing while nobody knows what to trust', async () => {
    const { hub, world, keeper } = setUp();
    world.bundle = undefined;
    await keeper.start();
    expect(requests(hub, 'PATCH')).toEqual([]);
    expect(keeper.check()).toBeUndefined();
  });

  it('takes an optional target that it may not read for one that is not ours, until it was', async () => {
    const { hub, keeper, changes } = setUp({}, { isOptional: true });
    const usual = hub.handler;
    hub.handler = () => failure(403, 'not allowed');
    await keeper.start();
    expect(keeper.confirmation('bundle').awaited).toEqual([]);
    expect(changes.at(-1)).toMatchObject({
      type: 'elsewhere',
      reason: expect.stringContaining('not allowed') as string,
    });
    hub.handler = usual;
    await keeper.refresh();
    expect(keeper.confirmation('bundle').awaited).toEqual([]);
    expect(bundleOf(hub)).toBe('bundle');
    hub.handler = () => failure(403, 'not allowed');
    await keeper.refresh();
    expect(keeper.confirmation('bundle').awaited).toMatchObject([{ target: TITLE }]);
  });

  it('watches an optional target only while it asks us', async () => {
    const { hub, time, keeper } = setUp({}, { isOptional: true });
    const object = hub.objects.get(PATH);
    hub.objects.delete(PATH);
    const watches = () => hub.requests.filter(({ query }) => query?.['watch'] === 'true').length;
    await keeper.start();
    await time.advance(2 * INTERVAL_MS);
    expect(watches()).toBe(0);
    hub.put(PATH, object ?? {});
    await time.advance(4 * INTERVAL_MS);
    expect(bundleOf(hub)).toBe('bundle');
    expect(watches()).toBeGreaterThan(0);
    keeper.close();
  });

  it('stops when closed', async () => {
    const { hub, time, keeper } = setUp();
    await keeper.start();
    await settle();
    keeper.close();
    await settle();
    expect(time.pending()).toEqual([]);
    expect(hub.openWatches()).toBe(0);
  });
});
