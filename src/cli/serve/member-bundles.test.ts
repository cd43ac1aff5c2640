import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { ServingCertificate } from '../../../certs/index.ts';
import { createFakeHub } from '../../../test/support/fake-hub.ts';
import type { FakeHub } from '../../../test/support/fake-hub.ts';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberStatus } from '../../kube/member-event.ts';
import type { Members } from '../../members/index.ts';
import { createCaBundles } from './ca-bundles.ts';
import { createMemberBundles } from './member-bundles.ts';

const SAFETY = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/clusterset-safety';
const EAST = clusterId('east');
const TITLE = 'ValidatingWebhookConfiguration clusterset-safety';

function statusOf(cluster: ClusterId, phase: MemberStatus['phase']): MemberStatus {
  return {
    ...{ cluster, phase, synced: true, lastContactMs: undefined, fingerprint: undefined, version: undefined },
    ...{ reason: undefined, message: undefined, clockSkewSeconds: undefined },
  };
}

function configuration(hub: string, caBundle: string) {
  const clientConfig = { url: 'https://hub.example:8443/members/east/validate/safety', caBundle };
  return {
    metadata: { name: 'clusterset-safety', annotations: { 'clusterset-apiserver.dev/hub': hub } },
    webhooks: [{ name: 'a', clientConfig }],
  };
}

interface World {
  readonly member: FakeHub;
  sourcesPending: number;
  registered: readonly ClusterId[];
  readonly tell: (phase: MemberStatus['phase']) => void;
  readonly awaited: () => readonly string[];
}

function setUp({ hub }: { readonly hub: string | undefined } = { hub: 'hub-uid' }): World {
  const member = createFakeHub();
  const listeners = new Set<(status: MemberStatus) => void>();
  const members: Pick<Members, 'statuses' | 'onStatusChange' | 'writable'> = {
    statuses: () => world.registered.map((cluster) => statusOf(cluster, 'live')),
    onStatusChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    writable: (cluster) => ({
      cluster: clusterId(cluster),
      connection: () => member.connection,
      ...{ status: () => statusOf(EAST, 'live'), confirm: () => Promise.resolve(undefined) },
      ...{ version: () => undefined, wrote: () => undefined, deleted: () => undefined },
    }),
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const config = { 'serving.caBundleInjection': 'self' } as const;
  const bundles = createCaBundles({ config, log, registry: new Registry() });
  const certificate: ServingCertificate = {
    start: () => Promise.resolve({ type: 'started' }),
    current: () => ({ cert: '', key: '', caBundle: 'bundle' }),
    onChange: () => () => undefined,
    describe: () => ({ expiresAtMs: 0, problem: undefined, unreadSinceMs: undefined }),
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
  const world: World = {
    member,
    sourcesPending: 0,
    registered: [],
    tell: (phase) => {
      for (const listener of listeners) listener(statusOf(EAST, phase));
    },
    awaited: () => bundles.confirmation('bundle').awaited.map(({ cluster, target }) => `${cluster}/${target}`),
  };
  const sourcesPending = (): number => world.sourcesPending;
  createMemberBundles({ bundles, certificate, members, sourcesPending, hub, clock: Date.now }).start();
  bundles.complete();
  return world;
}

function bundleIn(member: FakeHub): unknown {
  const { webhooks } = (member.objects.get(SAFETY) ?? {}) as { webhooks?: { clientConfig: { caBundle: string } }[] };
  return Buffer.from(webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
}

/** Stores what is applied, as a kube-apiserver would for the one webhook of the configuration. */
function takeApplies(member: FakeHub): void {
  member.handler = ({ method, body }) => {
    if (method !== 'PATCH') return undefined;
    const applied = JSON.parse(body ?? '') as { webhooks: { clientConfig: { caBundle: string } }[] };
    member.put(SAFETY, configuration('hub-uid', applied.webhooks[0]?.clientConfig.caBundle ?? ''));
    return { status: 200, body: member.objects.get(SAFETY) };
  };
}

describe('what asks us by url in members', () => {
  it('gets our bundle', async () => {
    const world = setUp();
    takeApplies(world.member);
    world.member.put(SAFETY, configuration('hub-uid', ''));
    world.registered = [EAST];
    world.tell('live');
    await eventually('the bundle', () => expect(bundleIn(world.member)).toBe('bundle'));
    await eventually('the confirmation', () => expect(world.awaited()).toEqual([]));
  });

  it('is left alone when it was installed for another hub', async () => {
    const world = setUp();
    takeApplies(world.member);
    world.member.put(SAFETY, configuration('another', 'dGhlaXJz'));
    world.registered = [EAST];
    world.tell('live');
    await eventually('the look', () => expect(world.awaited()).toEqual([]));
    expect(bundleIn(world.member)).toBe('theirs');
  });

  it('is awaited as long as a member cannot be reached, and no longer when it has left', async () => {
    const world = setUp();
    world.member.handler = () => 'down';
    world.registered = [EAST];
    expect(world.awaited()).toEqual(['member east/webhooks']);
    await eventually('the look', () => expect(world.awaited()).toContain(`member east/${TITLE}`));
    world.registered = [];
    world.tell('left');
    expect(world.awaited()).toEqual([]);
  });

  it('is looked at again when a member comes back', async () => {
    const world = setUp();
    world.member.handler = () => 'down';
    world.registered = [EAST];
    world.tell('stale');
    await eventually('the look', () => expect(world.awaited()).toContain(`member east/${TITLE}`));
    takeApplies(world.member);
    world.member.put(SAFETY, configuration('hub-uid', ''));
    world.tell('live');
    await eventually('the bundle', () => expect(world.awaited()).toEqual([]));
  });

  it('is awaited while nobody knows all members, or what is installed for us', () => {
    const world = setUp();
    world.sourcesPending = 1;
    expect(world.awaited()).toEqual(['hub/members']);
    expect(setUp({ hub: undefined }).awaited()).toEqual(['hub/Namespace kube-system']);
  });
});
