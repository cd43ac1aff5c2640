import { describe, expect, it } from 'vitest';
import { clusterId, clusterSetProperty, service, serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { type ClusterSetView, createClusterSetView } from '../../../clusterset/index.ts';
import { CLUSTER_LABEL } from '../../../kube/domain.ts';
import type { MemberEvent, MemberResource } from '../../../kube/member-event.ts';
import { keyOf, type KubeObject } from '../../../kube/object.ts';
import { MEMBER_RESOURCES, parseStalenessWarning } from '../../../members/index.ts';
import { createHubRows } from './hub-rows.ts';

const OPTIONS = { clusterSet: 'blue', ipFamilyMode: 'intersection' } as const;
const KEY = { namespace: 'prod', name: 'api' };
const EAST = clusterId('east');
const WEST = clusterId('west');

/** A hub that shows the members' objects, and who reads it for a webhook in east. */
function createWorld() {
  const hub = createClusterSetView(OPTIONS);
  const view = createClusterSetView(OPTIONS);
  const events: MemberEvent[] = [];
  const rows = createHubRows({
    own: EAST,
    emit: (event) => {
      events.push(event);
      view.apply(event);
    },
  });
  rows.report(parseStalenessWarning(''));
  const put = (cluster: string, resource: MemberResource, object: KubeObject): void =>
    hub.apply({ type: 'changed', cluster: clusterId(cluster), resource, applied: [object], deleted: [] });
  const remove = (cluster: string, resource: MemberResource, object: KubeObject): void =>
    hub.apply({ type: 'changed', cluster: clusterId(cluster), resource, applied: [], deleted: [keyOf(object)] });
  const show = (): void => {
    for (const { resource, key, object } of hub.takeChanges(0, Infinity)) {
      if (resource !== 'serviceexports') continue;
      rows.changed(
        'serviceexports',
        object === undefined ? { applied: [], deleted: [key] } : { applied: [object], deleted: [] },
      );
    }
  };
  return { hub, view, events, rows, put, remove, show };
}

function register(view: ClusterSetView, cluster: string, resources = MEMBER_RESOURCES): void {
  view.apply({ type: 'registered', cluster: clusterId(cluster), fingerprint: undefined });
  for (const resource of resources) view.apply({ type: 'synced', cluster: clusterId(cluster), resource });
}

function propertyRow(cluster: string, value: string): KubeObject {
  const property = clusterSetProperty(value);
  return {
    ...property,
    metadata: { name: `${cluster}.${property.metadata.name}`, labels: { [CLUSTER_LABEL]: cluster } },
  };
}

function pendingProfile(cluster: string): KubeObject {
  const conditions = [{ type: 'Joined', status: 'False', reason: 'Pending' }];
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ClusterProfile',
    metadata: { name: cluster, namespace: 'inventory' },
    status: { conditions },
  };
}

const winner = (view: ClusterSetView) => view.explain(KEY).merge?.winner.cluster;
const clustersOf = (view: ClusterSetView) => view.facts.knownIdentities().map(({ name }) => name);

