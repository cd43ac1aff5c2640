import { describe, expect, it } from 'vitest';
import { clusterId, clusterSetProperty, ports, service, serviceExport } from '../../test/support/clusterset-objects.ts';
import { KEY } from '../../test/support/exporters.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import type { KubeObject } from '../kube/object.ts';
import type { SupposedObject } from './supposed-object.ts';
import type { Supposed } from './supposition.ts';
import { type ClusterSetView, createClusterSetView } from './view.ts';

const NOW_MS = Date.UTC(2026, 0, 9, 15, 0, 0, 999);
const UNCHANGED: SupposedObject = { type: 'unchanged' };
const ABSENT: SupposedObject = { type: 'absent' };
const RESOURCES: readonly MemberResource[] = ['serviceexports', 'services', 'namespaces', 'clusterproperties'];

const replaced = (object: KubeObject): SupposedObject => ({ type: 'replaced', object });
const namespace = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...metadata },
});

/** A member that holds these objects; without `unsynced` it is read completely. */
function member(
  cluster: string,
  objects: Partial<Record<MemberResource, readonly KubeObject[]>>,
  unsynced: readonly MemberResource[] = [],
): readonly MemberEvent[] {
  const id = clusterId(cluster);
  return [
    { type: 'registered', cluster: id, fingerprint: undefined },
    ...RESOURCES.flatMap((resource): MemberEvent[] => [
      { type: 'changed', cluster: id, resource, applied: objects[resource] ?? [], deleted: [] },
      ...(unsynced.includes(resource) ? [] : [{ type: 'synced', cluster: id, resource } as const]),
    ]),
  ];
}

function viewOf(...events: readonly (readonly MemberEvent[])[]): ClusterSetView {
  const view = createClusterSetView({ clusterSet: 'blue', ipFamilyMode: 'intersection' });
  events.flat().forEach(view.apply);
  return view;
}

function suppose(
  view: ClusterSetView,
  cluster: string,
  { serviceExport: exported = UNCHANGED, service: backend = UNCHANGED, nowMs = NOW_MS } = {},
): Supposed {
  const supposition = { cluster: clusterId(cluster), serviceExport: exported, service: backend, nowMs };
  const supposed = view.suppose(KEY, supposition);
  if (supposed === undefined) throw new Error(`${cluster} is not registered`);
  return supposed;
}

const order = ({ merge }: Supposed['after']) => merge?.constituents.map(({ cluster }) => cluster);
const east = member('east', { serviceexports: [serviceExport()], services: [service()] });
const bare = serviceExport({ creationTimestamp: null });

