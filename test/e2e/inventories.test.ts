import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customResourceDefinition } from '../../src/resources/index.ts';
import { clusterProfile } from '../../src/resources/cluster-profile/definition.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, NAMESPACE, program, runProgram } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { readMetrics } from './support/metrics.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { keyOf, viewOf } from './support/views.ts';

/** Writes an ExecCredential with the certificate of the cluster that its input names. */
const PLUGIN = `#!/usr/bin/env node
const { readFileSync } = require('node:fs');
const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
const read = (name) => readFileSync(spec.cluster.config.directory + '/' + name, 'utf8');
const status = { clientCertificateData: read('plugin.crt'), clientKeyData: read('plugin.key') };
process.stdout.write(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));
`;

let controlPlane: ControlPlane;
let set: TestClusterSet;

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** The clusters of which the hub shows an export. */
async function exporters(): Promise<readonly string[]> {
  return (await viewOf(set.hub).list('svcex')).map(keyOf).toSorted();
}

async function secret(at: string, more: Record<string, unknown>): Promise<void> {
  const [namespaceName = '', name = ''] = at.split('/');
  const { labels, ...rest } = more;
  const metadata = { name, namespace: namespaceName, labels };
  await set.hub.apply({ apiVersion: 'v1', kind: 'Secret', metadata, ...rest });
}

function property(name: string, value: string): object {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

/** Lets the server read one resource of a namespace, as docs/inventories.md says. */
async function letRead(resource: string, namespaceName: string): Promise<void> {
  const at = ['-n', namespaceName];
  await set.hub('create', 'role', 'clusterset-registrations', '--verb=list,watch', `--resource=${resource}`, ...at);
  const account = `--serviceaccount=${NAMESPACE}:clusterset-apiserver`;
  await set.hub('create', 'rolebinding', 'clusterset-registrations', '--role=clusterset-registrations', account, ...at);
}

function argoCdData(cluster: string): Record<string, string> {
  const { url, keys } = controlPlane.cluster(cluster);
  const tlsClientConfig = {
    caData: encoded(keys.ca),
    certData: encoded(keys.admin.cert),
    keyData: encoded(keys.admin.key),
  };
  return {
    name: encoded(cluster),
    server: encoded(url),
    config: encoded(JSON.stringify({ tlsClientConfig })),
  };
}

/** A profile of another manager, in a cluster that stores ClusterProfiles. */
async function profileOf(cluster: string, manager: string): Promise<void> {
  const { url, keys, directory } = controlPlane.cluster(cluster);
  await writeFile(join(directory, 'plugin.crt'), keys.admin.cert);
  await writeFile(join(directory, 'plugin.key'), keys.admin.key);
  const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { directory } }];
  const access = { server: url, 'certificate-authority-data': encoded(keys.ca), extensions };
  const profile = {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ClusterProfile',
    metadata: { name: cluster, namespace: 'fleet', labels: { 'x-k8s.io/cluster-manager': manager } },
    spec: { displayName: cluster, clusterManager: { name: manager } },
  };
  const inventory = set.member('fleet');
  await inventory.apply(profile);
  const status = { accessProviders: [{ name: 'files', cluster: access }], conditions: [] };
  const patch = JSON.stringify({ status });
  await inventory(
    'patch',
    'clusterprofile',
    cluster,
    '-n',
    'fleet',
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  );
}

