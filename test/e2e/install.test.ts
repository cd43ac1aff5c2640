import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { createKubectl, startControlPlane } from '../support/control-plane/index.ts';
import { program, runProgram } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';

let controlPlane: ControlPlane;
let hub: string;
let member: string;

const OURS = ['apiservice', 'clusterrole', 'clusterrolebinding', 'priorityclass'];
const OURS_IN_NAMESPACES = ['role', 'rolebinding', 'service', 'deployment', 'networkpolicy', 'serviceaccount'];
const LABEL = 'app.kubernetes.io/managed-by=clusterset-apiserver-install';

async function installedObjects(): Promise<string[]> {
  const list = await controlPlane.kubectl('hub')(
    ...['get', [...OURS, ...OURS_IN_NAMESPACES].join(','), '-A', '-l', LABEL, '-o', 'name'],
  );
  return list.split('\n').filter((line) => line !== '');
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east']);
  hub = controlPlane.cluster('hub').adminKubeconfig;
  member = controlPlane.cluster('east').adminKubeconfig;
  for (const crd of memberDefinitions()) await controlPlane.kubectl('east').apply(crd);
  await controlPlane.kubectl('east')('wait', '--for=condition=Established', 'crd', '--all');
});

afterAll(() => controlPlane.stop());

describe('install on a hub', () => {
  it('changes nothing in a dry run', async () => {
    const printed = await program('install', '--kubeconfig', hub, '--dry-run');
    expect(printed).toContain('APIService v1beta1.multicluster.x-k8s.io created (dry run)');
    expect(await installedObjects()).toEqual([]);
  });

  it('prints manifests that a stock kubectl accepts', async () => {
    const text = await program('install', '-o', 'yaml');
    const result = await controlPlane.kubectl('hub').result(['create', '--dry-run=client', '-f', '-'], text);
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain('apiservice.apiregistration.k8s.io/v1beta1.multicluster.x-k8s.io');
  });

  it('has the same as plain manifests for kubectl apply -k', async () => {
    const directory = new URL('../../deploy/hub', import.meta.url).pathname;
    const printed = await controlPlane.kubectl('hub')('apply', '-k', directory, '--dry-run=client', '-o', 'name');
    const generated = await program('install', '-o', 'yaml');
    expect(printed.trim().split('\n')).toHaveLength(generated.split('---\n').length);
  });

  it('opens the port for webhooks of members by the overlay that the documentation shows', async () => {
    const text = await readFile(new URL('../../docs/topology.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    const files = ['config.yaml', 'webhooks-service.yaml', 'kustomization.yaml'];
    expect(blocks).toHaveLength(files.length);
    const directory = join(controlPlane.directory, 'overlay');
    await cp(new URL('../../deploy/hub', import.meta.url), join(controlPlane.directory, 'deploy', 'hub'), {
      recursive: true,
    });
    await mkdir(directory);
    await Promise.all(files.map((file, index) => writeFile(join(directory, file), blocks[index] ?? '')));
    const kubectl = controlPlane.kubectl('hub');
    const printed = parseAllDocuments(await kubectl('kustomize', directory)).map(
      (document) => document.toJS() as object,
    );
    const find = (kind: string): unknown => printed.find((object) => 'kind' in object && object.kind === kind);
    expect(find('NetworkPolicy')).toMatchObject({ spec: { ingress: [{ ports: [{ port: 6443 }, { port: 8443 }] }] } });
    const mounted = { volumeMounts: [{ mountPath: '/etc/clusterset' }] };
    const args = expect.arrayContaining(['--config=/etc/clusterset/config.yaml']) as unknown;
    expect(find('Deployment')).toMatchObject({ spec: { template: { spec: { containers: [{ args, ...mounted }] } } } });
    const { data } = find('ConfigMap') as { data: Record<string, string> };
    const config = join(directory, 'config.yaml');
    expect(data['config.yaml']).toBe(await readFile(config, 'utf8'));
    // It starts with that file, and fails only for want of a hub.
    const started = await runProgram(['serve', '--config', config, '--kubeconfig', '/no/such/file']);
    expect(started).toMatchObject({ code: 2, stderr: expect.stringContaining('/no/such/file') as string });
    await kubectl('apply', '-k', directory, '--dry-run=client');
  });

  it('applies everything, and a second run changes nothing', async () => {
    await program('install', '--kubeconfig', hub);
    const objects = await installedObjects();
    expect(objects).toContain('deployment.apps/clusterset-apiserver');
    const again = await program('install', '--kubeconfig', hub);
    expect(again).not.toMatch(/^[A-Z]\w+ \S+ (created|configured)$/m);
    expect(await installedObjects()).toEqual(objects);
  });

  it('says in a dry run what another image would change, and nothing else', async () => {
    const printed = await program('install', '--kubeconfig', hub, '--image', 'example.com/other:2', '--dry-run');
    const changes = printed.split('\n').filter((line) => /^[A-Z]\w+ \S+ (created|configured|removed)/.test(line));
    expect(changes).toEqual(['Deployment clusterset-system/clusterset-apiserver configured (dry run)']);
  });

  it('replaces the image when it is run again, and nothing else', async () => {
    const printed = await program('install', '--kubeconfig', hub, '--image', 'example.com/other:2');
    expect(printed.match(/^[A-Z].* (configured|removed)$/gm)).toEqual([
      'Deployment clusterset-system/clusterset-apiserver configured',
    ]);
    const path = '{.spec.template.spec.containers[*].image}';
    const hubctl = controlPlane.kubectl('hub');
    const place = ['-n', 'clusterset-system', 'deployment', 'clusterset-apiserver'];
    expect(await hubctl('get', ...place, '-o', `jsonpath=${path}`)).toBe('example.com/other:2');
  });

  it('removes what the other way of serving needed when it is run again', async () => {
    const hubctl = controlPlane.kubectl('hub');
    const args = ['install', '--kubeconfig', hub];
    const file = join(controlPlane.directory, 'external.kubeconfig');
    const outside = await program(...args, '--external-address', '192.0.2.7:8443', '--write-kubeconfig', file);
    expect(outside).toContain('Deployment clusterset-system/clusterset-apiserver removed');
    const slices = ['get', 'endpointslices', '-n', 'clusterset-system', '-o', 'name'] as const;
    expect(await hubctl(...slices)).toContain('clusterset-apiserver');
    const inside = await program(...args);
    expect(inside).toContain('EndpointSlice clusterset-system/clusterset-apiserver removed');
    expect(await hubctl(...slices)).toBe('');
    expect(inside).not.toContain('APIService v1beta1.multicluster.x-k8s.io removed');
  });

  it('moves to another group without leaving an APIService that nobody serves', async () => {
    const group = 'multicluster.clusterset-apiserver.dev';
    const moved = await program('install', '--kubeconfig', hub, '--api-group', group);
    expect(moved).toContain('APIService v1beta1.multicluster.x-k8s.io removed');
    expect(await installedObjects()).toContain(`apiservice.apiregistration.k8s.io/v1beta1.${group}`);
    const back = await program('install', '--kubeconfig', hub);
    expect(back).toContain(`APIService v1alpha1.${group} removed`);
  });

  it('leaves caBundle to the server', async () => {
    const apiService = await controlPlane
      .kubectl('hub')
      .json<{ spec: Record<string, unknown> }>('get', 'apiservice', 'v1beta1.multicluster.x-k8s.io');
    expect(apiService.spec).not.toHaveProperty('caBundle');
    expect(apiService.spec).not.toHaveProperty('insecureSkipTLSVerify');
  });

  it('removes exactly what it made, whatever group it is asked about', async () => {
    const hubctl = controlPlane.kubectl('hub');
    await program('install', '--kubeconfig', hub, '--api-group', 'multicluster.clusterset-apiserver.dev');
    await hubctl('create', 'clusterrole', 'clusterset-apiserver-unrelated', '--verb=get', '--resource=pods');
    await program('uninstall', '--kubeconfig', hub);
    expect(await installedObjects()).toEqual([]);
    expect(await hubctl('get', 'clusterrole', 'clusterset-apiserver-unrelated', '-o', 'name')).not.toBe('');
  });

  it('refuses to install while the namespace is still being deleted', async () => {
    const result = await runProgram(['install', '--kubeconfig', hub]);
    expect(result.code).toBe(2);
    expect(result.stdout).toContain('clusterset-system is still being deleted');
  });

  it('keeps an object of the same name that somebody else made', async () => {
    const hubctl = controlPlane.kubectl('hub');
    await hubctl('create', 'clusterrole', 'clusterset-apiserver', '--verb=get', '--resource=pods');
    const printed = await program('uninstall', '--kubeconfig', hub);
    expect(printed).toContain('ClusterRole clusterset-apiserver kept: it was not made by install');
    await hubctl('delete', 'clusterrole', 'clusterset-apiserver');
  });
});

describe('an occupied group', () => {
  it('is refused with the list of what would be hidden, and the way around it', async () => {
    const result = await runProgram(['preflight', '--kubeconfig', member]);
    expect(result.code).toBe(2);
    expect(result.stdout).toContain('serviceexports.multicluster.x-k8s.io, serviceimports.multicluster.x-k8s.io');
    expect(result.stdout).toContain('--api-group=multicluster.clusterset-apiserver.dev');
    expect(result.stdout).toContain('clusterproperties.about.k8s.io; install with --about-api-group=about.clusterset');
    const install = await runProgram(['install', '--kubeconfig', member]);
    expect(install.code).toBe(2);
    const left = await controlPlane.kubectl('east')('get', 'clusterrole', '-l', LABEL, '-o', 'name');
    expect(left).toBe('');
  });

  it('is not occupied for the coexistence group, below the priority of CRDs', async () => {
    const group = 'multicluster.clusterset-apiserver.dev';
    const groups = ['--api-group', group, '--about-api-group', 'about.clusterset-apiserver.dev'];
    const printed = await program('preflight', '--kubeconfig', member, ...groups);
    expect(printed).toContain(`v1beta1.${group}: is free`);
    expect(printed).toContain('v1alpha1.about.clusterset-apiserver.dev: is free');
    const manifests = await program('install', '-o', 'yaml', ...groups);
    expect(manifests).toContain('groupPriorityMinimum: 100\n');
    expect(manifests).not.toContain('groupPriorityMinimum: 1100\n');
  });

  it('cannot be the about group of a cluster that is a member, with or without a definition of its own', async () => {
    const hubctl = controlPlane.kubectl('hub');
    const advice = 'as a member, whose own properties would be hidden: install with --about-api-group=about.clusterset';
    await hubctl('create', 'clusterrole', 'clusterset-apiserver-reader', '--verb=get', '--resource=pods');
    const refused = await runProgram(['preflight', '--kubeconfig', hub]);
    expect([refused.code, refused.stdout]).toEqual([2, expect.stringContaining(advice)]);
    const beside = await runProgram([
      'preflight',
      '--kubeconfig',
      hub,
      '--about-api-group',
      'about.clusterset-apiserver.dev',
    ]);
    expect(beside.stdout).not.toContain(advice);
    await hubctl('delete', 'clusterrole', 'clusterset-apiserver-reader');
  });
});

describe('preparing a member', () => {
  it('makes an account that may read what is needed and nothing else', async () => {
    const file = join(controlPlane.directory, 'east-reader.kubeconfig');
    await program('install', '--member', 'east', '--kubeconfig', member, '--write-kubeconfig', file);
    const reader = createKubectl({
      binary: controlPlane.binaries.path('kubectl'),
      kubeconfig: file,
      cacheDirectory: join(controlPlane.directory, 'reader'),
    });
    expect(await reader('get', 'serviceexports', '-A')).toBe('');
    expect(await reader('get', 'services', '-A', '-o', 'name')).toContain('service/kubernetes');
    expect((await reader.result(['get', 'secrets', '-A'])).stderr).toContain('Forbidden');
    expect((await reader.result(['delete', 'service', 'kubernetes'])).stderr).toContain('Forbidden');
    const preflight = await program('preflight', '--member', 'east', '--kubeconfig', file);
    expect(preflight).toContain('[ok]      rights');
  });

  it('stores the kubeconfig as a registration Secret on the hub when asked', async () => {
    const hubctl = controlPlane.kubectl('hub');
    const place = 'clusterset-other';
    await hubctl('create', 'namespace', place);
    const target = ['--hub-kubeconfig', hub, '--namespace', place];
    await program('install', '--member', 'east', '--kubeconfig', member, ...target);
    const label = 'sigs.k8s.io/multicluster-runtime-kubeconfig=true';
    const secrets = await hubctl('get', 'secrets', '-n', place, '-l', label, '-o', 'name');
    expect(secrets.trim()).toBe('secret/east');
  });

  it('takes the registration back with the account', async () => {
    const hubctl = controlPlane.kubectl('hub');
    const place = 'clusterset-other';
    const target = ['--hub-kubeconfig', hub, '--namespace', place];
    await hubctl('create', 'secret', 'generic', 'east-of-somebody', '-n', place);
    const printed = await program('uninstall', '--member', 'east', '--kubeconfig', member, ...target);
    expect(printed).toContain(`Secret ${place}/east removed`);
    expect(await hubctl('get', 'secrets', '-n', place, '-o', 'name')).toBe('secret/east-of-somebody\n');
    const left = await controlPlane.kubectl('east')('get', 'clusterrole', '-l', LABEL, '-o', 'name');
    expect(left).toBe('');
    await program('install', '--member', 'east', '--kubeconfig', member);
  });

  it('gives rights to write or publish only when asked, and takes them back when not', async () => {
    const eastctl = controlPlane.kubectl('east');
    const canCreate = async (): Promise<string> => {
      const account = 'system:serviceaccount:clusterset-system:clusterset-apiserver-reader';
      const answer = await eastctl.result(['auth', 'can-i', 'create', 'serviceexports', '-A', '--as', account]);
      return answer.stdout.trim();
    };
    const args = ['install', '--member', 'east', '--kubeconfig', member];
    await program(...args, '--with-write-rights');
    expect(await canCreate()).toBe('yes');
    await program(...args);
    expect(await canCreate()).toBe('no');
  });

  it('refuses a reserved or malformed name', async () => {
    for (const name of ['cluster', 'East', 'a.b']) {
      const result = await runProgram(['install', '--member', name, '--kubeconfig', member]);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain(`cluster name "${name}"`);
    }
  });
});
