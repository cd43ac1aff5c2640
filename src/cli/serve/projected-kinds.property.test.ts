import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import type { Listed } from '../../../test/support/replay.ts';
import { listedNow, replayed } from '../../../test/support/replay.ts';
import { beginning, openRowWorld } from '../../../test/support/row-world.ts';
import { parseRowName } from '../../clusterset/index.ts';
import { cutName, isOverlong, rowNameOf } from '../../clusterset/row-name.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import {
  CLUSTER_LABEL,
  CLUSTERSET_LABEL,
  OWNER_REFERENCES_ANNOTATION,
  PROPERTY_LABEL,
  PROPERTY_NAME_ANNOTATION,
} from '../../kube/domain.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ProjectedKind } from '../../members/write/index.ts';
import { clusterProperty } from '../../resources/cluster-property/definition.ts';
import type { StoreReader } from '../../store/types.ts';
import { projectedKind } from './projected-kinds.ts';

const SCOPE = { resource: 'clusterproperties', namespace: '' };
const CLUSTERS = ['east', 'e', 'a'.repeat(63)].map(clusterId);
const LONG_NAMES = ['b', 'c'].map((end) => `${'x'.repeat(60)}.${'y'.repeat(191)}${end}`);
const NAMES = [
  ...['location.example.com', 'east.location', 'e', 'clusterset.k8s.io', 'cluster.clusterset.k8s.io'],
  ...LONG_NAMES,
  // What the row of a long name would be called, as a property that is really there.
  ...CLUSTERS.flatMap((cluster) => LONG_NAMES.map((name) => cutName(cluster, name))),
];

interface Held {
  readonly cluster: ClusterId;
  readonly object: KubeObject;
}

const anyName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,9}[a-z0-9])?(\.[a-z0-9]{1,9}){0,2}$/) },
);
const key = fc.constantFrom(
  ...['tier', 'toString', CLUSTER_LABEL, CLUSTERSET_LABEL, PROPERTY_LABEL],
  ...[PROPERTY_NAME_ANNOTATION, OWNER_REFERENCES_ANNOTATION],
);
const map = fc.dictionary(key, fc.constantFrom('', 'x', 'east'), { maxKeys: 4 });
const OWNERS = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }];

const metadata = fc.record(
  {
    labels: map.filter((labels) => Object.keys(labels).length > 0),
    annotations: map.filter((annotations) => Object.keys(annotations).length > 0),
    finalizers: fc.uniqueArray(fc.constantFrom('foregroundDeletion', 'orphan', 'a.io/x', 'b.io/y'), { minLength: 1 }),
    ownerReferences: fc.constant(OWNERS),
    deletionTimestamp: fc.constant('2026-01-02T00:00:00Z'),
    managedFields: fc.constant([{ manager: 'kubectl', operation: 'Update' }]),
  },
  { requiredKeys: [] },
);

const held: fc.Arbitrary<Held> = fc
  .record({
    cluster: fc.constantFrom(...CLUSTERS),
    name: anyName,
    uid: fc.constantFrom('u1', 'u2'),
    resourceVersion: fc.nat(99).map((version) => String(version + 1)),
    metadata,
    spec: fc.record({ value: fc.string({ minLength: 1 }), more: fc.jsonValue() }, { requiredKeys: ['value'] }),
    more: fc.record({ status: fc.constant({}), unknown: fc.jsonValue() }, { requiredKeys: [] }),
  })
  .map(({ cluster, name, uid, resourceVersion, metadata: more, spec, more: rest }) => ({
    cluster,
    object: JSON.parse(
      JSON.stringify({
        apiVersion: 'about.k8s.io/v1beta1',
        kind: 'ClusterProperty',
        metadata: { name, uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z', generation: 1, ...more },
        spec,
        ...rest,
      }),
    ) as KubeObject,
  }));

type MemberStep =
  | { readonly type: 'apply'; readonly held: Held }
  | { readonly type: 'delete'; readonly held: Held }
  | { readonly type: 'left'; readonly cluster: ClusterId }
  | { readonly type: 'register'; readonly cluster: ClusterId };
type Step = MemberStep | { readonly type: 'wait' } | { readonly type: 'list' };

const cluster = fc.constantFrom(...CLUSTERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('apply'), held }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete'), held }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('left'), cluster }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('register'), cluster }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('list') }) },
);

