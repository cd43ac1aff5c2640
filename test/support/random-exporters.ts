import fc from 'fast-check';
import type { Exporter } from '../../src/clusterset/index.ts';
import { clusterId, service, serviceExport } from './clusterset-objects.ts';

const CLUSTERS = ['east', 'north', 'south', 'up', 'west'];

const port = fc.record(
  {
    name: fc.constantFrom('', 'http', 'web', 'grpc'),
    port: fc.constantFrom(80, 81, 82),
    protocol: fc.constantFrom('TCP', 'UDP'),
    appProtocol: fc.constantFrom('http', 'h2c'),
  },
  { requiredKeys: ['port'] },
);

/** A Service spec of any type that the rules look at. */
export const serviceSpec = fc.record(
  {
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
    clusterIP: fc.constantFrom('None', '10.0.0.1'),
    ports: fc.array(port, { maxLength: 3 }),
    sessionAffinity: fc.constantFrom('None', 'ClientIP'),
    sessionAffinityConfig: fc.constantFrom({ clientIP: { timeoutSeconds: 60 } }, { clientIP: {} }, {}),
    internalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
    trafficDistribution: fc.constantFrom('PreferClose', 'PreferSameZone', 'PreferSameNode'),
    ipFamilies: fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']),
  },
  { requiredKeys: [] },
);

const map = fc.dictionary(fc.constantFrom('a', 'b', 'kubernetes.io/x'), fc.constantFrom('1', '2'), { maxKeys: 2 });

/** An export of prod/api, valid or not. */
export function exporterOf(cluster: string): fc.Arbitrary<Exporter> {
  return fc
    .record({
      created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', null),
      hasService: fc.constantFrom(true, true, true, false),
      clusterSet: fc.constantFrom(undefined, 'blue', 'red'),
      spec: serviceSpec,
      selector: fc.constantFrom({}, { app: 'api' }),
      families: fc.uniqueArray(fc.constantFrom('IPv4' as const, 'IPv6' as const)),
      exported: fc.record({ exportedLabels: map, exportedAnnotations: map }, { requiredKeys: [] }),
    })
    .map(({ created, hasService, clusterSet, spec, selector, families, exported }) => ({
      cluster: clusterId(cluster),
      fingerprint: undefined,
      clockSkewSeconds: 0,
      serviceExport: serviceExport({ creationTimestamp: created, uid: cluster }, { spec: exported }),
      service: hasService ? service({ ...spec, selector }) : undefined,
      sliceFamilies: new Set(families),
      memberClusterSet: clusterSet,
      unknownContent: undefined,
      hasRow: true,
    }));
}

/** Exports of prod/api in some of five clusters; ages are often equal. */
export const exporters = fc
  .subarray(CLUSTERS, { minLength: 1 })
  .chain((clusters) => fc.tuple(...clusters.map((cluster) => exporterOf(cluster))));

export const options = fc.record({
  clusterSet: fc.constantFrom(undefined, 'blue'),
  ipFamilyMode: fc.constantFrom('intersection' as const, 'union' as const),
});
