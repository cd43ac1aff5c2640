import { describe, expect, it } from 'vitest';
import { clusterId, clusterSetProperty } from '../../test/support/clusterset-objects.ts';
import type { MemberEvent } from '../kube/member-event.ts';
import type { KubeObject, ObjectMeta } from '../kube/object.ts';
import { cutName } from './row-name.ts';
import { type ClusterSetView, createClusterSetView } from './view.ts';

const FINGERPRINT = '99999999-9999-4999-8999-999999999999';

const registered = (cluster: string, fingerprint: string | undefined = FINGERPRINT): MemberEvent => ({
  type: 'registered',
  cluster: clusterId(cluster),
  fingerprint,
});
const synced = (cluster: string): MemberEvent => ({
  type: 'synced',
  cluster: clusterId(cluster),
  resource: 'clusterproperties',
});
const applied = (cluster: string, ...objects: readonly KubeObject[]): MemberEvent => ({
  type: 'changed',
  cluster: clusterId(cluster),
  resource: 'clusterproperties',
  applied: objects,
  deleted: [],
});
const deleted = (cluster: string, name: string): MemberEvent => ({
  type: 'changed',
  cluster: clusterId(cluster),
  resource: 'clusterproperties',
  applied: [],
  deleted: [{ namespace: '', name }],
});

function property(name: string, value = 'eu-1', metadata: Partial<ObjectMeta> = {}): KubeObject {
  return {
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { value, unknown: [1] },
  };
}

function newView(...events: readonly MemberEvent[]): ClusterSetView {
  const view = createClusterSetView({ clusterSet: 'blue', ipFamilyMode: 'intersection' });
  for (const event of events) view.apply(event);
  return view;
}

/** `+` or `-` and the name of each row that changes, in order. */
function take(view: ClusterSetView, ...events: readonly MemberEvent[]): readonly string[] {
  for (const event of events) view.apply(event);
  return view.takeChanges(0, 1000).map(({ object, key }) => `${object === undefined ? '-' : '+'}${key.name}`);
}

const rowOf = (view: ClusterSetView, name: string): KubeObject | undefined =>
  view.properties.rowAt({ namespace: '', name })?.row;

