import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customResourceDefinition, definitions } from '../../src/resources/index.ts';
import type { ResourceDefinition } from '../../src/resources/definition.ts';
import { section, tableRows } from '../golden/generated-block.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import type { CrdDifference } from './support/upstream-crds.ts';
import { crdDifferences, upstreamCrd } from './support/upstream-crds.ts';

const UPSTREAM: Readonly<Record<string, readonly [goModule: string, file: string]>> = {
  serviceexports: ['sigs.k8s.io/mcs-api', 'config/crd/multicluster.x-k8s.io_serviceexports.yaml'],
  serviceimports: ['sigs.k8s.io/mcs-api', 'config/crd/multicluster.x-k8s.io_serviceimports.yaml'],
  clusterprofiles: ['sigs.k8s.io/cluster-inventory-api', 'config/crd/bases/multicluster.x-k8s.io_clusterprofiles.yaml'],
};

const NONE = { conversion: { type: 'None' } } as const;

describe('our definitions beside those of upstream', () => {
  const compared = definitions.filter(({ resource }) => UPSTREAM[resource] !== undefined);

  it.each(compared)('$resource differs exactly as docs/crds.md says', (definition) => {
    const [goModule = '', file = ''] = UPSTREAM[definition.resource] ?? [];
    const found = crdDifferences(upstreamCrd(goModule, file), customResourceDefinition(definition, NONE));
    expect(found).toEqual(explainedDifferences(definition));
  });
});

it('a difference is noticed, once for all versions, with its place', () => {
  const [definition] = definitions;
  if (definition === undefined) throw new Error('no kind');
  const ours = customResourceDefinition(definition, NONE);
  const versions = definition.versions.map((version) => ({ ...version, schema: { type: 'object' } }));
  const changed = customResourceDefinition({ ...definition, versions, scope: 'Cluster' }, NONE);
  expect(crdDifferences(ours, changed)).toEqual([
    { path: 'spec.scope', upstream: '"Namespaced"', ours: '"Cluster"' },
    { path: 'spec.versions.*.schema.openAPIV3Schema.properties.spec', upstream: 'present', ours: 'absent' },
    { path: 'spec.versions.*.schema.openAPIV3Schema.properties.status', upstream: 'present', ours: 'absent' },
  ]);
});

function explainedDifferences({ resource }: ResourceDefinition): readonly CrdDifference[] {
  const rows = tableRows(section('docs/crds.md', 'Where they differ from upstream'));
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('`', '').replaceAll('\\|', '|')));
  return cells
    .filter(([kind]) => kind === resource)
    .map(([, path = '', upstream = '', ours = '']) => ({ path, upstream, ours }));
}

describe('a real kube-apiserver', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane(['solo']);
  });
  afterAll(() => controlPlane.stop());

  it.each(definitions)('accepts the definition of $resource without a complaint', async (definition) => {
    const kubectl = controlPlane.kubectl('solo');
    const crd = customResourceDefinition(definition, NONE);
    const applied = await kubectl.result(['apply', '--server-side', '-f', '-'], JSON.stringify(crd));
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    await kubectl('wait', '--for=condition=Established', 'crd', crd.metadata.name, '--timeout=30s');
    const { status } = await kubectl.json<{ status: { conditions: { type: string }[] } }>(
      ...['get', 'crd', crd.metadata.name],
    );
    const types = status.conditions.map(({ type }) => type);
    expect(types).not.toContain('NonStructuralSchema');
    expect(types).not.toContain('KubernetesAPIApprovalPolicyConformant=False');
  });

  it.each(['v1beta1', 'v1alpha1'])(
    'refuses a cluster that is listed twice in the status of an import: %s',
    async (version) => {
      const kubectl = controlPlane.kubectl('solo');
      const name = `twice-${version}`;
      const apiVersion = `multicluster.x-k8s.io/${version}`;
      const metadata = { name, namespace: 'default' };
      await kubectl.apply({ apiVersion, kind: 'ServiceImport', metadata, spec: { type: 'Headless', ports: [] } });
      const status = { clusters: [{ cluster: 'a' }, { cluster: 'b' }, { cluster: 'a' }] };
      const resource = `serviceimports.${version}.multicluster.x-k8s.io`;
      const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
      const refused = await kubectl.result(['patch', resource, name, ...patch]);
      expect(refused.stderr).toContain('status.clusters[2]: Duplicate value: {"cluster":"a"}');
    },
  );

  it('shows the columns of upstream', async () => {
    const kubectl = controlPlane.kubectl('solo');
    await kubectl.apply({
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceImport',
      metadata: { name: 'api', namespace: 'default' },
      spec: { type: 'ClusterSetIP', ips: ['10.0.0.1'], ports: [] },
    });
    const shown = await kubectl('get', 'serviceimports');
    expect(shown.split('\n')[0]).toMatch(/^NAME +TYPE +IP +AGE$/);
    expect(shown).toMatch(/^api +ClusterSetIP +\["10\.0\.0\.1"\] /m);
  });
});