describe('rows of the hub', () => {
  it('tell of other members what these would tell themselves, and nothing of the own one', () => {
    const world = createWorld();
    for (const cluster of ['east', 'west']) register(world.hub, cluster);
    for (const cluster of ['east', 'west']) {
      world.put(cluster, 'services', service());
      world.put(cluster, 'serviceexports', serviceExport());
    }
    world.show();
    world.rows.synced('serviceexports');
    world.rows.changed('clusterproperties', { applied: [propertyRow('west', 'blue')], deleted: [] });
    world.rows.synced('clusterproperties');
    expect(clustersOf(world.view)).toEqual(['west']);
    expect(winner(world.view)).toBe('west');
    expect(world.view.facts.knownIdentity(WEST).clusterSet).toBe('blue');
    expect(world.view.facts.serviceIn(WEST, KEY).type).toBe('present');
  });

  it('do not count before they are complete', () => {
    const world = createWorld();
    register(world.hub, 'west');
    world.put('west', 'services', service());
    world.put('west', 'serviceexports', serviceExport());
    world.show();
    expect(winner(world.view)).toBeUndefined();
    expect(world.view.couldHold('serviceimports', KEY)).toEqual(['west']);
    world.rows.synced('clusterproperties');
    world.rows.synced('serviceexports');
    expect(winner(world.view)).toBe('west');
    expect(world.view.couldHold('serviceimports', KEY)).toEqual([]);
  });

  it('take back a Service that is gone, and a member of which nothing is left', () => {
    const world = createWorld();
    register(world.hub, 'west');
    world.put('west', 'services', service());
    world.put('west', 'serviceexports', serviceExport());
    world.show();
    world.rows.synced('clusterproperties');
    world.rows.synced('serviceexports');
    world.remove('west', 'services', service());
    world.show();
    expect(winner(world.view)).toBeUndefined();
    expect(world.view.facts.serviceIn(WEST, KEY).type).toBe('absent');
    expect(clustersOf(world.view)).toEqual(['west']);
    world.remove('west', 'serviceexports', serviceExport());
    world.show();
    expect(clustersOf(world.view)).toEqual([]);
  });

  it('leave a member unread whose Services the hub has not read, and then take them in', () => {
    const world = createWorld();
    register(world.hub, 'west', ['serviceexports', 'clusterproperties']);
    world.put('west', 'serviceexports', serviceExport());
    world.show();
    world.rows.synced('clusterproperties');
    world.rows.synced('serviceexports');
    expect(world.view.couldHold('serviceimports', KEY)).toEqual(['west']);
    world.put('west', 'services', service());
    world.hub.apply({ type: 'synced', cluster: WEST, resource: 'services' });
    world.show();
    expect(world.view.couldHold('serviceimports', KEY)).toEqual([]);
    expect(winner(world.view)).toBe('west');
  });

  it('keep the Service that was known while a restarted hub reads it anew', () => {
    const world = createWorld();
    register(world.hub, 'west');
    world.put('west', 'services', service());
    world.put('west', 'serviceexports', serviceExport());
    world.show();
    world.rows.synced('clusterproperties');
    world.rows.synced('serviceexports');
    const restarted = createClusterSetView(OPTIONS);
    register(restarted, 'west', ['serviceexports', 'clusterproperties']);
    restarted.apply({
      type: 'changed',
      cluster: WEST,
      resource: 'serviceexports',
      applied: [serviceExport()],
      deleted: [],
    });
    const [row] = restarted.takeChanges(0, Infinity).filter(({ resource }) => resource === 'serviceexports');
    if (row?.object === undefined) throw new Error('the restarted hub shows the row');
    world.rows.changed('serviceexports', { applied: [row.object], deleted: [] });
    expect(winner(world.view)).toBe('west');
    world.rows.changed('serviceexports', { applied: [], deleted: [row.key] });
    expect(clustersOf(world.view)).toEqual([]);
  });

  it('leave a new member unread until the hub was asked about it', () => {
    const world = createWorld();
    const holders = () => world.view.couldHold('serviceimports', KEY);
    const report = (stale: string): void => {
      world.rows.asked();
      world.rows.report(parseStalenessWarning(stale));
    };
    for (const resource of ['clusterproperties', 'serviceexports', 'clusterprofiles'] as const) {
      world.rows.synced(resource);
    }
    world.rows.asked();
    world.rows.changed('clusterprofiles', { applied: [pendingProfile('west')], deleted: [] });
    // This was asked before.
    world.rows.report(parseStalenessWarning(''));
    expect(holders()).toEqual(['west']);
    report('stale members: west (never contacted); answers may be out of date');
    expect(holders()).toEqual(['west']);
    report('stale members: 9; answers may be out of date');
    expect(holders()).toEqual(['west']);
    report('');
    expect(holders()).toEqual([]);
  });

  it('say nothing twice', () => {
    const world = createWorld();
    register(world.hub, 'west');
    world.put('west', 'services', service());
    world.put('west', 'serviceexports', serviceExport());
    world.show();
    world.rows.synced('serviceexports');
    world.rows.synced('serviceexports');
    expect(world.events.filter(({ type }) => type === 'registered')).toHaveLength(1);
    expect(world.events.filter(({ type }) => type === 'synced')).toHaveLength(3);
  });

  it('that are none of ours are passed over', () => {
    const world = createWorld();
    world.rows.changed('serviceexports', { applied: [serviceExport()], deleted: [] });
    world.rows.changed('clusterproperties', { applied: [clusterSetProperty('blue')], deleted: [] });
    expect(world.events).toEqual([]);
  });
});