interface World {
  readonly kind: ProjectedKind;
  readonly store: StoreReader;
  readonly apply: (event: MemberEvent) => void;
  readonly wait: () => Promise<void>;
}

function openWorld(): World {
  const { time, view, store, pump } = openRowWorld(CLUSTERS);
  const kind = projectedKind(clusterProperty, { view, store, clock: time.now });
  if (kind === undefined) throw new Error('properties have rows');
  return { kind, store, apply: pump.accept, wait: () => time.advance(40) };
}

/** What members hold, by the test's own account. */
type Model = Map<ClusterId, Map<string, KubeObject>>;

function happen({ apply }: World, model: Model, next: MemberStep): void {
  if (next.type === 'left') {
    if (model.delete(next.cluster)) apply({ type: 'left', cluster: next.cluster });
  } else if (next.type === 'register') {
    if (model.has(next.cluster)) return;
    model.set(next.cluster, new Map());
    beginning(next.cluster).forEach(apply);
  } else {
    const { cluster: id, object } = next.held;
    const objects = model.get(id);
    const { name } = object.metadata;
    const change = { type: 'changed', cluster: id, resource: 'clusterproperties' } as const;
    if (objects === undefined) return;
    if (next.type === 'apply') {
      objects.set(name, object);
      apply({ ...change, applied: [object], deleted: [] });
    } else if (objects.delete(name)) {
      apply({ ...change, applied: [], deleted: [{ namespace: '', name }] });
    }
  }
}

async function run(steps: readonly Step[]): Promise<{ world: World; model: Model; lists: readonly Listed[] }> {
  const world = openWorld();
  const model: Model = new Map(CLUSTERS.map((id) => [id, new Map<string, KubeObject>()]));
  const lists: Listed[] = [];
  await world.wait();
  for (const next of steps) {
    if (next.type === 'wait') await world.wait();
    else if (next.type === 'list') lists.push(listedNow(world.store, SCOPE));
    else happen(world, model, next);
  }
  await world.wait();
  return { world, model, lists };
}

/** A cut row gives way to a property that really has its name. */
function isDisplaced(objects: ReadonlyMap<string, KubeObject>, cluster: ClusterId, name: string): boolean {
  return isOverlong(cluster, name) && objects.has(cutName(cluster, name));
}

describe('the properties of any members', () => {
  it('have rows of distinct names, each of which gives the very object of its member when it is written as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const { world, model } = await run(steps);
        const names: string[] = [];
        for (const [cluster, objects] of model) {
          for (const [name, object] of objects) {
            if (isDisplaced(objects, cluster, name)) continue;
            const rowName = rowNameOf(cluster, name);
            names.push(rowName);
            expect(rowName.length).toBeLessThanOrEqual(253);
            expect(parseRowName(rowName)).toMatchObject({ ok: true, value: { cluster } });
            const shown = world.kind.row({ namespace: '', name: rowName });
            if (shown === undefined) throw new Error(`no row ${rowName}`);
            expect(world.kind.unproject(shown.row, shown)).toEqual({ ok: true, value: object });
          }
        }
        expect(new Set(names).size).toBe(names.length);
        expect([...listedNow(world.store, SCOPE).held.values()].map(({ metadata: { name } }) => name)).toEqual(
          names.toSorted(),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('are in the end what a client has that listed at any time and watched from there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const { world, lists } = await run(steps);
        const { held: expected } = listedNow(world.store, SCOPE);
        for (const listed of lists) expect(replayed(world.store, SCOPE, listed)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});
