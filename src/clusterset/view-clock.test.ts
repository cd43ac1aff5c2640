import { describe, expect, it } from 'vitest';
import { clusterId, service, serviceExport } from '../../test/support/clusterset-objects.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import { keyString, type KubeObject } from '../kube/object.ts';
import { type ClusterSetView, createClusterSetView } from './view.ts';

const KEYS_MAX = 100;
const JUDGED: readonly MemberResource[] = ['serviceexports', 'services', 'clusterproperties'];

const registered = (cluster: string): MemberEvent => ({
  type: 'registered',
  cluster: clusterId(cluster),
  fingerprint: undefined,
});
const clock = (cluster: string, skewSeconds: number): MemberEvent => ({
  type: 'clock',
  cluster: clusterId(cluster),
  skewSeconds,
});
const applied = (cluster: string, resource: MemberResource, object: KubeObject): MemberEvent => ({
  type: 'changed',
  cluster: clusterId(cluster),
  resource,
  applied: [object],
  deleted: [],
});

/** East exported prod/api first; west agrees at first. */
function newWorld() {
  const view: ClusterSetView = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  const messages = new Map<string, string>();
  /** The names of what changed. */
  const take = (): readonly string[] =>
    view.takeChanges(0, KEYS_MAX).map(({ resource, key, object }) => {
      const name = `${resource} ${keyString(key)}`;
      messages.set(name, JSON.stringify(object?.status));
      return name;
    });
  const feed = (...events: readonly MemberEvent[]): readonly string[] => {
    events.forEach(view.apply);
    return take();
  };
  const disagree = () => feed(applied('west', 'services', service({ clusterIP: 'None' })));
  for (const [index, cluster] of ['east', 'west'].entries()) {
    const creationTimestamp = `2026-01-05T10:0${index}:00Z`;
    feed(
      registered(cluster),
      applied(cluster, 'serviceexports', serviceExport({ uid: cluster, creationTimestamp })),
      applied(cluster, 'services', service()),
      ...JUDGED.map((resource): MemberEvent => ({ type: 'synced', cluster: clusterId(cluster), resource })),
    );
  }
  return { view, feed, disagree, text: () => [...messages.values()].join('\n') };
}

const ALL = ['serviceimports prod/api', 'serviceexports prod/east.api', 'serviceexports prod/west.api'];

describe('a member whose clock is off', () => {
  it('changes nothing while everybody agrees', () => {
    const { feed } = newWorld();
    expect(feed(clock('east', 60))).toEqual([]);
  });

  it('is named in the conflict that it wins, until its clock is right again', () => {
    const { feed, disagree, text } = newWorld();
    disagree();
    expect(text()).toContain('oldest export');
    expect(text()).not.toContain('clock');
    expect([...feed(clock('east', 60))].sort()).toEqual([...ALL].sort());
    expect(text().match(/The clock of \\"east\\" is about 60 s ahead of ours, so ages may mislead\./g)).toHaveLength(3);
    expect([...feed(clock('east', 0))].sort()).toEqual([...ALL].sort());
    expect(text()).not.toContain('clock');
  });

  it('is not named in a conflict that it does not win', () => {
    const { feed, disagree } = newWorld();
    disagree();
    expect(feed(clock('west', 60))).toEqual([]);
  });

  it('makes no work by saying the same again, nor for the exports of others', () => {
    const { view, feed } = newWorld();
    feed(clock('east', -60), registered('north'));
    view.apply(clock('east', -60));
    view.apply(clock('north', 60));
    view.apply(clock('nobody', 60));
    expect(view.dirtyCount()).toBe(0);
    view.apply(clock('east', -70));
    expect(view.dirtyCount()).toBe(1);
  });

  it('counts as right when it is registered anew', () => {
    const { feed, disagree, text } = newWorld();
    disagree();
    feed(clock('east', -60));
    expect(text()).toContain('about 60 s behind ours');
    feed(registered('east'));
    expect(text()).not.toContain('clock');
  });
});
