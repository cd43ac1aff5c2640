import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionContext, createRequest, deleteRequest, updateRequest } from '../../../test/support/admission.ts';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import { createIdentityReservations, type KnownIdentity, type MemberIdentity } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { KubeObject } from '../../kube/object.ts';
import { definitions, evaluateRules } from '../../resources/index.ts';
import type { AdmissionContext, AdmissionRequest } from '../../resources/index.ts';
import { claimOf } from './identity-claims.ts';

const ID = 'cluster.clusterset.k8s.io';
const SET = 'clusterset.k8s.io';
const rules = definitions.find(({ resource }) => resource === 'clusterproperties')?.rules ?? [];

interface Step {
  readonly member: number;
  readonly name: typeof ID | typeof SET;
  /** undefined deletes. */
  readonly value: string | undefined;
  /** Which of the writes under way arrive then; 3 arrives without being seen. */
  readonly arrivals: readonly number[];
}

/** A write on its way: it reaches its member, the member's event reaches us, both whenever they do. */
interface UnderWay {
  readonly cluster: ClusterId;
  readonly name: Step['name'];
  readonly operation: AdmissionRequest['operation'];
  /** What it was judged by; an update names that version, so that it fails if it is no longer there. */
  readonly before: string;
  readonly value: string | undefined;
  readonly undo: (() => void) | undefined;
}

/** What members have, what is known of them, and the rules and reservations in between; time stands still. */
function createWorld(clusters: readonly ClusterId[]) {
  const actual = new Map(clusters.map((name) => [name, new Map<string, string>()] as const));
  const seen = new Map(clusters.map((name) => [name, new Map<string, string>()] as const));
  const valueIn = (of: typeof seen, cluster: ClusterId, name: string): string => of.get(cluster)?.get(name) ?? '';
  const known = (cluster: ClusterId): KnownIdentity => ({
    name: cluster,
    clusterID: valueIn(seen, cluster, ID),
    clusterSet: valueIn(seen, cluster, SET),
    observed: true,
  });
  const reservations = createIdentityReservations({ monotonic: () => 0, known });
  const reachable = (identity: KnownIdentity): MemberIdentity => ({ ...identity, reachable: true });
  const context: AdmissionContext = admissionContext({
    identityOf: (cluster) => reachable(known(cluster)),
    otherIdentities: (cluster) =>
      [
        ...clusters.map(known),
        ...reservations.pending().map((claim) => ({ ...claim, name: claim.cluster, observed: true })),
      ]
        .filter(({ name }) => name !== cluster)
        .map(reachable),
  });
  return {
    actual,
    /** Undefined when it is refused. */
    judge: (cluster: ClusterId, { name, value }: Pick<Step, 'name' | 'value'>): UnderWay | undefined => {
      const before = valueIn(seen, cluster, name);
      // What is not shown cannot be deleted.
      if (before === '' && value === undefined) return undefined;
      const request = { ...requestOf(name, before, value), cluster };
      if (evaluateRules(rules, request, context).type !== 'allow') return undefined;
      const claim = claimOf(request, known);
      const taken = claim === undefined ? undefined : reservations.take(claim);
      if (taken !== undefined && taken.type !== 'taken') return undefined;
      return { cluster, name, operation: request.operation, before, value, undo: taken?.undo };
    },
    /** The member does it, or refuses what cannot be done any more. */
    arrive: ({ cluster, name, operation, before, value, undo }: UnderWay): void => {
      const properties = actual.get(cluster);
      const now = properties?.get(name) ?? '';
      const isPossible = operation === 'DELETE' ? now !== '' : now === before;
      if (!isPossible) undo?.();
      else if (value === undefined) properties?.delete(name);
      else properties?.set(name, value);
    },
    show: (cluster: ClusterId): void => {
      seen.set(cluster, new Map(actual.get(cluster)));
    },
  };
}

function requestOf(name: string, before: string, value: string | undefined): AdmissionRequest {
  if (value === undefined) return deleteRequest(property(name, before));
  return before === ''
    ? createRequest(property(name, value))
    : updateRequest(property(name, before), property(name, value));
}

function property(name: string, value: string): KubeObject {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

/** Ids by set; throws where two members have one, or a member has none. */
function expectLawful(actual: ReadonlyMap<ClusterId, ReadonlyMap<string, string>>): void {
  const taken = new Set<string>();
  for (const [cluster, properties] of actual) {
    const set = properties.get(SET);
    if (set === undefined) continue;
    const id = properties.get(ID);
    expect(id, `${cluster} is in ${set} without an id`).toBeDefined();
    expect([...taken], `${cluster} is not alone`).not.toContain(`${set}/${id ?? ''}`);
    taken.add(`${set}/${id ?? ''}`);
  }
}

const MEMBERS = ['east', 'west', 'north'].map(clusterId);

const arrivals = fc.array(fc.nat(3), { maxLength: 3 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ member: fc.nat(2), name: fc.constant(ID), value: fc.constantFrom('a', 'b', undefined), arrivals }),
  fc.record({ member: fc.nat(2), name: fc.constant(SET), value: fc.constantFrom('s', 't', undefined), arrivals }),
);

describe('writes of identities at once', () => {
  it('leave every member of a set with an id of its own, in whatever order they arrive and are seen', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = createWorld(MEMBERS);
        const underWay: UnderWay[] = [];
        for (const { member, arrivals: choices, ...wanted } of steps) {
          const cluster = MEMBERS[member] ?? clusterId('east');
          const write = world.judge(cluster, wanted);
          if (write !== undefined) underWay.push(write);
          for (const choice of choices) {
            const [arrived] = underWay.splice(choice % underWay.length, 1);
            if (arrived === undefined) break;
            world.arrive(arrived);
            expectLawful(world.actual);
            if (choice !== 3) world.show(arrived.cluster);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('let exactly one of 50 members join with one id', () => {
    const clusters = Array.from({ length: 50 }, (_, index) => clusterId(`m${index}`));
    const world = createWorld(clusters);
    for (const cluster of clusters) {
      world.actual.get(cluster)?.set(ID, 'a');
      world.show(cluster);
    }
    const writes = clusters.map((cluster) => world.judge(cluster, { name: SET, value: 's' }));
    expect(writes.filter((write) => write !== undefined)).toHaveLength(1);
    for (const write of writes) if (write !== undefined) world.arrive(write);
    expectLawful(world.actual);
    for (const cluster of clusters) world.show(cluster);
    expect(clusters.map((cluster) => world.judge(cluster, { name: SET, value: 's' })).filter(Boolean)).toHaveLength(1);
  });
});
