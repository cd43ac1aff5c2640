import { describe, expect, it } from 'vitest';
import type { SubresourceRequest } from '../../../apiservice/types.ts';
import { clusterId, ports, service, serviceExport } from '../../../test/support/clusterset-objects.ts';
import { statusOf } from '../../../test/support/consequences.ts';
import { createClusterSetView } from '../../clusterset/index.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { MemberResource } from '../../kube/member-event.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../../kube/object.ts';
import { createForecast, createPrediction } from './forecast.ts';
import { createSimulationAnswers } from './simulation-answers.ts';

const NOW_MS = Date.UTC(2026, 0, 9, 15);
const MANIFEST = { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata: { name: 'api' } };
const SERVICE = { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ name: 'http', port: 8080 }] } };
const REQUEST: SubresourceRequest = {
  resource: 'serviceimports',
  subresource: 'simulation',
  namespace: 'prod',
  name: 'api',
  query: new URLSearchParams(),
  user: { name: 'jane', uid: '', groups: [], extra: {} },
};

/** east exports http TCP/80, west exports nothing; north is registered and was not started yet. */
function createWorld() {
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  const objects: Partial<Record<string, Partial<Record<MemberResource, readonly KubeObject[]>>>> = {
    east: { serviceexports: [serviceExport()], services: [service({ ports: ports('http TCP/80') })] },
    west: {},
  };
  for (const [name, held] of Object.entries(objects)) {
    const cluster = clusterId(name);
    view.apply({ type: 'registered', cluster, fingerprint: undefined });
    for (const resource of ['namespaces', 'clusterproperties', 'services', 'serviceexports'] as const) {
      view.apply({ type: 'changed', cluster, resource, applied: held?.[resource] ?? [], deleted: [] });
      if (resource !== 'namespaces') view.apply({ type: 'synced', cluster, resource });
    }
  }
  return { view, statusOf: (cluster: string) => statusOf(cluster, {}), clock: () => NOW_MS };
}

function simulate(spec: unknown, more: JsonObject = {}): JsonObject {
  const world = createWorld();
  const answers = createSimulationAnswers({
    forecast: createForecast(world),
    findMember: (name) => ['east', 'north', 'west'].map(clusterId).find((cluster) => cluster === name),
    servedGroup: 'multicluster.clusterset-apiserver.dev',
  });
  const answer: unknown = answers.create?.(REQUEST, { ...more, spec } as JsonObject);
  if (!isJsonObject(answer)) throw new Error('no answer');
  return answer;
}

function refusal(spec: unknown, more: JsonObject = {}): { readonly code: number; readonly message: string } {
  try {
    simulate(spec, more);
  } catch (error) {
    if (error instanceof ApiStatusError) return { code: error.status.code, message: error.message };
    throw error;
  }
  throw new Error('it was answered');
}

