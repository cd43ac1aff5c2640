import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { namespace, service, serviceExport } from './support/objects.ts';

let set: TestClusterSet;

beforeAll(async () => {
  set = await startClusterSet(['east']);
  await set.member('east').apply(namespace('prod'));
  await set.member('east').apply(service('prod', 'api'));
  await set.member('east').apply(serviceExport('prod', 'api'));
  await set.startServer();
});

afterAll(() => set.stop());

it('answers kubectl get through the hub with what a member exports', async () => {
  const table = await eventually('the import', async () => {
    const text = await set.hub('get', 'serviceimports', '-n', 'prod');
    expect(text).toMatch(/api/);
    return text;
  });
  expect(table).toMatch(/NAME\s+TYPE\s+IP\s+CLUSTERS\s+CONFLICT\s+AGE/);
  expect(table).toMatch(/api\s+ClusterSetIP/);
});

it('is really our process that answers, not a CRD of the hub', async () => {
  const apiService = await set.hub.json<{ spec: { service?: { name: string } } }>(
    'get',
    'apiservice',
    'v1beta1.multicluster.x-k8s.io',
  );
  expect(apiService.spec.service?.name).toBe('clusterset-apiserver');
  await eventually('the request in our log', () => expect(set.server().output()).toMatch(/serviceimports/));
});

it('shows the export of the member under its cluster name', async () => {
  expect(await set.hub('get', 'serviceexports', '-n', 'prod', '-o', 'name')).toContain('east.api');
});
