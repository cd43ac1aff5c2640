import { describe, expect, it } from 'vitest';
import {
  clusterId,
  clusterSetProperty,
  endpointSlice,
  ports,
  service,
  serviceExport,
} from '../../test/support/clusterset-objects.ts';
import { KEY } from '../../test/support/exporters.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import type { ObjectChange } from '../kube/object-change.ts';
import { isJsonObject, type KubeObject, type ObjectKey } from '../kube/object.ts';
import { type ClusterSetView, createClusterSetView } from './view.ts';

const NOW_MS = Date.parse('2026-02-01T00:00:00Z');
const ALL_KEYS = 1_000_000;
const RESOURCES: readonly MemberResource[] = ['serviceexports', 'services', 'namespaces', 'clusterproperties'];

const newView = (): ClusterSetView => createClusterSetView({ clusterSet: 'blue', ipFamilyMode: 'intersection' });

const registered = (cluster: string, fingerprint?: string): MemberEvent => ({
  type: 'registered',
  cluster: clusterId(cluster),
  fingerprint,
});
const synced = (cluster: string, resource: MemberResource): MemberEvent => ({
  type: 'synced',
  cluster: clusterId(cluster),
  resource,
});
const applied = (cluster: string, resource: MemberResource, ...objects: KubeObject[]): MemberEvent => ({
  type: 'changed',
  cluster: clusterId(cluster),
  resource,
  applied: objects,
  deleted: [],
});
const deleted = (cluster: string, resource: MemberResource, key: ObjectKey = KEY): MemberEvent => ({
  type: 'changed',
  cluster: clusterId(cluster),
  resource,
  applied: [],
  deleted: [key],
});
const left = (cluster: string): MemberEvent => ({ type: 'left', cluster: clusterId(cluster) });

function feed(view: ClusterSetView, ...events: readonly MemberEvent[]): void {
  for (const event of events) view.apply(event);
}

/** A member with prod/api exported, read completely. */
function exporting(
  cluster: string,
  object = serviceExport({ uid: cluster }),
  backend = service(),
): readonly MemberEvent[] {
  return [
    registered(cluster),
    applied(cluster, 'serviceexports', object),
    applied(cluster, 'services', backend),
    ...RESOURCES.map((resource) => synced(cluster, resource)),
  ];
}

const emptyMember = (cluster: string): readonly MemberEvent[] => [
  registered(cluster),
  ...RESOURCES.map((resource) => synced(cluster, resource)),
];

const SHORT: Readonly<Record<string, string>> = {
  serviceimports: 'import',
  serviceexports: 'export',
  clusterproperties: 'property',
};

const describeChange = ({ resource, key, object }: ObjectChange): string =>
  `${object === undefined ? '-' : '+'}${SHORT[resource] ?? resource} ${key.namespace}/${key.name}`;

const take = (view: ClusterSetView, nowMs = NOW_MS): readonly string[] =>
  view.takeChanges(nowMs, ALL_KEYS).map(describeChange);

/** What is shown after all changes so far, for one view. */
function follow(view: ClusterSetView) {
  const shown = new Map<string, KubeObject>();
  return (nowMs = NOW_MS): ReadonlyMap<string, KubeObject> => {
    for (const { resource, key, object } of view.takeChanges(nowMs, ALL_KEYS)) {
      const address = `${resource} ${key.namespace}/${key.name}`;
      if (object === undefined) shown.delete(address);
      else shown.set(address, object);
    }
    return shown;
  };
}

function condition(object: KubeObject | undefined, type: string) {
  const conditions = isJsonObject(object?.status) ? object.status['conditions'] : undefined;
  return Array.isArray(conditions) ? conditions.filter(isJsonObject).find((item) => item['type'] === type) : undefined;
}

