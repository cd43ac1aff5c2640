import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { clusterId, service, serviceExport } from '../../../test/support/clusterset-objects.ts';
import { createEventHub } from '../../../test/support/event-hub.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { until } from '../../../test/support/until.ts';
import type { IdentityNews } from '../../clusterset/index.ts';
import { createClusterSetView } from '../../clusterset/index.ts';
import { loadConfiguration } from '../../config/index.ts';
import type { FlagValues } from '../../config/index.ts';
import type { MemberStatus } from '../../kube/member-event.ts';
import type { KubeObject } from '../../kube/object.ts';
import { toIncarnation, toRevision } from '../../kube/revision.ts';
import { createStore } from '../../store/index.ts';
import { createHubEvents, definitionHidden } from './hub-events.ts';
import type { NameClash } from './registrations.ts';

const LIVE: MemberStatus = {
  cluster: clusterId('west'),
  phase: 'live',
  synced: true,
  lastContactMs: 0,
  fingerprint: undefined,
  version: undefined,
  reason: undefined,
  message: undefined,
  clockSkewSeconds: undefined,
};

const WEST_SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: 'capi', name: 'west-kubeconfig' } as const;

function setUp(flags: FlagValues = {}) {
  const config = loadConfiguration(undefined, flags, {});
  if (!config.ok) throw new Error(config.error);
  const world = createEventHub();
  world.namespaces.add('clusterset-system');
  const { connection } = world.hub;
  const registry = new Registry();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const events = createHubEvents({ config: config.value, hub: { connection, lease: connection }, log, registry });
  const store = createStore({
    resources: ['serviceimports', 'serviceexports'],
    incarnation: toIncarnation(1),
    startRevision: toRevision(0),
    clock: Date.now,
  });
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  let tellIdentity: (news: IdentityNews) => void = () => undefined;
  let tellClash: (clash: NameClash) => void = () => undefined;
  let tellStatus: (status: MemberStatus) => void = () => undefined;
  return {
    ...{ world, events, store, registry },
    clusterSet: {
      members: {
        statuses: () => [LIVE],
        onStatusChange: (listener: (status: MemberStatus) => void) => {
          tellStatus = listener;
          return () => undefined;
        },
      },
      onIdentityNews: (listener: (news: IdentityNews) => void) => {
        tellIdentity = listener;
      },
      onNameClash: (listener: (clash: NameClash) => void) => {
        tellClash = listener;
      },
      registrationObject: (cluster: string) => (cluster === 'west' ? WEST_SECRET : undefined),
    },
    tellIdentity: (news: IdentityNews) => tellIdentity(news),
    tellStatus: (status: MemberStatus) => tellStatus(status),
    tellClash: (clash: NameClash) => tellClash(clash),
    /** A member that exports prod/api on this port. */
    exports: (cluster: string, port: number) => {
      const member = clusterId(cluster);
      const put = (resource: 'services' | 'serviceexports', object: KubeObject): void =>
        view.apply({ type: 'changed', cluster: member, resource, applied: [object], deleted: [] });
      view.apply({ type: 'registered', cluster: member, fingerprint: undefined });
      put('services', service({ ports: [{ name: 'http', protocol: 'TCP', port }] }));
      put('serviceexports', serviceExport({ uid: cluster }));
      for (const resource of [
        'services',
        'serviceexports',
        'clusterproperties',
        'namespaces',
        'endpointslices',
      ] as const)
        view.apply({ type: 'synced', cluster: member, resource });
      store.writer.commit(view.takeChanges(Date.now(), 100));
    },
  };
}

