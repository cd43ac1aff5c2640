import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { columns } from './columns.ts';

function cells(fields: object): Record<string, unknown> {
  const object: KubeObject = {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    metadata: { name: 'api', namespace: 'prod', creationTimestamp: '2026-01-05T10:00:00Z' },
    ...fields,
  };
  return Object.fromEntries(columns.map((column) => [column.name, column.cell(object)]));
}

describe('columns of ServiceImports', () => {
  test('a merged service with a conflict', () => {
    expect(
      cells({
        spec: {
          type: 'ClusterSetIP',
          ips: ['10.0.0.1', 'fd00::1'],
          ports: [
            { name: 'http', port: 80, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
            { name: '', port: 9 },
          ],
        },
        status: {
          clusters: [{ cluster: 'east' }, { cluster: 'west' }],
          conditions: [{ type: 'clusterset-apiserver.dev/Conflict', status: 'True', reason: 'PortConflict' }],
        },
      }),
    ).toEqual({
      Name: 'api',
      Type: 'ClusterSetIP',
      IP: '["10.0.0.1","fd00::1"]',
      Clusters: 'east,west',
      Conflict: 'PortConflict',
      Age: { age: '2026-01-05T10:00:00Z' },
      Ports: 'http:80/TCP,53/UDP,9/TCP',
      Winner: 'east',
    });
  });

  test('an object without spec and status has blank cells', () => {
    expect(cells({})).toMatchObject({ Type: null, IP: null, Clusters: '', Conflict: '', Ports: '', Winner: null });
  });

  test('odd values show that they are odd and throw nothing', () => {
    const odd = {
      spec: { ports: [7, {}], ips: 'x' },
      status: { clusters: [null, { cluster: 1 }, { cluster: 'east' }] },
    };
    expect(cells(odd)).toMatchObject({ Ports: '?,?/TCP', IP: '"x"', Clusters: 'east', Winner: 'east' });
  });

  test('200 clusters and 100 ports stay readable', () => {
    const clusters = Array.from({ length: 200 }, (_, index) => ({ cluster: `cluster-${index}` }));
    const ports = Array.from({ length: 100 }, (_, index) => ({ name: `port-${index}`, port: 8000 + index }));
    expect(cells({ spec: { ports }, status: { clusters } })).toMatchObject({
      Clusters: 'cluster-0,cluster-1,cluster-2,cluster-3,+196',
      Ports: 'port-0:8000/TCP,port-1:8001/TCP,port-2:8002/TCP,+97',
    });
  });
});