describe('a view', () => {
  it('shows an import and a row for an export', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    expect(view.dirtyCount()).toBe(1);
    expect(take(view)).toEqual(['+import prod/api', '+export prod/east.api']);
    expect(view.dirtyCount()).toBe(0);
    expect(take(view)).toEqual([]);
  });

  it('gives nothing when what a member repeats changes nothing', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    feed(
      view,
      applied('east', 'services', service()),
      applied('east', 'serviceexports', serviceExport({ uid: 'east' })),
    );
    expect(view.dirtyCount()).toBe(1);
    expect(take(view, NOW_MS + 60_000)).toEqual([]);
  });

  it('changes the import alone when one more cluster agrees', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    feed(view, ...exporting('west', serviceExport({ uid: 'west', creationTimestamp: '2026-01-06T00:00:00Z' })));
    expect(take(view)).toEqual(['+import prod/api', '+export prod/west.api']);
  });

  it('shows an export without a Service, and no import for it', () => {
    const view = newView();
    const shown = follow(view);
    feed(view, ...emptyMember('east'), applied('east', 'serviceexports', serviceExport()));
    expect([...shown().keys()]).toEqual(['serviceexports prod/east.api']);
    expect(condition(shown().get('serviceexports prod/east.api'), 'Valid')).toMatchObject({ reason: 'NoService' });
    feed(view, applied('east', 'services', service()));
    expect(take(view)).toEqual(['+import prod/api', '+export prod/east.api']);
    feed(view, deleted('east', 'services'));
    expect(take(view)).toEqual(['-import prod/api', '+export prod/east.api']);
  });

  it('does not count a Service without an export of its own', () => {
    const view = newView();
    feed(view, ...exporting('east'), ...emptyMember('west'), applied('west', 'services', service()));
    expect(view.takeChanges(NOW_MS, ALL_KEYS)[0]?.object?.status).toMatchObject({ clusters: [{ cluster: 'east' }] });
    feed(view, applied('west', 'services', service({ clusterIP: 'None' })));
    expect(view.dirtyCount()).toBe(0);
  });

  it('removes the import with the last export, and updates it in place before', () => {
    const view = newView();
    feed(view, ...exporting('east'), ...exporting('west'));
    take(view);
    feed(view, deleted('east', 'serviceexports'));
    expect(take(view)).toEqual(['+import prod/api', '-export prod/east.api']);
    feed(view, left('west'));
    expect(take(view)).toEqual(['-import prod/api', '-export prod/west.api']);
  });

  it('removes all that a member had when it leaves, and only that', () => {
    const view = newView();
    const other = { name: 'other', namespace: 'test' };
    feed(
      view,
      ...exporting('east'),
      ...exporting('west'),
      applied('east', 'serviceexports', serviceExport({ ...other, uid: 'o' })),
    );
    const shown = follow(view);
    shown();
    feed(view, left('east'), applied('east', 'serviceexports', serviceExport()));
    expect([...shown().keys()]).toEqual(['serviceimports prod/api', 'serviceexports prod/west.api']);
  });

  it('computes no more names than asked, oldest first, and finishes later', () => {
    const view = newView();
    const names = ['a', 'b', 'c'];
    feed(view, ...emptyMember('east'));
    for (const name of names) feed(view, applied('east', 'serviceexports', serviceExport({ name, uid: name })));
    expect(view.takeChanges(NOW_MS, 0)).toEqual([]);
    expect(view.takeChanges(NOW_MS, 2).map(describeChange)).toEqual(['+export prod/east.a', '+export prod/east.b']);
    expect(view.dirtyCount()).toBe(1);
    expect(view.takeChanges(NOW_MS, 2).map(describeChange)).toEqual(['+export prod/east.c']);
  });

  it('shows an export that was made anew as another object', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    feed(view, applied('east', 'serviceexports', serviceExport({ uid: 'anew' })));
    const changes = view.takeChanges(NOW_MS + 60_000, ALL_KEYS);
    expect(changes.map(describeChange)).toEqual(['-export prod/east.api', '+export prod/east.api']);
    expect(condition(changes[1]?.object, 'Valid')).toMatchObject({ lastTransitionTime: '2026-02-01T00:01:00Z' });
  });

  it('gives rows new uids when the cluster is identified', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    const identified: MemberEvent = {
      type: 'identified',
      cluster: clusterId('east'),
      fingerprint: '33333333-3333-4333-8333-333333333333',
    };
    feed(view, identified);
    expect(take(view)).toEqual(['-export prod/east.api', '+export prod/east.api']);
    feed(view, identified);
    expect(view.dirtyCount()).toBe(0);
  });

  it('moves lastTransitionTime only with the status', () => {
    const view = newView();
    const shown = follow(view);
    feed(view, ...exporting('east'), ...exporting('west'));
    shown();
    const time = (nowMs: number) =>
      condition(shown(nowMs).get('serviceexports prod/east.api'), 'Conflict')?.['lastTransitionTime'];
    feed(view, applied('west', 'services', service({ clusterIP: 'None' })));
    expect(time(NOW_MS + 60_000)).toBe('2026-02-01T00:01:00Z');
    feed(view, applied('west', 'services', service({ clusterIP: 'None', ports: ports('http TCP/80') })));
    expect(time(NOW_MS + 120_000)).toBe('2026-02-01T00:01:00Z');
    feed(view, applied('west', 'services', service()));
    expect(time(NOW_MS + 180_000)).toBe('2026-02-01T00:03:00Z');
  });

  it('explains a name by the same merge', () => {
    const view = newView();
    feed(view, ...exporting('east'), ...exporting('west', serviceExport(), service({ type: 'ExternalName' })));
    const { merge, exporters } = view.explain(KEY);
    expect(merge?.constituents.map(({ cluster }) => cluster)).toEqual(['east']);
    expect(exporters.map(({ validity }) => validity.reason)).toEqual(['Valid', 'InvalidServiceType']);
    expect(view.explain({ namespace: 'prod', name: 'absent' })).toMatchObject({ merge: undefined, exporters: [] });
  });

  it('passes over events and objects that make no sense', () => {
    const view = newView();
    feed(view, applied('ghost', 'serviceexports', serviceExport()), left('ghost'), synced('ghost', 'services'));
    feed(view, ...emptyMember('east'));
    const odd: unknown[] = [
      null,
      {},
      { metadata: {} },
      { metadata: { name: 7 } },
      { metadata: { name: 'a/b' } },
      { metadata: { name: 'a', namespace: 5 } },
    ];
    for (const resource of [...RESOURCES, 'endpointslices'] as const)
      feed(view, applied('east', resource, ...(odd as KubeObject[])));
    expect(view.dirtyCount()).toBe(0);
  });
});

