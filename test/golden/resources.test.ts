import { describe, test } from 'vitest';
import { stringify as stringifyYaml } from 'yaml';
import type { KubeObject } from '../../src/kube/object.ts';
import type { ResourceDefinition } from '../../src/resources/definition.ts';
import { definitions, memberReadRules, viewRules } from '../../src/resources/index.ts';
import { expectGolden } from './golden.ts';

const created = '2026-01-05T10:00:00Z';
const conflict =
  'port http differs: using 80 of "east" (oldest export, 2026-01-05T10:00:00Z); 1 of 2 clusters differ: west.';

const samples: Readonly<Record<string, readonly object[]>> = {
  serviceimports: [
    { metadata: { name: 'bare', namespace: 'prod' } },
    {
      metadata: { name: 'api', namespace: 'prod', creationTimestamp: created },
      spec: {
        type: 'ClusterSetIP',
        ips: ['10.0.0.1', 'fd00::1'],
        ports: [
          { name: 'http', port: 80, protocol: 'TCP' },
          { name: 'grpc', port: 9000, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
        ],
      },
      status: {
        clusters: [{ cluster: 'east' }, { cluster: 'west' }],
        conditions: [
          { type: 'clusterset-apiserver.dev/Conflict', status: 'True', reason: 'PortConflict,LabelsConflict' },
        ],
      },
    },
    {
      metadata: { name: 'db', namespace: 'prod', creationTimestamp: created },
      spec: { type: 'Headless', ports: [] },
      status: { clusters: Array.from({ length: 50 }, (_, index) => ({ cluster: `member-${index}` })) },
    },
  ],
  serviceexports: [
    exportOf('east', [
      { type: 'Valid', status: 'True', reason: 'Valid' },
      { type: 'Conflict', status: 'True', reason: 'PortConflict', message: `${conflict} This export is the winner.` },
      { type: 'Ready', status: 'True', reason: 'Exported' },
    ]),
    exportOf('west', [
      { type: 'Valid', status: 'True', reason: 'Valid' },
      { type: 'Conflict', status: 'True', reason: 'PortConflict', message: `${conflict} This export differs.` },
      { type: 'Ready', status: 'Unknown', reason: 'Pending' },
    ]),
    exportOf('north', [{ type: 'Valid', status: 'False', reason: 'NoService' }]),
  ],
  clusterprofiles: [
    { metadata: { name: 'bare', namespace: 'clusterset-system' } },
    {
      metadata: { name: 'east', namespace: 'clusterset-system', creationTimestamp: created },
      spec: { displayName: 'east', clusterManager: { name: 'clusterset-apiserver' } },
      status: {
        version: { kubernetes: 'v1.36.4' },
        conditions: [
          { type: 'ControlPlaneHealthy', status: 'Unknown', reason: 'MemberUnreachable' },
          { type: 'Joined', status: 'True', reason: 'Registered' },
        ],
        properties: [
          { name: 'cluster.clusterset.k8s.io', value: 'east' },
          { name: 'clusterset.k8s.io', value: 'prod' },
        ],
        accessProviders: [
          { name: 'a', cluster: { server: 'https://east.example.com:6443' } },
          { name: 'b', cluster: { server: 'https://east.example.com:6443' } },
          { name: 'c', cluster: { server: 'https://proxy.example.com/clusters/east' } },
        ],
      },
    },
  ],
};

function exportOf(cluster: string, conditions: readonly object[]): object {
  return {
    metadata: {
      name: `${cluster}.api`,
      namespace: 'prod',
      creationTimestamp: created,
      labels: { 'clusterset-apiserver.dev/cluster': cluster },
      annotations: { 'clusterset-apiserver.dev/export-name': 'api' },
    },
    status: { conditions },
  };
}

/** The columns with their descriptions, then one line per sample as `kubectl get -o wide` has the cells. */
function tableText(definition: ResourceDefinition, objects: readonly object[]): string {
  const header = definition.columns.map(({ name, type, format, priority, description }) =>
    [`${name}:`, type, format === '' ? '' : `(${format})`, priority === 0 ? '' : 'wide', '-', description]
      .filter((part) => part !== '')
      .join(' '),
  );
  const rows = objects.map((fields) => {
    const object = { apiVersion: `g/${definition.storageVersion}`, kind: definition.kind, ...fields } as KubeObject;
    return definition.columns.map((column) => JSON.stringify(column.cell(object) ?? null)).join(' | ');
  });
  return [...header, '', ...rows].join('\n');
}

describe('what follows from the definitions', () => {
  test.each(definitions)('columns of $resource', (definition) => {
    expectGolden(`columns-${definition.resource}`, tableText(definition, samples[definition.resource] ?? []));
  });

  test('RBAC rules for readers and for our account in members', () => {
    const apiGroups = { multicluster: 'multicluster.x-k8s.io', about: 'about.k8s.io' };
    const rules = { view: viewRules(definitions, apiGroups), member: memberReadRules() };
    expectGolden('rbac', stringifyYaml(rules));
  });
});
