import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterId,
  clusterSetProperty,
  endpointSlice,
  service,
  serviceExport,
} from '../../test/support/clusterset-objects.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import { keyOf, keyString, type KubeObject } from '../kube/object.ts';
import { cutName } from './row-name.ts';
import { type ClusterSetView, createClusterSetView } from './view.ts';

const RESOURCES: readonly MemberResource[] = [
  'serviceexports',
  'services',
  'namespaces',
  'clusterproperties',
  'endpointslices',
];
const CLUSTERS = ['east', 'north', 'west'].map(clusterId);
const LONG_NAME = `${'a'.repeat(252)}b`;
// The last is the name that the row of the long one has in two of the clusters.
const NAMES = ['api', 'db', LONG_NAME, cutName(clusterId('east'), LONG_NAME)];

const object = fc.oneof(
  fc
    .record({
      name: fc.constantFrom(...NAMES),
      uid: fc.constantFrom('u1', 'u2'),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      exportedLabels: fc.constantFrom({}, { tier: 'gold' }),
    })
    .map(({ exportedLabels, ...metadata }): Item => ({
      resource: 'serviceexports',
      object: serviceExport(metadata, { spec: { exportedLabels } }),
    })),
  fc
    .record({
      name: fc.constantFrom(...NAMES),
      clusterIP: fc.constantFrom('None', '10.0.0.1'),
      selector: fc.constantFrom({}, { a: 'b' }),
      port: fc.constantFrom(80, 81),
    })
    .map(({ name, port, ...spec }): Item => ({
      resource: 'services',
      object: service({ ...spec, ports: [{ port }], ipFamilies: ['IPv4', 'IPv6'] }, { name }),
    })),
  fc
    .record({
      name: fc.constantFrom('s1', 's2'),
      owner: fc.constantFrom(...NAMES),
      family: fc.constantFrom('IPv4', 'IPv6', 'FQDN'),
    })
    .map(({ name, owner, family }): Item => ({
      resource: 'endpointslices',
      object: endpointSlice(name, owner, family),
    })),
  fc
    .constantFrom('blue', 'red')
    .map((value): Item => ({ resource: 'clusterproperties', object: clusterSetProperty(value) })),
);

interface Item {
  readonly resource: MemberResource;
  readonly object: KubeObject;
}

interface ObjectStep {
  readonly type: 'apply' | 'delete';
  readonly cluster: number;
  readonly item: Item;
}
type MemberStep =
  | ObjectStep
  | { readonly type: 'left'; readonly cluster: number }
  | { readonly type: 'register'; readonly cluster: number }
  | { readonly type: 'identify'; readonly cluster: number; readonly fingerprint: string };
type Step = MemberStep | { readonly type: 'take'; readonly keysMax: number };

const cluster = fc.nat({ max: CLUSTERS.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('apply' as const), cluster, item: object }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), cluster, item: object }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('left' as const), cluster }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('register' as const), cluster }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('identify' as const), cluster, fingerprint: fc.constantFrom('f1', 'f2') }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('take' as const), keysMax: fc.nat({ max: 3 }) }) },
);

/** What the members hold, kept by the test itself. */
interface Model {
  readonly objects: Map<string, Item>;
  fingerprint: string | undefined;
}

/** Feeds a view and its model; the view's changes are followed into `shown`. */
function createWorld() {
  const view = newView();
  const models = new Map<number, Model>();
  const shown = new Map<string, KubeObject>();
  const take = (keysMax: number): void => {
    for (const change of view.takeChanges(0, keysMax)) {
      const address = `${change.resource} ${keyString(change.key)}`;
      if (change.object === undefined) {
        expect(shown.has(address)).toBe(true);
        shown.delete(address);
      } else {
        expect(shown.get(address)).not.toEqual(change.object);
        shown.set(address, change.object);
      }
    }
  };
  const run = (next: Step): void => {
    if (next.type === 'take') take(next.keysMax);
    else runMember(view, models, next);
  };
  return { view, models, shown, run, take };
}

function runMember(view: ClusterSetView, models: Map<number, Model>, next: MemberStep): void {
  const id = CLUSTERS[next.cluster]!;
  const model = models.get(next.cluster);
  if (next.type === 'register') {
    const registered = model ?? { objects: new Map<string, Item>(), fingerprint: undefined };
    models.set(next.cluster, registered);
    registration(id, registered.fingerprint, [...registered.objects.values()]).forEach(view.apply);
  } else if (next.type === 'left') {
    models.delete(next.cluster);
    view.apply({ type: 'left', cluster: id });
  } else if (next.type === 'identify') {
    if (model !== undefined) model.fingerprint = next.fingerprint;
    view.apply({ type: 'identified', cluster: id, fingerprint: next.fingerprint });
  } else {
    model?.objects.delete(addressOf(next.item));
    if (next.type === 'apply') model?.objects.set(addressOf(next.item), next.item);
    view.apply(changeOf(id, next));
  }
}

function addressOf({ resource, object: held }: Item): string {
  return `${resource} ${keyString(keyOf(held))}`;
}

function changeOf(id: ClusterId, { type, item }: ObjectStep): MemberEvent {
  const change = { type: 'changed', cluster: id, resource: item.resource } as const;
  return type === 'apply'
    ? { ...change, applied: [item.object], deleted: [] }
    : { ...change, applied: [], deleted: [keyOf(item.object)] };
}

function registration(id: ClusterId, fingerprint: string | undefined, items: readonly Item[]): readonly MemberEvent[] {
  return [
    { type: 'registered', cluster: id, fingerprint },
    ...items.map((item): MemberEvent => ({
      type: 'changed',
      cluster: id,
      resource: item.resource,
      applied: [item.object],
      deleted: [],
    })),
    ...RESOURCES.map((resource): MemberEvent => ({ type: 'synced', cluster: id, resource })),
  ];
}

const newView = () => createClusterSetView({ clusterSet: 'blue', ipFamilyMode: 'intersection' });

describe('a view fed in any order', () => {
  it('shows what a view shows that is told the final state at once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = createWorld();
        CLUSTERS.forEach((_, index) => world.run({ type: 'register', cluster: index }));
        steps.forEach(world.run);
        world.take(Infinity);
        expect(world.view.dirtyCount()).toBe(0);

        const fresh = newView();
        for (const [index, { objects, fingerprint }] of [...world.models].reverse()) {
          registration(CLUSTERS[index]!, fingerprint, [...objects.values()].reverse()).forEach(fresh.apply);
        }
        const expected = fresh
          .takeChanges(0, Infinity)
          .map(({ resource, key, object: shown }) => [`${resource} ${keyString(key)}`, shown] as const);
        expect(world.shown).toEqual(new Map(expected));
      }),
      { numRuns: 300 },
    );
  });

  it('needs nothing more when everything is said again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const world = createWorld();
        CLUSTERS.forEach((_, index) => world.run({ type: 'register', cluster: index }));
        steps.forEach(world.run);
        world.take(Infinity);
        for (const [index, { objects, fingerprint }] of world.models) {
          const copies = [...objects.values()].map((item) => ({ ...item, object: structuredClone(item.object) }));
          registration(CLUSTERS[index]!, fingerprint, copies).forEach(world.view.apply);
        }
        expect(world.view.takeChanges(1_000_000, Infinity)).toEqual([]);
      }),
    );
  });
});