describe('Events on the hub', () => {
  it('tell what changes after the beginning, about the object as it is served', async () => {
    const { world, events, store, clusterSet, exports } = setUp({ 'api-group': 'example.com' });
    exports('east', 80);
    events?.follow(store.reader, clusterSet);
    exports('west', 8080);
    await until(() => expect(world.events()).toHaveLength(1));
    const stored = store.reader.get('serviceimports', { namespace: 'prod', name: 'api' });
    expect(world.events()[0]).toMatchObject({
      reason: 'ConflictBegan',
      reportingController: 'clusterset-apiserver.dev/apiserver',
      regarding: {
        apiVersion: 'example.com/v1beta1',
        kind: 'ServiceImport',
        namespace: 'prod',
        name: 'api',
        uid: stored?.object.metadata.uid,
        resourceVersion: String(stored?.revision),
      },
    });
  });

  it('tell nothing of what was so at the beginning', async () => {
    const { world, events, store, clusterSet, exports, tellStatus } = setUp();
    exports('east', 80);
    exports('west', 8080);
    events?.follow(store.reader, clusterSet);
    exports('north', 8080);
    tellStatus({ ...LIVE, phase: 'stale', reason: 'Unreachable', message: 'gone' });
    await until(() => expect(world.events().length).toBeGreaterThan(0));
    expect(world.lines()).toEqual([
      'clusterset-system MemberStale Member cluster west cannot be followed any more; its last known objects stay. Unreachable: gone',
    ]);
    expect(world.events()[0]?.['regarding']).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'clusterset-system',
      name: 'clusterset-apiserver',
    });
  });

  it('tell of identities that are not sound, about our Service', async () => {
    const { world, events, store, clusterSet, tellIdentity } = setUp();
    events?.follow(store.reader, clusterSet);
    tellIdentity({ cluster: clusterId('west'), type: 'Warning', reason: 'DuplicateClusterID', note: 'as east has.' });
    await until(() => expect(world.lines()).toEqual(['clusterset-system DuplicateClusterID as east has.']));
    expect(world.events()[0]).toMatchObject({ type: 'Warning', action: 'Identify', regarding: { kind: 'Service' } });
  });

  it('tell of a name that is taken, about the Secret that is refused', async () => {
    const { world, events, store, clusterSet, tellClash } = setUp();
    world.namespaces.add('capi');
    events?.follow(store.reader, clusterSet);
    const message =
      'Cluster API Secret capi/east-kubeconfig: cluster name "east" is taken by kubeconfig /etc/members/east';
    const object = { apiVersion: 'v1', kind: 'Secret', namespace: 'capi', name: 'east-kubeconfig' } as const;
    tellClash({ cluster: 'east', message, object });
    tellClash({ cluster: 'west', message: 'context "west" of /etc/members: taken', object: undefined });
    await until(() =>
      expect(world.lines()).toEqual([
        `capi NameTaken ${message}`,
        'clusterset-system NameTaken context "west" of /etc/members: taken',
      ]),
    );
    expect(world.events()).toMatchObject([
      { type: 'Warning', action: 'Register', regarding: object },
      { regarding: { kind: 'Service' } },
    ]);
  });

  it('tell of a cluster that is registered twice, about the Secret that registers it again', async () => {
    const { world, events, store, clusterSet, tellStatus } = setUp();
    world.namespaces.add('capi');
    events?.follow(store.reader, clusterSet);
    const refusal = { phase: 'pending', reason: 'DuplicateMember', message: 'it is east' } as const;
    tellStatus({ ...LIVE, ...refusal });
    tellStatus({ ...LIVE, ...refusal, cluster: clusterId('north') });
    await until(() =>
      expect(world.lines()).toEqual([
        'capi DuplicateMember Member cluster west is not used: it is east.',
        'clusterset-system DuplicateMember Member cluster north is not used: it is east.',
      ]),
    );
    expect(world.events()).toMatchObject([
      { type: 'Warning', action: 'Register', regarding: WEST_SECRET },
      { regarding: { kind: 'Service' } },
    ]);
  });

  it('are counted by what became of them', async () => {
    const { world, events, registry } = setUp();
    const definition = { type: 'apiService', name: 'v1.x', group: 'x', message: 'is somewhere else' } as const;
    const service = { namespace: 'clusterset-system', name: 'clusterset-apiserver' };
    events?.record(definitionHidden(definition, service));
    events?.record(definitionHidden(definition, service));
    // Created, and then made a series of two.
    const text = await eventually('both writes', async () => {
      const metrics = await registry.metrics();
      expect(metrics).toContain('clusterset_hub_events_total{result="written"} 2');
      return metrics;
    });
    expect(text).toContain('clusterset_hub_events_total{result="deduplicated"} 1');
    expect(text).toContain('clusterset_hub_events_total{result="dropped"} 0');
    expect(world.events()[0]).toMatchObject({
      reason: 'DefinitionHidden',
      related: { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: 'v1.x' },
    });
  });

  it('can be switched off', () => {
    expect(setUp({ events: 'false' }).events).toBeUndefined();
  });
});
