import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { columns } from './columns.ts';

function cells(conditions: readonly object[]): Record<string, unknown> {
  const object: KubeObject = {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: {
      name: 'east.api',
      namespace: 'prod',
      labels: { 'clusterset-apiserver.dev/cluster': 'east' },
      annotations: { 'clusterset-apiserver.dev/export-name': 'api' },
    },
    status: { conditions: conditions as never },
  };
  return Object.fromEntries(columns.map((column) => [column.name, column.cell(object)]));
}

describe('columns of ServiceExports', () => {
  test('a valid export that agrees in a conflict', () => {
    const message = 'port http differs: using 80 of "west" (oldest export). This export agrees.';
    expect(
      cells([
        { type: 'Valid', status: 'True', reason: 'Valid' },
        { type: 'Conflict', status: 'True', reason: 'PortConflict,TypeConflict', message },
        { type: 'Ready', status: 'Unknown', reason: 'Pending' },
      ]),
    ).toEqual({
      Name: 'east.api',
      Cluster: 'east',
      Valid: 'True',
      Conflict: 'PortConflict,TypeConflict',
      Ready: 'Unknown',
      Age: { age: undefined },
      Export: 'api',
      Reason: '',
      Standing: 'agrees',
    });
  });

  test.each([
    ['This export is the winner.', 'winner'],
    ['This export differs.', 'differs'],
    ['Some other sentence.', ''],
    ['This export differs. And more.', ''],
  ])('a conflict message that ends with "%s" stands as "%s"', (message, standing) => {
    expect(cells([{ type: 'Conflict', status: 'True', reason: 'X', message }])).toMatchObject({ Standing: standing });
  });

  test('an invalid export tells why and has no conflict', () => {
    expect(cells([{ type: 'Valid', status: 'False', reason: 'NoService' }])).toMatchObject({
      Valid: 'False',
      Reason: 'NoService',
      Conflict: '',
      Ready: null,
      Standing: '',
    });
  });
});
