import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterId, service, serviceExport } from '../../test/support/clusterset-objects.ts';
import { KEY } from '../../test/support/exporters.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import type { KubeObject } from '../kube/object.ts';
import { CONSEQUENCES_BYTES_MAX } from './consequence.ts';
import { constituentOf } from './comparison.ts';
import { compareFields } from './import-summary.ts';
import type { KeyVerdict } from './key-derivation.ts';
import { predictConsequences } from './predict-consequences.ts';
import { completeService, completeServiceExport, type SupposedObject, supposeObject } from './supposed-object.ts';
import { createClusterSetView } from './view.ts';

const CLUSTERS = ['east', 'north', 'west'].map(clusterId);
const RESOURCES: readonly MemberResource[] = ['serviceexports', 'services', 'namespaces', 'clusterproperties'];
const NOW = '2026-01-03T00:00:00Z';
const NOW_MS = Date.parse(NOW);

const port = fc.record(
  {
    name: fc.constantFrom('', 'http', 'web'),
    port: fc.constantFrom(80, 81),
    protocol: fc.constantFrom('TCP', 'UDP'),
    appProtocol: fc.constantFrom('http', 'h2c'),
  },
  { requiredKeys: ['port'] },
);

const manifest = fc
  .record(
    {
      type: fc.constantFrom('ClusterIP', 'NodePort', 'ExternalName'),
      clusterIP: fc.constantFrom('None', '10.0.0.1'),
      ports: fc.array(port, { maxLength: 3 }),
      sessionAffinity: fc.constantFrom('None', 'ClientIP'),
      sessionAffinityConfig: fc.constantFrom({ clientIP: { timeoutSeconds: 60 } }, { clientIP: {} }),
      internalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
      trafficDistribution: fc.constantFrom('PreferClose', 'PreferSameZone', 'PreferSameNode'),
      ipFamilies: fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']),
      ipFamilyPolicy: fc.constantFrom('SingleStack', 'PreferDualStack', 'RequireDualStack'),
    },
    { requiredKeys: [] },
  )
  .map((spec) => service(spec));

const map = fc.dictionary(fc.constantFrom('a', 'b', 'kubernetes.io/x'), fc.constantFrom('1', '2'), { maxKeys: 2 });
const exported = (created: fc.Arbitrary<string | null>) =>
  fc
    .record({
      created,
      spec: fc.record({ exportedLabels: map, exportedAnnotations: map }, { requiredKeys: [] }),
    })
    .map((shape) => serviceExport({ creationTimestamp: shape.created }, { spec: shape.spec }));

