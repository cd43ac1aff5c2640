import { expect, test } from 'vitest';
import type { KubeObject } from '../../../kube/object.ts';
import { columns, rows } from './columns.ts';

const PROVENANCE: KubeObject = {
  apiVersion: 'clusterset-apiserver.dev/v1alpha1',
  kind: 'ServiceImportProvenance',
  metadata: { name: 'api', namespace: 'prod' },
  exports: [
    {
      cluster: 'east',
      valid: 'True',
      standing: 'Winner',
      differsIn: [],
      type: 'ClusterSetIP',
      ports: ['http TCP/80', 'grpc TCP/9000'],
      creationTimestamp: '2026-01-05T10:00:00Z',
      reason: 'Valid',
      member: { phase: 'live', lastContactTime: '2026-01-05T12:00:00Z' },
    },
    { cluster: 'west', valid: 'False', standing: 'NotCounted', differsIn: [], reason: 'NoService' },
    {},
  ],
};

test('a provenance is a table of its exports', () => {
  expect(columns.map(({ name, priority }) => (priority === 0 ? name : `(${name})`))).toEqual([
    ...['Cluster', 'Valid', 'Standing', 'Differs', 'Type', 'Ports', 'Member', 'Age'],
    ...['(Reason)', '(Last Contact)'],
  ]);
  expect(rows(PROVENANCE)).toEqual([
    [
      ...['east', 'True', 'Winner', '', 'ClusterSetIP', 'http TCP/80,grpc TCP/9000', 'live'],
      ...[{ age: '2026-01-05T10:00:00Z' }, '', '2026-01-05T12:00:00Z'],
    ],
    ['west', 'False', 'NotCounted', '', null, null, null, { age: undefined }, 'NoService', null],
    ['', null, null, null, null, null, null, { age: undefined }, '', null],
  ]);
  for (const row of rows(PROVENANCE)) expect(row).toHaveLength(columns.length);
});