async function writeConfig(): Promise<string> {
  const { directory } = controlPlane;
  const [plugin, providers, config] = ['plugin', 'providers.json', 'config.yaml'].map((name) => join(directory, name));
  await writeFile(plugin ?? '', PLUGIN);
  await chmod(plugin ?? '', 0o755);
  const execConfig = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: plugin,
    provideClusterInfo: true,
  };
  await writeFile(providers ?? '', JSON.stringify({ providers: [{ name: 'files', execConfig }] }));
  const members = {
    removalGraceSeconds: 1,
    // A start that waits for a member that is none does not come to an end.
    initialSyncSeconds: 600,
    argoCdNamespaces: ['argocd'],
    clusterApiNamespaces: ['capi'],
    profileNamespaces: ['fleet'],
    profileManagers: ['theirs'],
    profileKubeconfig: controlPlane.cluster('fleet').adminKubeconfig,
    accessProviders: providers,
    allowedPlugins: [plugin],
  };
  await writeFile(config ?? '', JSON.stringify({ members }));
  return config ?? '';
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east', 'west', 'north', 'fleet']);
  set = await installHub(controlPlane, 'hub');
  for (const member of ['east', 'west', 'north']) {
    const kubectl = set.member(member);
    for (const crd of memberDefinitions()) await kubectl.apply(crd);
    await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await kubectl.apply(namespace('prod'));
    await kubectl.apply(service('prod', 'api'));
    await kubectl.apply(serviceExport('prod', 'api'));
  }
  await set.member('fleet').apply(customResourceDefinition(clusterProfile, { conversion: { type: 'None' } }));
  await set.member('fleet')('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await set.member('fleet').apply(namespace('fleet'));
  for (const name of ['argocd', 'capi']) {
    await set.hub.apply(namespace(name));
    await letRead('secrets', name);
  }
  await set.startServer(['--config', await writeConfig()]);
});

afterAll(async () => {
  await set.stop();
  await controlPlane.stop();
});

describe('members that others wrote down', () => {
  it('come from Argo CD, Cluster API and the profiles of another manager', async () => {
    const label = { 'argocd.argoproj.io/secret-type': 'cluster' };
    await secret('argocd/cluster-east', { labels: label, data: argoCdData('east') });
    const inCluster = { name: encoded('in-cluster'), server: encoded('https://kubernetes.default.svc') };
    await secret('argocd/in-cluster', { labels: label, data: { ...inCluster, config: encoded('{}') } });
    const kubeconfig = await readFile(controlPlane.cluster('west').adminKubeconfig, 'utf8');
    await secret('capi/west-kubeconfig', {
      labels: { 'cluster.x-k8s.io/cluster-name': 'west' },
      type: 'cluster.x-k8s.io/secret',
      data: { value: encoded(kubeconfig) },
    });
    await profileOf('north', 'theirs');
    const all = ['prod/east.api', 'prod/north.api', 'prod/west.api'];
    await eventually('an export of each', async () => expect(await exporters()).toEqual(all));
  });

  it('are refused when their manager is not trusted, in words that name it', async () => {
    await profileOf('hub', 'somebody');
    await eventually('the refusal in the log', () => {
      expect(set.server().output()).toContain('its manager \\"somebody\\" is not trusted');
    });
    expect(await exporters()).toHaveLength(3);
  });

  it('are no members when they are refused, and hold up nobody', async () => {
    const config = encoded(JSON.stringify({ awsAuthConfig: { clusterName: 'eks-prod' } }));
    const data = { name: encoded('eks-prod'), server: encoded('https://192.0.2.1'), config };
    await secret('argocd/cluster-eks', { labels: { 'argocd.argoproj.io/secret-type': 'cluster' }, data });
    await eventually('the refusal in the log', () => expect(set.server().output()).toContain('awsAuthConfig needs'));
    await set.stopServer();
    await set.startServer(['--config', await writeConfig()]);
    const listed = await set.hub.result(['get', 'svcex', '-n', 'prod', '-o', 'name']);
    expect([listed.stdout.trim().split('\n').length, listed.stderr]).toEqual([3, '']);
    for (const absent of ['serviceimport', 'serviceexport']) {
      const { stderr } = await set.hub.result(['get', absent, 'nobody', '-n', 'prod']);
      expect(stderr).toContain('Error from server (NotFound)');
    }
    const profiles = await set.hub('get', 'clusterprofiles', '-n', NAMESPACE, '-o', 'name');
    expect(
      profiles
        .trim()
        .split('\n')
        .map((name) => name.split('/')[1]),
    ).toEqual(['east', 'north', 'west']);
    await set.hub.apply(property('east.cluster.clusterset.k8s.io', 'east'));
    await set.hub.apply(property('east.clusterset.k8s.io', 'prod'));
    const metrics = await readMetrics(set);
    for (const name of ['hub', 'eks-prod']) {
      expect(metrics).toMatch(new RegExp(`^clusterset_registration_refused\\{[^}]*name="${name}"`, 'm'));
    }
  });

  it('leave when their entry goes', async () => {
    await set.hub('delete', 'secret', 'west-kubeconfig', '-n', 'capi');
    await set.member('fleet')('delete', 'clusterprofile', 'north', '-n', 'fleet');
    await eventually('east alone', async () => expect(await exporters()).toEqual(['prod/east.api']));
  });
});