const optional = (object: fc.Arbitrary<KubeObject>) => fc.option(object, { nil: undefined, freq: 4 });
const held = fc.record({
  serviceExport: optional(exported(fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', NOW))),
  service: optional(manifest),
});

function supposed(object: fc.Arbitrary<KubeObject>): fc.Arbitrary<SupposedObject> {
  return fc.oneof(fc.constant({ type: 'unchanged' } as const), fc.constant({ type: 'absent' } as const), {
    weight: 2,
    arbitrary: object.map((made) => ({ type: 'replaced', object: made }) as const),
  });
}

const world = fc.record({
  members: fc.tuple(held, held, held),
  cluster: fc.constantFrom(0, 1, 2),
  serviceExport: supposed(exported(fc.constant(null))),
  service: supposed(manifest),
  ipFamilyMode: fc.constantFrom('intersection' as const, 'union' as const),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** What the API server of a member makes of what is written there: the same completion, which is tested on its own. */
const stored = {
  services: (object: KubeObject, existing?: KubeObject) => completeService(object, existing),
  serviceexports: completeServiceExport(NOW),
};

function put(cluster: number, resource: MemberResource, object: KubeObject | undefined): MemberEvent {
  const change = { type: 'changed', cluster: CLUSTERS[cluster]!, resource } as const;
  return object === undefined
    ? { ...change, applied: [], deleted: [KEY] }
    : { ...change, applied: [object], deleted: [] };
}

/** The change is supposed, and then it happens. */
function run({ members, cluster, serviceExport: exportChange, service: serviceChange, ipFamilyMode }: World) {
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode });
  members.forEach((member, index) => {
    const id = CLUSTERS[index]!;
    view.apply({ type: 'registered', cluster: id, fingerprint: undefined });
    view.apply(put(index, 'serviceexports', member.serviceExport));
    view.apply(put(index, 'services', member.service && stored.services(member.service)));
    RESOURCES.forEach((resource) => view.apply({ type: 'synced', cluster: id, resource }));
  });
  const supposition = { cluster: CLUSTERS[cluster]!, serviceExport: exportChange, service: serviceChange };
  const foretold = view.suppose(KEY, { ...supposition, nowMs: NOW_MS });
  const held = members[cluster];
  const before = held.service && stored.services(held.service);
  view.apply(put(cluster, 'serviceexports', supposeObject(exportChange, held.serviceExport, stored.serviceexports)));
  view.apply(put(cluster, 'services', supposeObject(serviceChange, before, stored.services)));
  if (foretold === undefined) throw new Error('the member is registered');
  const context = { ...foretold, statusOf: () => undefined, nowMs: NOW_MS };
  return { foretold, happened: view.explain(KEY), context };
}

/** What anybody can see of a verdict, but for the order of ports, which means nothing. */
function visible({ exporters, merge }: KeyVerdict): unknown {
  return {
    rows: Object.fromEntries(
      exporters.map(({ exporter, validity }) => [exporter.cluster, { ...validity, inMerge: merge !== undefined }]),
    ),
    properties: merge?.properties,
  };
}

const sortedPorts = (text: string | undefined) => text?.split(', ').sort();

describe('a supposed change', () => {
  it('is judged as it is judged once it has happened', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { foretold, happened } = run(given);
        expect(foretold.after).toEqual(happened);
      }),
      { numRuns: 1000 },
    );
  });

  it('has consequences when and only when something differs', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { foretold, happened, context } = run(given);
        const { before, cluster } = foretold;
        const consequences = predictConsequences(before, happened, context);
        const fields = compareFields(before, happened, cluster).filter(
          (change) => change.field !== 'ports' || !deepEqual(sortedPorts(change.before), sortedPorts(change.after)),
        );
        const isSeen = fields.length > 0 || !deepEqual(visible(before), visible(happened));
        const own = (verdict: KeyVerdict) => {
          const constituent = constituentOf(verdict.merge, cluster);
          return constituent && { ...constituent, serviceExport: undefined };
        };
        if (isSeen) expect(consequences).not.toEqual([]);
        else if (deepEqual(own(before), own(happened))) expect(consequences).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('tells of a conflict if and only if one begins or the changed export begins to disagree', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { foretold, context } = run(given);
        const { before, after, cluster } = foretold;
        fc.pre(before.merge !== undefined && after.merge !== undefined);
        const was = new Map(before.merge.conflicts.map((property) => [property.reason, property.differing]));
        const begun = after.merge.conflicts
          .filter(({ reason, differing }) => {
            const earlier = was.get(reason);
            return earlier === undefined || (differing.includes(cluster) && !earlier.includes(cluster));
          })
          .map(({ reason }) => reason);
        const told = predictConsequences(before, after, context)
          .filter(({ type }) => type === 'conflict')
          .map(({ message }) => message.split(' ')[0]);
        expect(told.sort()).toEqual(begun.sort());
      }),
      { numRuns: 1000 },
    );
  });

  it('is told within the limits of a response, in the same bytes each time', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { foretold, context } = run(given);
        const texts = () => predictConsequences(foretold.before, foretold.after, context).map(({ message }) => message);
        expect(texts()).toEqual(texts());
        expect(new Set(texts()).size).toBe(texts().length);
        expect(texts().every((text) => /^[\x20-\x7e]{1,255}$/.test(text))).toBe(true);
        expect(texts().join('').length).toBeLessThanOrEqual(CONSEQUENCES_BYTES_MAX);
      }),
    );
  });
});