describe('a member of another ClusterSet', () => {
  it('has rows that say so and counts for nothing', () => {
    const view = newView();
    const shown = follow(view);
    feed(view, ...exporting('east'), applied('east', 'clusterproperties', clusterSetProperty('red')));
    expect([...shown().keys()]).toEqual(['serviceexports prod/east.api', 'clusterproperties /east.clusterset.k8s.io']);
    const row = shown().get('serviceexports prod/east.api');
    expect(condition(row, 'Valid')).toMatchObject({ status: 'False', reason: 'OtherClusterSet' });
    expect(row?.metadata.labels).toMatchObject({ 'clusterset-apiserver.dev/clusterset': 'red' });
    feed(view, applied('east', 'clusterproperties', clusterSetProperty('blue')));
    expect(take(view)).toEqual(['+import prod/api', '+export prod/east.api', '+property /east.clusterset.k8s.io']);
  });

  it('counts where no ClusterSet is configured, and is labelled with its own', () => {
    const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'union' });
    const shown = follow(view);
    const label = () =>
      shown().get('serviceexports prod/east.api')?.metadata.labels?.['clusterset-apiserver.dev/clusterset'];
    feed(view, ...exporting('east'));
    expect(label()).toBeUndefined();
    feed(view, applied('east', 'clusterproperties', clusterSetProperty('red')));
    expect(label()).toBe('red');
    expect(shown().has('serviceimports prod/api')).toBe(true);
  });

  it('is looked at again only when the set changes', () => {
    const view = newView();
    feed(view, ...exporting('east'), applied('east', 'clusterproperties', clusterSetProperty('blue')));
    take(view);
    feed(view, applied('east', 'clusterproperties', clusterSetProperty('blue')));
    // Only its row.
    expect(view.dirtyCount()).toBe(1);
    expect(take(view)).toEqual([]);
    feed(view, deleted('east', 'clusterproperties', { namespace: '', name: 'clusterset.k8s.io' }));
    expect(view.dirtyCount()).toBe(2);
    expect(take(view)).toEqual(['-property /east.clusterset.k8s.io']);
  });
});