describe('the members commands', () => {
  const hubAt = (): readonly string[] => ['--kubeconfig', controlPlane.cluster('hub').adminKubeconfig];

  it('check a cluster before it is registered, register it, and list it', async () => {
    const west = controlPlane.cluster('west');
    const added = await program('members', 'add', 'west', ...hubAt(), '--member-kubeconfig', west.adminKubeconfig);
    expect(added).toContain(`[ok]      reachable: ${west.url} answers`);
    expect(added).toMatch(/Secret clusterset-system\/west created/);
    const listed = await program('members', 'list', ...hubAt());
    expect(listed).toMatch(new RegExp(`^west +${west.url}`, 'm'));
    await eventually('the member to take part', async () => expect(await exporters()).toContain('prod/west.api'));
  });

  it('say of each registered member what is wrong, and end with 3 if one cannot be used', async () => {
    const good = await runProgram(['members', 'check', ...hubAt()]);
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('[ok]      rights:')]);
    const dead = {
      'current-context': 'x',
      clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'x', user: { token: 'mArKeR-t0ken' } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    };
    await secret(`${NAMESPACE}/dead`, {
      labels: { 'sigs.k8s.io/multicluster-runtime-kubeconfig': 'true' },
      data: { kubeconfig: encoded(JSON.stringify(dead)) },
    });
    const bad = await runProgram(['members', 'check', ...hubAt()]);
    expect(bad.code).toBe(3);
    expect(bad.stdout).toMatch(/^dead\n {2}\[refused\] reachable: .*127\.0\.0\.1:1/m);
    expect(bad.stdout + bad.stderr).not.toContain('mArKeR');
    const one = await runProgram(['members', 'check', 'west', ...hubAt(), '-o', 'json']);
    expect(JSON.parse(one.stdout)).toMatchObject({ members: [{ name: 'west' }] });
  });

  it('refuse what would break something, and change nothing', async () => {
    const west = controlPlane.cluster('west').adminKubeconfig;
    const again = await runProgram(['members', 'add', 'west', ...hubAt(), '--member-kubeconfig', west]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is registered already; --replace')]);
    await eventually('the cluster to be known by its name', async () => {
      const other = await runProgram(['members', 'add', 'west-again', ...hubAt(), '--member-kubeconfig', west]);
      expect([other.code, other.stdout]).toEqual([
        2,
        expect.stringMatching(/\[refused\] identity: it is the same cluster as member "west" /),
      ]);
    });
    const check = ['members', 'check', 'west-again', ...hubAt(), '--member-kubeconfig', west];
    expect(await runProgram(check)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('as member "west"') as string,
    });
    const unknown = await runProgram(['members', 'remove', 'nobody', ...hubAt()]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('registers a member nobody')]);
    const reserved = await runProgram(['members', 'add', 'cluster', ...hubAt(), '--member-kubeconfig', west]);
    expect([reserved.code, reserved.stderr]).toEqual([2, expect.stringContaining('is reserved')]);
  });

  it('remove a registration', async () => {
    await program('members', 'remove', 'dead', ...hubAt());
    expect(await program('members', 'remove', 'west', ...hubAt())).toContain('Secret clusterset-system/west removed');
    await eventually('west to be gone', async () => expect(await exporters()).toEqual(['prod/east.api']));
  });
});
