import { describe, expect, it } from 'vitest';
import type { FakeHub } from '../../test/support/fake-hub.ts';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime } from '../../test/support/manual-time.ts';
import type { JsonObject } from '../kube/object.ts';
import { createCaBundleKeeper } from './ca-bundle-keeper.ts';

const NAME = 'v1.things.example.com';
const PATH = `/apis/apiregistration.k8s.io/v1/apiservices/${NAME}`;
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

function setUp(spec?: JsonObject, manager?: string) {
  const hub = createFakeHub();
  const time = createManualTime();
  const world = { bundle: 'bundle' as string | undefined };
  hub.put(PATH, apiService(spec, manager));
  hub.handler = ({ method, path, body }) => {
    if (method !== 'PATCH') return undefined;
    const applied = JSON.parse(body ?? '') as { spec: JsonObject };
    hub.put(path, apiService(applied.spec, 'clusterset-apiserver-ca'));
    return { status: 200, body: hub.objects.get(path) };
  };
  const keeper = createCaBundleKeeper({
    connection: hub.connection,
    apiServices: [NAME],
    service: SERVICE,
    caBundle: () => world.bundle,
    clock: time.now,
    schedule: time.schedule,
  });
  return { hub, time, world, keeper };
}

function bundleOf(hub: FakeHub): string {
  const spec = hub.objects.get(PATH)?.['spec'] as JsonObject;
  return typeof spec['caBundle'] === 'string' ? Buffer.from(spec['caBundle'], 'base64').toString() : '';
}

function patches(hub: FakeHub) {
  return hub.requests.filter(({ method }) => method === 'PATCH');
}

describe('a CA bundle keeper', () => {
  it('applies the one field under its own manager, once', async () => {
    const { hub, time, keeper } = setUp();
    expect(keeper.check()).toBe('the APIServices were not yet compared');
    await keeper.start();
    expect(keeper.check()).toBeUndefined();
    await time.advance(10 * INTERVAL_MS);
    expect(patches(hub)).toHaveLength(1);
    const [patch] = patches(hub);
    expect(patch).toMatchObject({
      path: PATH,
      query: { fieldManager: 'clusterset-apiserver-ca', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(JSON.parse(patch?.body ?? '')).toEqual({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: NAME },
      spec: { caBundle: Buffer.from('bundle').toString('base64') },
    });
  });

  it('writes nothing when the bundle is right, whoever set it', async () => {
    const { hub, keeper } = setUp({ caBundle: Buffer.from('bundle').toString('base64') }, 'somebody');
    await keeper.start();
    expect(patches(hub)).toEqual([]);
    expect(keeper.check()).toBeUndefined();
  });

  it('follows the certificate, and is not right until it has', async () => {
    const { hub, world, keeper } = setUp();
    await keeper.start();
    world.bundle = 'both';
    expect(keeper.check()).toBe('the APIServices were not yet compared');
    await keeper.refresh();
    expect(keeper.check()).toBeUndefined();
    expect(bundleOf(hub)).toBe('both');
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

  it('repairs what somebody else wrote, but does not fight for ever', async () => {
    const { hub, time, keeper } = setUp();
    await keeper.start();
    const spoil = async () => {
      hub.put(PATH, apiService({ caBundle: 'eA==' }, 'other-tool'));
      await time.advance(INTERVAL_MS);
    };
    for (let round = 0; round < 5; round++) {
      await spoil();
      expect(bundleOf(hub)).toBe('bundle');
    }
    await spoil();
    expect(bundleOf(hub)).toBe('x');
    expect(keeper.check()).toBe(`APIService ${NAME}: spec.caBundle is written again and again by other-tool`);
    await time.advance(3_600_000);
    expect(bundleOf(hub)).toBe('bundle');
    expect(keeper.check()).toBeUndefined();
  });

  it.each([
    [
      'another Service',
      { service: { namespace: 'ours', name: 'other' } },
      'served by Service ours/other, not by Service',
    ],
    ['another namespace', { service: { namespace: 'x', name: 'api' } }, 'served by Service x/api'],
    ['no Service', { service: undefined }, 'served by kube-apiserver itself (CRDs)'],
    ['verification switched off', { insecureSkipTLSVerify: true }, 'insecureSkipTLSVerify is set'],
  ])('touches nothing that has %s, and says so', async (_, spec, problem) => {
    const { hub, keeper } = setUp(spec);
    await keeper.start();
    expect(patches(hub)).toEqual([]);
    expect(keeper.check()).toContain(problem);
  });

  it('says why an APIService cannot be read or written, and recovers', async () => {
    const { hub, time, keeper } = setUp();
    const healthy = hub.handler;
    hub.handler = ({ method }) => (method === 'PATCH' ? failure(403, 'forbidden') : undefined);
    await keeper.start();
    expect(keeper.check()).toBe(`APIService ${NAME}: spec.caBundle cannot be applied: 403: forbidden`);
    hub.handler = () => 'down';
    await time.advance(INTERVAL_MS);
    expect(keeper.check()).toBe(`APIService ${NAME}: the hub is down`);
    hub.handler = healthy;
    await time.advance(INTERVAL_MS);
    expect(keeper.check()).toBeUndefined();
  });

  it('does nothing while nobody knows what to trust', async () => {
    const { hub, world, keeper } = setUp();
    world.bundle = undefined;
    await keeper.start();
    expect(hub.requests).toEqual([]);
    expect(keeper.check()).toBeUndefined();
  });

  it('stops when closed', async () => {
    const { time, keeper } = setUp();
    await keeper.start();
    keeper.close();
    expect(time.pending()).toEqual([]);
  });
});