describe('EndpointSlices', () => {
  const headless = service({ clusterIP: 'None', selector: {}, ipFamilies: ['IPv4', 'IPv6'] });
  const familiesOf = (view: ClusterSetView) => view.explain(KEY).merge?.families.families;

  it('say the families of selectorless headless Services as they come and go', () => {
    const view = newView();
    feed(view, ...exporting('east', serviceExport(), headless));
    feed(view, applied('east', 'endpointslices', endpointSlice('a', 'api', 'IPv6'), endpointSlice('b', 'api', 'FQDN')));
    expect(familiesOf(view)).toEqual(['IPv6']);
    feed(view, applied('east', 'endpointslices', endpointSlice('c', 'api', 'IPv4')));
    expect(familiesOf(view)).toEqual(['IPv4', 'IPv6']);
    take(view);
    feed(view, deleted('east', 'endpointslices', { namespace: 'prod', name: 'a' }));
    expect(view.dirtyCount()).toBe(1);
    expect(familiesOf(view)).toEqual(['IPv4']);
    feed(view, applied('east', 'endpointslices', endpointSlice('c', 'other', 'IPv4')));
    expect(familiesOf(view)).toEqual(['IPv4', 'IPv6']);
  });

  it('of Services that are not exported concern nobody', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    feed(view, applied('east', 'endpointslices', endpointSlice('a', 'other', 'IPv6')));
    expect(view.dirtyCount()).toBe(0);
  });
});