describe('a supposed change', () => {
  it('of a name that nobody exports makes its first export, as old as now in whole seconds', () => {
    const view = viewOf(member('west', { services: [service()] }));
    const { before, after } = suppose(view, 'west', { serviceExport: replaced(bare) });
    expect(before).toEqual({ key: KEY, exporters: [], merge: undefined });
    expect(order(after)).toEqual(['west']);
    expect(after.exporters[0]?.exporter.serviceExport.metadata.creationTimestamp).toBe('2026-01-09T15:00:00Z');
  });

  it('of a name that others export makes the youngest', () => {
    const view = viewOf(member('aaa', { services: [service()] }), east);
    expect(order(suppose(view, 'aaa', { serviceExport: replaced(bare) }).after)).toEqual(['east', 'aaa']);
  });

  it('within the second of another export shows that the names of clusters decide', () => {
    const recent = serviceExport({ creationTimestamp: '2026-01-09T15:00:00Z' });
    const view = viewOf(member('aaa', {}), member('east', { serviceexports: [recent], services: [service()] }));
    const change = { serviceExport: replaced(bare), service: replaced(service()) };
    expect(order(suppose(view, 'aaa', change).after)).toEqual(['aaa', 'east']);
  });

  it('of an export that is there keeps its age', () => {
    const { before, after } = suppose(viewOf(east), 'east', {
      serviceExport: replaced({ ...bare, spec: { exportedLabels: { tier: 'gold' } } }),
    });
    expect(after.merge?.winner.createdSeconds).toBe(before.merge?.winner.createdSeconds);
    expect(after.merge?.metadata.labels).toEqual({ tier: 'gold' });
    expect(before.merge?.metadata.labels).toEqual({});
  });

  it('can take away the export or the Service', () => {
    expect(suppose(viewOf(east), 'east', { serviceExport: ABSENT }).after.exporters).toEqual([]);
    const withoutService = suppose(viewOf(east), 'east', { service: ABSENT }).after;
    expect(withoutService.merge).toBeUndefined();
    expect(withoutService.exporters[0]?.validity).toMatchObject({ status: 'False', reason: 'NoService' });
  });

  it('of the Service alone needs an export that is there', () => {
    const change = { service: replaced(service({ ports: ports('http TCP/80') })) };
    expect(suppose(viewOf(east), 'east', change).after.merge?.ports.ports).toHaveLength(1);
    const view = viewOf(east, member('west', {}));
    expect(suppose(view, 'west', change).after).toEqual(suppose(view, 'west').before);
  });

  it('brings a Service to an export that waited for it, with the age of the export', () => {
    const view = viewOf(member('east', { serviceexports: [serviceExport()] }));
    expect(order(suppose(view, 'east', { service: replaced(service()) }).after)).toEqual(['east']);
  });

  it('changes nothing in the view', () => {
    const view = viewOf(east, member('west', {}));
    view.takeChanges(0, Infinity);
    const before = JSON.stringify(view.explain(KEY));
    suppose(view, 'west', { serviceExport: replaced(bare), service: replaced(service()) });
    suppose(view, 'east', { serviceExport: ABSENT, service: ABSENT });
    expect(JSON.stringify(view.explain(KEY))).toBe(before);
    expect(view.takeChanges(1, Infinity)).toEqual([]);
  });

  it('is unknown for a member that is not registered', () => {
    const supposition = { cluster: clusterId('nobody'), serviceExport: ABSENT, service: ABSENT, nowMs: NOW_MS };
    expect(viewOf(east).suppose(KEY, supposition)).toBeUndefined();
  });

  it('counts only if the member belongs to the ClusterSet and what decides that was read', () => {
    const change = { serviceExport: replaced(bare), service: replaced(service()) };
    const red = viewOf(member('west', { clusterproperties: [clusterSetProperty('red')] }));
    expect(suppose(red, 'west', change).after.exporters[0]?.validity.reason).toBe('OtherClusterSet');
    const unread = viewOf(member('west', {}, ['clusterproperties']));
    expect(suppose(unread, 'west', change).after.exporters[0]?.validity).toMatchObject({ status: 'Unknown' });
  });

  it('of a member that was not read counts what is supposed, and leaves unknown what is not', () => {
    const unread = viewOf(member('west', { serviceexports: [serviceExport()] }, RESOURCES));
    expect(suppose(unread, 'west').after.exporters).toEqual([]);
    const supposed = suppose(unread, 'west', { serviceExport: replaced(bare) }).after;
    expect(supposed.exporters[0]?.validity).toMatchObject({ status: 'Unknown', reason: 'Pending' });
  });

  it('says how many members there are, who lacks the namespace, and whose exports are not known', () => {
    const view = viewOf(
      member('east', { namespaces: [namespace('prod')] }),
      member('north', {}),
      member('south', { namespaces: [namespace('prod', { deletionTimestamp: '2026-01-09T14:00:00Z' })] }),
      member('up', {}, ['namespaces']),
      member('west', { namespaces: [namespace('prod')] }, ['serviceexports']),
    );
    expect(suppose(view, 'east')).toMatchObject({
      clusters: 5,
      withoutNamespace: ['north', 'south'],
      unread: ['west'],
    });
    expect(suppose(view, 'west').unread).toEqual([]);
  });
});