describe('a simulation', () => {
  it('answers with the import before and after, what differs, and the consequences', () => {
    const spec = { cluster: 'west', serviceExport: { object: MANIFEST }, service: { object: SERVICE } };
    expect(simulate(spec)).toEqual({
      metadata: { name: 'api', namespace: 'prod' },
      spec,
      status: {
        before: {
          type: 'ClusterSetIP',
          ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
          clusters: ['east'],
          winner: 'east',
          conflicts: [],
        },
        after: {
          type: 'ClusterSetIP',
          ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
          clusters: ['east', 'west'],
          winner: 'east',
          conflicts: ['PortConflict'],
        },
        changes: [
          { field: 'export', before: undefined, after: 'Valid' },
          { field: 'clusters', before: 'east', after: 'east, west' },
          { field: 'conflicts', before: 'none', after: 'PortConflict' },
        ],
        consequences: [
          { type: 'conflict', message: 'PortConflict expected: http is TCP/80 in east (oldest), TCP/8080 here' },
          { type: 'notice', message: 'prod/api is also exported by east: same name means same service' },
          {
            type: 'notice',
            message:
              'this export of prod/api is the youngest: it may add ports and change IP families, east (oldest) decides the rest',
          },
        ],
      },
    });
  });

  it('of what takes the last export away has no import afterwards', () => {
    expect(simulate({ cluster: 'east', serviceExport: { absent: true } })['status']).toMatchObject({
      before: { winner: 'east' },
      consequences: [{ type: 'removal' }],
    });
    expect(simulate({ cluster: 'east', service: { absent: true } })['status']).not.toHaveProperty('after');
  });

  it('takes an export in each version, in the upstream group and in the one that is served', () => {
    for (const apiVersion of ['multicluster.x-k8s.io/v1alpha1', 'multicluster.clusterset-apiserver.dev/v1alpha2']) {
      const spec = { cluster: 'west', serviceExport: { object: { ...MANIFEST, apiVersion } } };
      expect(simulate(spec)['status']).toMatchObject({ consequences: [{ type: 'invalid' }] });
    }
  });

  it('passes over the age of a manifest, which no API server takes from it', () => {
    const object = { ...MANIFEST, metadata: { name: 'api', creationTimestamp: '2001-01-01T00:00:00Z' } };
    const spec = { cluster: 'west', serviceExport: { object }, service: { object: SERVICE } };
    expect(simulate(spec)['status']).toMatchObject({ after: { winner: 'east' } });
  });

  const exported = { cluster: 'west', serviceExport: { object: MANIFEST } };
  it.each([
    [{ serviceExport: { absent: true } }, 'spec.cluster: Required value: names the member cluster of the change'],
    [{ cluster: 'west' }, 'spec: Required value: at least one of serviceExport and service must be supposed'],
    [{ ...exported, cluster: 'nobody' }, 'spec.cluster: Invalid value: "nobody": no member cluster has this name'],
    [{ ...exported, cluster: 7 }, 'spec.cluster: Invalid value: 7: must be a string'],
    [{ cluster: 'west', serviceExport: {} }, 'spec.serviceExport.object: Required value: unless absent is true'],
    [{ cluster: 'west', service: 'x' }, 'spec.service: Invalid value: "x": must be an object'],
    [{ cluster: 'west', service: { absent: 'x' } }, 'spec.service.absent: Invalid value: "x": must be a boolean'],
    [{ cluster: 'west', service: { object: 'x' } }, 'spec.service.object: Invalid value: "x": must be an object'],
    [
      { cluster: 'west', service: { absent: true, object: SERVICE } },
      'spec.service.object: Forbidden: may not be given when absent is true',
    ],
    [
      { cluster: 'west', service: { object: { ...SERVICE, apiVersion: 'v2' } } },
      'spec.service.object.apiVersion: Unsupported value: "v2": supported values: "v1"',
    ],
    [
      { cluster: 'west', service: { object: { ...SERVICE, kind: 'Pod' } } },
      'spec.service.object.kind: Unsupported value: "Pod": supported values: "Service"',
    ],
    [
      { cluster: 'west', serviceExport: { object: { ...MANIFEST, metadata: { name: 'web', namespace: 'test' } } } },
      '[spec.serviceExport.object.metadata.name: Invalid value: "web": must be api, as in the path, ' +
        'spec.serviceExport.object.metadata.namespace: Invalid value: "test": must be prod, as in the path]',
    ],
    [
      { cluster: 'west', service: { object: { ...SERVICE, spec: { ports: [{ port: 0 }] } } } },
      'spec.service.object: Invalid value: "Service prod/api": spec.ports[0] is malformed',
    ],
    ['x', 'spec: Invalid value: "x": must be an object'],
  ])('of %j is refused', (spec, message) => {
    expect(refusal(spec)).toEqual({
      code: 422,
      message: `ServiceImportSimulation.clusterset-apiserver.dev "api" is invalid: ${message}`,
    });
  });

  it('has the name of its path', () => {
    expect(refusal(exported, { metadata: { name: 'web' } }).message).toContain('metadata.name: Invalid value: "web"');
    expect(() => simulate(exported, { metadata: { name: 'api', namespace: 'prod' } })).not.toThrow();
  });

  it('waits for a member that was registered a moment ago', () => {
    expect(refusal({ ...exported, cluster: 'north' })).toEqual({ code: 503, message: 'member north was not read yet' });
  });
});

describe('a prediction for admission rules', () => {
  const TELLING = { namesOthers: true };
  const user = REQUEST.user;
  const circumstances = { cluster: clusterId('west'), subresource: '', requestVersion: 'v1beta1', dryRun: true, user };

  it('tells what creating an export brings about, but not what rules see themselves', () => {
    const object = serviceExport({ creationTimestamp: null });
    const predict = createPrediction(createWorld());
    expect(predict({ operation: 'CREATE', object, oldObject: undefined, ...circumstances }, TELLING)).toEqual([]);
    const east = { ...circumstances, cluster: clusterId('east') };
    const changed = serviceExport({}, { spec: { exportedLabels: { tier: 'gold' } } });
    expect(predict({ operation: 'UPDATE', object: changed, oldObject: serviceExport(), ...east }, TELLING)).toEqual([
      'changes labels of prod/api in 2 clusters: tier=gold instead of none; this export is the oldest',
    ]);
    expect(predict({ operation: 'DELETE', object: undefined, oldObject: serviceExport(), ...east }, TELLING)).toEqual([
      'last exporter: imports and VIPs of prod/api in 2 clusters will be deleted',
    ]);
  });

  it('tells what a change of an exported Service and its deletion bring about', () => {
    const predict = createPrediction(createWorld());
    const east = { ...circumstances, cluster: clusterId('east') };
    const changed = service({ clusterIP: 'None', ports: ports('http TCP/80') });
    expect(predict({ operation: 'UPDATE', object: changed, oldObject: service(), ...east }, TELLING)).toEqual([
      'prod/api becomes Headless in 2 clusters, its VIPs go: this export is the oldest',
    ]);
    expect(predict({ operation: 'DELETE', object: undefined, oldObject: service(), ...east }, TELLING)).toEqual([
      'prod/api will not be exported from east (NoService): No Service "prod/api" in cluster "east".',
      'last exporter: imports and VIPs of prod/api in 2 clusters will be deleted',
    ]);
  });

  it('says nothing of a member that is not known', () => {
    const nobody = { ...circumstances, cluster: clusterId('nobody') };
    const predict = createPrediction(createWorld());
    expect(predict({ operation: 'CREATE', object: serviceExport(), oldObject: undefined, ...nobody }, TELLING)).toEqual(
      [],
    );
  });
});