describe('a member that is not read yet', () => {
  it('is not shown before its exports were read', () => {
    const view = newView();
    feed(
      view,
      registered('east'),
      applied('east', 'serviceexports', serviceExport()),
      applied('east', 'services', service()),
    );
    expect(view.dirtyCount()).toBe(0);
    feed(view, synced('east', 'serviceexports'), synced('east', 'clusterproperties'));
    expect(take(view)).toEqual(['+import prod/api', '+export prod/east.api']);
  });

  it('has exports of which nobody knows whether they are valid', () => {
    const view = newView();
    const shown = follow(view);
    feed(
      view,
      registered('east'),
      applied('east', 'serviceexports', serviceExport()),
      synced('east', 'serviceexports'),
    );
    const valid = () => condition(shown().get('serviceexports prod/east.api'), 'Valid')?.['status'];
    expect(valid()).toBe('Unknown');
    feed(view, synced('east', 'clusterproperties'));
    expect(valid()).toBe('Unknown');
    feed(view, synced('east', 'services'));
    expect(valid()).toBe('False');
  });

  it('does not count before it is known which ClusterSet it belongs to', () => {
    const view = newView();
    feed(
      view,
      registered('east'),
      applied('east', 'serviceexports', serviceExport()),
      applied('east', 'services', service()),
      synced('east', 'serviceexports'),
      synced('east', 'services'),
    );
    expect(take(view)).toEqual(['+export prod/east.api']);
    expect(view.couldHold('serviceimports', KEY)).toEqual(['east']);
    feed(view, synced('east', 'clusterproperties'));
    expect(take(view)).toEqual(['+import prod/api', '+export prod/east.api']);
  });

  it('keeps counting with what was known while it is read anew', () => {
    const view = newView();
    feed(
      view,
      ...exporting('east'),
      ...exporting('west'),
      applied('east', 'serviceexports', serviceExport({ name: 'gone', uid: 'g' })),
    );
    take(view);
    feed(view, registered('east'), applied('east', 'serviceexports', serviceExport({ uid: 'east' })));
    expect(take(view)).toEqual([]);
    feed(view, synced('east', 'serviceexports'));
    expect(take(view)).toEqual(['-export prod/east.gone']);
    feed(view, synced('east', 'services'));
    expect(take(view)).toEqual(['+import prod/api', '+export prod/east.api']);
  });

  it('may add while it is read anew', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    feed(
      view,
      registered('east'),
      applied('east', 'serviceexports', serviceExport({ name: 'more', uid: 'm' })),
      applied('east', 'services', service({}, { name: 'more' })),
    );
    expect(take(view)).toEqual(['+import prod/more', '+export prod/east.more']);
  });

  it('is another cluster when it comes back with another identity', () => {
    const view = newView();
    const [first, second] = ['33333333-3333-4333-8333-333333333333', '44444444-4444-4444-8444-444444444444'];
    feed(view, registered('east', first), ...exporting('east'));
    take(view);
    feed(view, registered('east', first));
    expect(view.dirtyCount()).toBe(0);
    feed(view, registered('east', second));
    expect(take(view)).toEqual(['-import prod/api', '-export prod/east.api']);
  });

  it('does not keep anything after it left', () => {
    const view = newView();
    feed(view, ...exporting('east'));
    take(view);
    feed(view, left('east'), registered('east'));
    expect(take(view)).toEqual(['-import prod/api', '-export prod/east.api']);
  });
});

describe('couldHold', () => {
  const row = { namespace: 'prod', name: 'east.api' };

  it('names nobody once all are read', () => {
    const view = newView();
    feed(view, ...emptyMember('east'), ...emptyMember('west'));
    expect(view.couldHold('serviceimports', KEY)).toEqual([]);
    expect(view.couldHold('serviceexports', row)).toEqual([]);
    expect(view.couldHold('clusterprofiles', KEY)).toEqual([]);
  });

  it('names every unread member for an import and only its own for a row', () => {
    const view = newView();
    feed(view, registered('east'), registered('west'), ...emptyMember('north'));
    expect(view.couldHold('serviceimports', KEY)).toEqual(['east', 'west']);
    expect(view.couldHold('serviceexports', row)).toEqual(['east']);
    expect(view.couldHold('serviceexports', { namespace: 'prod', name: 'ghost.api' })).toEqual([]);
    expect(view.couldHold('serviceexports', { namespace: 'prod', name: 'nodot' })).toEqual([]);
  });

  it('names a member whose export waits for its Services, for this name only', () => {
    const view = newView();
    feed(
      view,
      registered('east'),
      applied('east', 'serviceexports', serviceExport()),
      synced('east', 'serviceexports'),
    );
    expect(view.couldHold('serviceimports', KEY)).toEqual(['east']);
    expect(view.couldHold('serviceimports', { namespace: 'prod', name: 'other' })).toEqual([]);
    expect(view.couldHold('serviceexports', { namespace: 'prod', name: 'east.other' })).toEqual([]);
  });

  it('names a member that is read anew', () => {
    const view = newView();
    feed(view, ...emptyMember('east'), registered('east'));
    expect(view.couldHold('serviceexports', row)).toEqual(['east']);
  });
});