describe('the row of a property', () => {
  it('is the whole object under the name of its member', () => {
    const metadata = {
      labels: { tier: 'gold', 'clusterset-apiserver.dev/cluster': 'west' },
      annotations: { 'clusterset-apiserver.dev/property-name': 'other' },
      finalizers: ['example.com/keep', 'foregroundDeletion'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }],
      generation: 3,
    };
    const view = newView(registered('east'), applied('east', property('location', 'eu-1', metadata)), synced('east'));
    const [change] = view.takeChanges(0, 1000);
    expect(change).toMatchObject({
      resource: 'clusterproperties',
      key: { namespace: '', name: 'east.location' },
      origin: 'uid-location 7',
    });
    expect(change?.object).toEqual({
      apiVersion: 'about.k8s.io/v1beta1',
      kind: 'ClusterProperty',
      metadata: {
        name: 'east.location',
        uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/) as string,
        creationTimestamp: '2026-01-01T00:00:00Z',
        generation: 3,
        labels: {
          tier: 'gold',
          'clusterset-apiserver.dev/cluster': 'east',
          'clusterset-apiserver.dev/property': 'location',
        },
        annotations: {
          'clusterset-apiserver.dev/property-name': 'location',
          'clusterset-apiserver.dev/owner-references': '[{"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"u"}]',
        },
        finalizers: ['example.com/keep'],
      },
      spec: { value: 'eu-1', unknown: [1] },
    });
  });

  it('says to which set its member belongs, as long as it does', () => {
    const view = newView(registered('east'), applied('east', property('location')), synced('east'));
    take(view);
    const label = (): unknown => rowOf(view, 'east.location')?.metadata.labels?.['clusterset-apiserver.dev/clusterset'];
    expect(label()).toBeUndefined();
    expect(take(view, applied('east', clusterSetProperty('blue')))).toEqual([
      '+east.clusterset.k8s.io',
      '+east.location',
    ]);
    expect(label()).toBe('blue');
    expect(take(view, deleted('east', 'clusterset.k8s.io'))).toEqual(['-east.clusterset.k8s.io', '+east.location']);
    expect(label()).toBeUndefined();
  });

  it('has a uid that belongs to the cluster and the object, not to the name of the member', () => {
    const uidOf = (cluster: string, fingerprint: string, uid: string): unknown => {
      const object = property('location', 'eu-1', { uid });
      const view = newView(registered(cluster, fingerprint), applied(cluster, object), synced(cluster));
      take(view);
      return rowOf(view, `${cluster}.location`)?.metadata.uid;
    };
    const uid = uidOf('east', FINGERPRINT, 'a');
    expect(uidOf('west', FINGERPRINT, 'a')).toBe(uid);
    expect(uidOf('east', FINGERPRINT, 'b')).not.toBe(uid);
    expect(uidOf('east', FINGERPRINT.replace('9', '8'), 'a')).not.toBe(uid);
  });

  it('can have a cut name, which a real name takes over', () => {
    const long = 'a'.repeat(253);
    const cut = cutName(clusterId('east'), long);
    const view = newView(registered('east'), applied('east', property(long)), synced('east'));
    expect(take(view)).toEqual([`+east.${cut}`]);
    expect(rowOf(view, `east.${cut}`)?.metadata.annotations).toMatchObject({
      'clusterset-apiserver.dev/property-name': long,
    });
    expect(take(view, applied('east', property(cut)))).toEqual([`-east.${cut}`, `+east.${cut}`]);
    expect(rowOf(view, `east.${cut}`)?.metadata.annotations).toMatchObject({
      'clusterset-apiserver.dev/property-name': cut,
    });
    expect(take(view, deleted('east', cut))).toEqual([`-east.${cut}`, `+east.${cut}`]);
    expect(take(view, deleted('east', long))).toEqual([`-east.${cut}`]);
  });
});

describe('the rows of all properties', () => {
  it('are shown once the member was read completely, and go when it leaves', () => {
    const view = newView(registered('east'), applied('east', property('location')));
    expect(take(view)).toEqual([]);
    expect(view.couldHold('clusterproperties', { namespace: '', name: 'east.location' })).toEqual(['east']);
    expect(take(view, synced('east'))).toEqual(['+east.location']);
    expect(view.couldHold('clusterproperties', { namespace: '', name: 'east.other' })).toEqual([]);
    expect(view.couldHold('clusterproperties', { namespace: '', name: 'nobody.other' })).toEqual([]);
    expect(take(view, { type: 'left', cluster: clusterId('east') })).toEqual(['-east.location']);
    expect(rowOf(view, 'east.location')).toBeUndefined();
  });

  it('stay while a member is read anew, and change only where the member did', () => {
    const view = newView(registered('east'), applied('east', property('a'), property('b')), synced('east'));
    take(view);
    expect(take(view, registered('east'))).toEqual([]);
    expect(take(view, applied('east', property('b')), synced('east'))).toEqual(['-east.a']);
  });

  it('of several members stand alone', () => {
    const view = newView(
      ...['east', 'west'].flatMap((name) => [registered(name), applied(name, property('location')), synced(name)]),
    );
    expect(take(view)).toEqual(['+east.location', '+west.location']);
    expect(take(view, applied('west', property('location', 'eu-2')))).toEqual(['+west.location']);
    const preview = view.properties.preview(clusterId('west'), property('new'));
    expect(preview?.metadata.name).toBe('west.new');
    expect(view.properties.preview(clusterId('nobody'), property('new'))).toBeUndefined();
    expect(take(view)).toEqual([]);
  });

  it('made anew are other objects', () => {
    const view = newView(registered('east'), applied('east', property('a')), synced('east'));
    take(view);
    expect(take(view, applied('east', property('a', 'eu-1', { uid: 'new' })))).toEqual(['-east.a', '+east.a']);
  });
});
