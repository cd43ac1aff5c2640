import type { DriftRequest } from './drift-request.ts';
import {
  EXPORTS,
  IMPORTS,
  JSON_PATCH,
  LEASES,
  mcs,
  MERGE,
  PROPERTIES,
  SLICES,
  STRATEGIC,
  withSpec,
} from './drift-request.ts';

/** Custom kinds, served from CustomResourceDefinitions in a real cluster. */
export const CUSTOM: readonly DriftRequest[] = [
  {
    title: 'create an export',
    method: 'POST',
    path: EXPORTS,
    body: mcs('ServiceExport', 'api', { spec: { exportedLabels: { team: 'shop' } } }),
    keep: 'export',
  },
  { title: 'create an export again', method: 'POST', path: EXPORTS, body: mcs('ServiceExport', 'api') },
  {
    title: 'unknown fields of an export are dropped',
    method: 'POST',
    path: EXPORTS,
    body: mcs('ServiceExport', 'odd', { spec: { surprise: 1 }, extra: true }),
  },
  {
    title: 'an export with a wrong type',
    method: 'POST',
    path: EXPORTS,
    body: mcs('ServiceExport', 'bad', { spec: { exportedLabels: { team: 5 } } }),
  },
  {
    title: 'unknown fields of an export, strictly',
    method: 'POST',
    path: `${EXPORTS}?fieldValidation=Strict`,
    body: mcs('ServiceExport', 'strict', { spec: { surprise: 1 } }),
    textsDiffer: true,
  },
  {
    title: 'replace a collection of exports',
    method: 'PUT',
    path: EXPORTS,
    body: mcs('ServiceExport', 'api'),
    textsDiffer: true,
  },
  { title: 'read an export in another version', method: 'GET', path: `${EXPORTS.replace('v1beta1', 'v1alpha1')}/api` },
  {
    title: 'replace an export without a resourceVersion',
    method: 'PUT',
    path: `${EXPORTS}/api`,
    body: mcs('ServiceExport', 'api'),
  },
  {
    title: 'replace an export',
    method: 'PUT',
    path: `${EXPORTS}/api`,
    bodyFrom: ({ export: object }) => withSpec(object, { exportedAnnotations: { note: 'x' } }),
    keep: 'export',
  },
  {
    title: 'a status with the object is dropped',
    method: 'PATCH',
    path: `${EXPORTS}/api`,
    contentType: MERGE,
    body: { status: { conditions: [] } },
  },
  {
    title: 'the status through its own path',
    method: 'PATCH',
    path: `${EXPORTS}/api/status`,
    contentType: MERGE,
    body: {
      spec: { exportedLabels: { ignored: 'yes' } },
      status: {
        conditions: [
          { type: 'Valid', status: 'True', reason: 'Valid', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
    },
  },
  { title: 'read the status', method: 'GET', path: `${EXPORTS}/api/status` },
  {
    title: 'JSON patch of an export',
    method: 'PATCH',
    path: `${EXPORTS}/api`,
    contentType: JSON_PATCH,
    body: [
      { op: 'test', path: '/metadata/name', value: 'api' },
      { op: 'add', path: '/metadata/labels', value: { team: 'shop' } },
      { op: 'replace', path: '/metadata/labels/tier', value: 'front' },
    ],
  },
  {
    title: 'JSON patch that gives an export another name',
    method: 'PATCH',
    path: `${EXPORTS}/api`,
    contentType: JSON_PATCH,
    body: [{ op: 'replace', path: '/metadata/name', value: 'other' }],
  },
  {
    title: 'JSON patch that is no list',
    method: 'PATCH',
    path: `${EXPORTS}/api`,
    contentType: JSON_PATCH,
    body: {},
  },
  {
    title: 'JSON patch of which a test fails',
    textsDiffer: true,
    method: 'PATCH',
    path: `${EXPORTS}/api`,
    contentType: JSON_PATCH,
    body: [{ op: 'test', path: '/metadata/name', value: 'other' }],
  },
  {
    title: 'strategic merge patch of a custom kind',
    textsDiffer: true,
    method: 'PATCH',
    path: `${EXPORTS}/api`,
    contentType: STRATEGIC,
    body: {},
  },
  {
    title: 'create an import',
    method: 'POST',
    path: IMPORTS,
    body: mcs('ServiceImport', 'api', {
      spec: { type: 'ClusterSetIP', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    }),
  },
  {
    title: 'create a property',
    method: 'POST',
    path: PROPERTIES,
    body: {
      apiVersion: 'about.k8s.io/v1beta1',
      kind: 'ClusterProperty',
      metadata: { name: 'cluster.clusterset.k8s.io' },
      spec: { value: 'drift' },
    },
  },
  { title: 'list properties', method: 'GET', path: PROPERTIES },
];

export const OTHER_BUILT_IN: readonly DriftRequest[] = [
  {
    title: 'create a lease',
    method: 'POST',
    path: LEASES,
    body: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lock' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15 },
    },
  },
  {
    title: 'replace a lease without a resourceVersion',
    method: 'PUT',
    path: `${LEASES}/lock`,
    body: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lock' },
      spec: { holderIdentity: 'b' },
    },
  },
  {
    title: 'a lease of no duration',
    method: 'POST',
    path: LEASES,
    body: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'zero' },
      spec: { leaseDurationSeconds: 0 },
    },
  },
  {
    title: 'create an endpoint slice',
    method: 'POST',
    path: SLICES,
    body: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.2.3'] }],
      ports: [{ name: 'http', port: 80 }],
    },
  },
  {
    title: 'an endpoint slice without a family',
    method: 'POST',
    path: SLICES,
    body: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'bad' },
      endpoints: [],
    },
  },
];
