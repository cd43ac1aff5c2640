import { describe, expect, it } from 'vitest';
import { clusterId, service, serviceExport } from '../../test/support/clusterset-objects.ts';
import { KEY } from '../../test/support/exporters.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import type { JsonObject, KubeObject, ObjectMeta } from '../kube/object.ts';
import { createClusterSetView } from './view.ts';
import type { MemberFacts, ServiceState } from './member-facts.ts';

const EAST = clusterId('east');

const registered = (cluster = 'east'): MemberEvent => ({
  type: 'registered',
  cluster: clusterId(cluster),
  fingerprint: undefined,
});
const synced = (resource: MemberResource, cluster = 'east'): MemberEvent => ({
  type: 'synced',
  cluster: clusterId(cluster),
  resource,
});
const applied = (resource: MemberResource, object: KubeObject, cluster = 'east'): MemberEvent => ({
  type: 'changed',
  cluster: clusterId(cluster),
  resource,
  applied: [object],
  deleted: [],
});

function namespace(metadata: Partial<ObjectMeta> = {}, phase = 'Active'): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod', ...metadata }, status: { phase } };
}

function factsAfter(...events: readonly MemberEvent[]): MemberFacts {
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  for (const event of events) view.apply(event);
  return view.facts;
}

function stateOf(spec: JsonObject, metadata: Partial<ObjectMeta> = {}): ServiceState {
  return factsAfter(registered(), applied('services', service(spec, metadata))).serviceIn(EAST, KEY);
}

describe('the Service of a member', () => {
  it.each([
    ['that is ordinary', {}, {}],
    ['that is headless', { clusterIP: 'None' }, { headless: true }],
    ['of another type', { type: 'ExternalName' }, { serviceType: 'ExternalName' }],
    ['without a type', { type: undefined }, {}],
    ['of internal traffic', { internalTrafficPolicy: 'Local' }, { internalTrafficPolicy: 'Local' }],
  ])('%s', (_, spec, differs) => {
    expect(stateOf(spec)).toEqual({
      type: 'present',
      serviceType: 'ClusterIP',
      headless: false,
      internalTrafficPolicy: undefined,
      imported: false,
      ...differs,
    });
  });

  it('is itself an import when it carries the mark', () => {
    expect(stateOf({}, { labels: { 'multicluster.kubernetes.io/service-name': '' } })).toMatchObject({
      imported: true,
    });
  });

  it('counts as going once it is being deleted', () => {
    expect(stateOf({}, { deletionTimestamp: '2026-01-05T10:00:00Z' })).toEqual({ type: 'terminating' });
  });

  it('is unknown until all Services were read, then absent', () => {
    expect(factsAfter().serviceIn(EAST, KEY)).toEqual({ type: 'unknown' });
    expect(factsAfter(registered()).serviceIn(EAST, KEY)).toEqual({ type: 'unknown' });
    expect(factsAfter(registered(), synced('namespaces')).serviceIn(EAST, KEY)).toEqual({ type: 'unknown' });
    expect(factsAfter(registered(), synced('services')).serviceIn(EAST, KEY)).toEqual({ type: 'absent' });
  });

  it('is unknown again when it is absent and the member is read anew', () => {
    const events = [registered(), synced('services'), registered()];
    expect(factsAfter(...events).serviceIn(EAST, KEY)).toEqual({ type: 'unknown' });
  });
});

describe('a namespace of a member', () => {
  it.each([
    ['active', namespace(), 'active'],
    ['active without a phase', { ...namespace(), status: {} }, 'active'],
    ['terminating by its phase', namespace({}, 'Terminating'), 'terminating'],
    ['terminating by its metadata', namespace({ deletionTimestamp: '2026-01-05T10:00:00Z' }), 'terminating'],
  ] as const)('is %s', (_, object, state) => {
    expect(factsAfter(registered(), applied('namespaces', object)).namespaceIn(EAST, 'prod')).toBe(state);
  });

  it('is unknown until all namespaces were read, then absent', () => {
    expect(factsAfter().namespaceIn(EAST, 'prod')).toBe('unknown');
    expect(factsAfter(registered()).namespaceIn(EAST, 'prod')).toBe('unknown');
    expect(factsAfter(registered(), synced('namespaces')).namespaceIn(EAST, 'prod')).toBe('absent');
  });
});

describe('the members of a clusterset', () => {
  it('without a namespace are those that are known not to have it, by name', () => {
    const facts = factsAfter(
      ...['west', 'east', 'north', 'south'].map((cluster) => registered(cluster)),
      ...['west', 'east', 'north'].map((cluster) => synced('namespaces', cluster)),
      applied('namespaces', namespace(), 'north'),
      applied('serviceexports', serviceExport(), 'west'),
    );
    expect(facts.membersWithoutNamespace('prod')).toEqual(['east', 'west']);
    expect(facts.memberCount()).toBe(4);
  });
});

describe('who a member says it is', () => {
  const property = (name: string, value: unknown): KubeObject => ({
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: { name },
    spec: { value } as JsonObject,
  });
  const named = [
    applied('clusterproperties', property('cluster.clusterset.k8s.io', 'a')),
    applied('clusterproperties', property('clusterset.k8s.io', 'prod')),
  ];

  it('is nothing while it is not registered', () => {
    expect(factsAfter().knownIdentity(EAST)).toEqual({ name: 'east', clusterID: '', clusterSet: '', observed: false });
    expect(factsAfter().knownIdentities()).toEqual([]);
  });

  it('is what its well-known properties say', () => {
    const facts = factsAfter(registered('west'), registered(), ...named, synced('clusterproperties'));
    const east = { name: 'east', clusterID: 'a', clusterSet: 'prod', observed: true };
    expect(facts.knownIdentity(EAST)).toEqual(east);
    expect(facts.knownIdentities()).toEqual([east, { name: 'west', clusterID: '', clusterSet: '', observed: false }]);
  });

  it('stays what was known of it while it is read anew', () => {
    const facts = factsAfter(registered(), ...named, synced('clusterproperties'), registered());
    expect(facts.knownIdentity(EAST)).toEqual({ name: 'east', clusterID: 'a', clusterSet: 'prod', observed: true });
  });

  it('takes no other type for a value', () => {
    const facts = factsAfter(registered(), applied('clusterproperties', property('clusterset.k8s.io', 5)));
    expect(facts.knownIdentity(EAST).clusterSet).toBe('');
  });
});