describe('names that are too long for a row', () => {
  const long = (end: string) => `${'a'.repeat(248)}${end}`;

  it('are cut, and give way to an export of exactly the cut name', () => {
    const view = newView();
    const shown = follow(view);
    feed(
      view,
      ...emptyMember('east'),
      applied('east', 'serviceexports', serviceExport({ name: long('x'), uid: 'long' })),
    );
    const [address = ''] = shown().keys();
    const cut = address.slice('serviceexports prod/east.'.length);
    expect(cut).toHaveLength(248);
    const fullName = () => shown().get(address)?.metadata.annotations?.['clusterset-apiserver.dev/export-name'];
    expect(fullName()).toBe(long('x'));
    feed(view, applied('east', 'serviceexports', serviceExport({ name: cut, uid: 'real' })));
    expect(fullName()).toBe(cut);
    feed(view, deleted('east', 'serviceexports', { namespace: 'prod', name: long('x') }));
    expect(fullName()).toBe(cut);
    feed(view, applied('east', 'serviceexports', serviceExport({ name: long('x'), uid: 'long' })));
    expect(fullName()).toBe(cut);
    feed(view, deleted('east', 'serviceexports', { namespace: 'prod', name: cut }));
    expect(fullName()).toBe(long('x'));
    expect(shown().size).toBe(1);
  });
});

describe('transitions', () => {
  it('survive a restart', () => {
    const before = newView();
    feed(before, ...exporting('east'));
    take(before);
    const kept = [...before.exportTransitions()].map((document): unknown => JSON.parse(JSON.stringify(document)));

    const after = newView();
    kept.forEach(after.restoreTransitions);
    feed(after, ...exporting('east'), ...exporting('west'));
    const shown = follow(after)(NOW_MS + 60_000);
    const time = (address: string, type: string) => condition(shown.get(address), type)?.['lastTransitionTime'];
    expect(time('serviceexports prod/east.api', 'Valid')).toBe('2026-02-01T00:00:00Z');
    expect(time('serviceimports prod/api', 'Ready')).toBe('2026-02-01T00:00:00Z');
    expect(time('serviceexports prod/west.api', 'Valid')).toBe('2026-02-01T00:01:00Z');
  });

  it('are kept for members that are not back yet, and dropped once all are read', () => {
    const before = newView();
    feed(before, ...exporting('east'), ...exporting('west'));
    take(before);
    const after = newView();
    [...before.exportTransitions()].forEach(after.restoreTransitions);
    feed(after, ...exporting('east'), registered('west'));
    take(after);
    const rows = () => [...after.exportTransitions()].flatMap((kept) => Object.keys(kept['serviceexports'] as object));
    expect(rows().sort()).toEqual(['prod/east.api', 'prod/west.api']);
    feed(after, ...emptyMember('west'));
    take(after);
    expect(rows()).toEqual(['prod/east.api']);
  });

  it('of another object of the same name are not used', () => {
    const before = newView();
    feed(before, ...exporting('east'));
    take(before);
    const after = newView();
    [...before.exportTransitions()].forEach(after.restoreTransitions);
    feed(after, ...exporting('east', serviceExport({ uid: 'anew' })));
    const shown = follow(after)(NOW_MS + 60_000);
    expect(condition(shown.get('serviceexports prod/east.api'), 'Valid')).toMatchObject({
      lastTransitionTime: '2026-02-01T00:01:00Z',
    });
  });

  it.each([
    undefined,
    null,
    'odd',
    { formatVersion: 2, serviceexports: {} },
    { formatVersion: 1, serviceexports: { 'prod/east.api': { uid: 1 } }, serviceimports: [] },
    {
      formatVersion: 1,
      serviceexports: { 'prod/east.api': { uid: 'x', conditions: { Valid: ['Odd', 'x'], Ready: 7 } } },
    },
  ])('that cannot be read (%j) are left out', (value) => {
    const view = newView();
    view.restoreTransitions(value);
    feed(view, ...exporting('east'));
    expect(take(view)).toHaveLength(2);
  });
});
