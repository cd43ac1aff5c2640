import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child, ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startChild, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { program, PROGRAM, runProgram } from './support/clusterset.ts';

const OBJECTS = 40;
const GROUP = 'multicluster.x-k8s.io';
const IMPORTS = `serviceimports.${GROUP}`;

let controlPlane: ControlPlane;
let solo: Kubectl;
let kubeconfig: string;
let serveArgs: readonly string[];
let installArgs: readonly string[];
let webhooks: Child | undefined;

beforeAll(async () => {
  controlPlane = await startControlPlane(['solo']);
  solo = controlPlane.kubectl('solo');
  kubeconfig = controlPlane.cluster('solo').adminKubeconfig;
  const [port] = await freePorts(1);
  installArgs = [
    ...['install', '--member', 'solo', '--kubeconfig', kubeconfig, '--webhooks', '--with-v1alpha2'],
    ...['--failure-policy', 'Ignore', '--external-address', `localhost:${port ?? 0}`],
    ...['--write-kubeconfig', join(controlPlane.directory, 'solo-webhooks.kubeconfig')],
  ];
  // Nobody answers yet: what the webhooks need is there, and no definition asks them.
  const early = await runProgram([...installArgs, '--wait-timeout', '1']);
  expect(early).toMatchObject({ code: 1 });
  expect(early.stderr).toContain('the caBundle of clusterset-safety was not yet written by the webhooks');
  expect((await solo.result(['get', 'crd', IMPORTS])).stderr).toContain('not found');
  const command = /^ {2}clusterset-apiserver (serve .*)$/m.exec(early.stdout)?.[1] ?? '';
  serveArgs = command.split(' ');
  spawnWebhooks();
  await program(...installArgs);
  await awaitConversion();
  const list = Array.from({ length: OBJECTS }, (_, index) => ({
    apiVersion: `${GROUP}/v1beta1`,
    kind: 'ServiceImport',
    metadata: { name: `import-${String(index).padStart(2, '0')}`, namespace: 'default' },
    spec: { type: 'ClusterSetIP', ips: [`10.0.0.${index}`], ports: [{ name: 'web', port: 80 }] },
  }));
  await solo.apply({ apiVersion: 'v1', kind: 'List', items: list });
});

afterAll(async () => {
  await webhooks?.stop();
  await controlPlane.stop();
});

/** With the words that install printed. */
function spawnWebhooks(): void {
  webhooks = startChild({
    name: 'webhooks',
    command: process.execPath,
    args: [PROGRAM, ...serveArgs, '--bind-address=127.0.0.1'],
    logFile: join(controlPlane.directory, 'webhooks.log'),
  });
}

async function startWebhooks(): Promise<void> {
  spawnWebhooks();
  await awaitConversion();
}

/**
 * Until the kube-apiserver had something converted. Lists prove nothing: they come from its cache, which keeps what was
 * converted before. A dry run is encoded as it would be stored.
 */
async function awaitConversion(): Promise<void> {
  await eventually('the webhooks to convert', async () => {
    if (webhooks?.process.exitCode !== null) throw new Error(`exited: ${webhooks?.output().slice(-2000) ?? ''}`);
    const fields = { type: 'ClusterSetIP', ports: [] };
    for (const [version, content] of [['v1alpha2', fields] as const, ['v1beta1', { spec: fields }] as const]) {
      const metadata = { name: 'probe', namespace: 'default' };
      const probe = JSON.stringify({ apiVersion: `${GROUP}/${version}`, kind: 'ServiceImport', metadata, ...content });
      const { code, stderr } = await solo.result(['create', '--dry-run=server', '-f', '-'], probe);
      if (code !== 0) throw new Error(stderr);
    }
    const path = '{.spec.conversion.webhook.clientConfig.caBundle}';
    expect(await solo('get', 'crd', IMPORTS, '-o', `jsonpath=${path}`)).not.toBe('');
  });
}

/** The same webhooks in pods of the member, which has none. */
function installInPods(): readonly string[] {
  return installArgs.filter((word) => !/^(--external-address|localhost:)/.test(word));
}

/** How many objects etcd holds in each version. */
async function storedIn(resource: string): Promise<Readonly<Record<string, number>>> {
  const prefix = `/solo/${GROUP}/${resource}/`;
  const end = `${prefix.slice(0, -1)}0`;
  const body = { key: Buffer.from(prefix).toString('base64'), range_end: Buffer.from(end).toString('base64') };
  const response = await fetch(`${controlPlane.etcdUrl}/v3/kv/range`, { method: 'POST', body: JSON.stringify(body) });
  const { kvs = [] } = (await response.json()) as { kvs?: { value: string }[] };
  const counts: Record<string, number> = {};
  for (const { value } of kvs) {
    const { apiVersion } = JSON.parse(Buffer.from(value, 'base64').toString()) as { apiVersion: string };
    const version = apiVersion.replace(`${GROUP}/`, '');
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return counts;
}

async function storedVersions(crd: string): Promise<readonly string[]> {
  return (await solo.json<{ status: { storedVersions: string[] } }>('get', 'crd', crd)).status.storedVersions;
}

const migrate = (...words: readonly string[]): readonly string[] => [
  ...['migrate-storage', '--kubeconfig', kubeconfig, '--resource', 'serviceimports'],
  ...words,
];

describe('migrate-storage', () => {
  it('says in a dry run what it would do, and changes nothing', async () => {
    const printed = await program(...migrate('--to', 'v1alpha2', '--rate', '1000', '--dry-run'));
    expect(printed).toContain(`${OBJECTS} objects would be rewritten as v1alpha2 (dry run)`);
    expect(await storedIn('serviceimports')).toEqual({ v1beta1: OBJECTS });
    expect(await storedVersions(IMPORTS)).toEqual(['v1beta1']);
  });

  it('stores everything in a version that only the webhook converts, and says so in the status', async () => {
    await program(...migrate('--to', 'v1alpha2', '--rate', '1000'));
    expect(await storedIn('serviceimports')).toEqual({ v1alpha2: OBJECTS });
    expect(await storedVersions(IMPORTS)).toEqual(['v1alpha2']);
    const path = '{.spec.ips[0]} {.spec.ports[0].port}';
    const read = await solo('get', `serviceimports.v1beta1.${GROUP}`, 'import-07', '-o', `jsonpath=${path}`);
    expect(read).toBe('10.0.0.7 80');
  });

  it('must go back before the webhooks can be taken away', async () => {
    const refused = await runProgram(['uninstall', '--member', 'solo', '--kubeconfig', kubeconfig, '--webhooks']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toContain('migrate-storage --resource serviceimports --to v1beta1');
    const moved = await runProgram(installInPods());
    expect(moved).toMatchObject({ code: 2 });
    expect(moved.stderr).toContain('which nobody could read while the webhooks move');
    const type = ['get', 'service', '-n', 'clusterset-system', 'clusterset-webhooks', '-o', 'jsonpath={.spec.type}'];
    expect(await solo(...type)).toBe('ExternalName');
  });

  it('stops when the webhook is killed on the way, and goes on where it was', async () => {
    const running = runProgram([...migrate('--to', 'v1beta1', '--rate', '20')]);
    await eventually('some objects to be rewritten', async () => {
      expect((await storedIn('serviceimports'))['v1beta1'] ?? 0).toBeGreaterThan(2);
    });
    await webhooks?.stop('SIGKILL');
    const ended = await running;
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toMatch(/cannot (write|list) .*conversion webhook/s);
    const halfway = await storedIn('serviceimports');
    expect(halfway['v1alpha2']).toBeGreaterThan(0);
    expect(await storedVersions(IMPORTS)).toEqual(['v1alpha2', 'v1beta1']);

    await startWebhooks();
    const again = await program(...migrate('--rate', '1000'));
    expect(again).toContain('going on after default/import-');
    expect(await storedIn('serviceimports')).toEqual({ v1beta1: OBJECTS });
    expect(await storedVersions(IMPORTS)).toEqual(['v1beta1']);
  });

  it('begins anew when another version was stored since it kept its place', async () => {
    interface Crd {
      readonly metadata: { readonly uid: string; readonly generation: number };
      readonly spec: { readonly versions: readonly { readonly name: string }[] };
    }
    const { metadata, spec } = await solo.json<Crd>('get', 'crd', IMPORTS);
    const patch = (body: object): Promise<string> =>
      solo('patch', 'crd', IMPORTS, '--type=merge', '-p', JSON.stringify(body));
    const store = (version: string): Promise<string> => {
      const versions = spec.versions.map((each) => ({ ...each, storage: each.name === version }));
      return patch({ spec: { versions } });
    };
    const specRevision = `${metadata.uid}/${metadata.generation}`;
    const place = JSON.stringify({ to: 'v1beta1', after: 'default/import-20', specRevision });
    await patch({ metadata: { annotations: { 'clusterset-apiserver.dev/storage-migration': place } } });
    await store('v1alpha1');
    let value = 0;
    await eventually('an object to be stored in the other version', async () => {
      value += 1;
      await solo('annotate', '--overwrite', IMPORTS, 'import-03', `test/write=${value}`);
      expect(await storedIn('serviceimports')).toEqual({ v1alpha1: 1, v1beta1: OBJECTS - 1 });
    });
    await store('v1beta1');
    const printed = await program(...migrate('--rate', '1000'));
    expect(printed).toContain('beginning anew');
    expect(await storedIn('serviceimports')).toEqual({ v1beta1: OBJECTS });
    expect(await storedVersions(IMPORTS)).toEqual(['v1beta1']);
  });

  it('goes back and forth between versions that kube-apiserver converts by itself', async () => {
    const object = { apiVersion: `${GROUP}/v1beta1`, kind: 'ServiceExport' };
    await solo.apply({ ...object, metadata: { name: 'api', namespace: 'default' } });
    for (const version of ['v1alpha1', 'v1beta1']) {
      const words = ['--kubeconfig', kubeconfig, '--resource', `serviceexports.${GROUP}`, '--to', version];
      await program('migrate-storage', ...words);
      expect(await storedIn('serviceexports')).toEqual({ [version]: 1 });
      expect(await storedVersions(`serviceexports.${GROUP}`)).toEqual([version]);
    }
  });

  it('lets the webhooks move to pods, and every object be read meanwhile', async () => {
    const moved = await runProgram([...installInPods(), '--wait-timeout', '1']);
    expect(moved).toMatchObject({ code: 1 });
    expect(moved.stderr).toContain('v1alpha2 is not served: Deployment clusterset-system/clusterset-webhooks');
    await webhooks?.stop('SIGKILL');
    const path = 'jsonpath={.spec.conversion.strategy}';
    expect(await solo('get', 'crd', IMPORTS, '-o', path)).toBe('None');
    const label = ['--type=merge', '--dry-run=server', '-p', '{"metadata":{"labels":{"a":"b"}}}'];
    await solo('patch', `serviceimports.v1alpha1.${GROUP}`, 'import-03', ...label);
  });

  it('leaves the way free for uninstalling, and every object readable without us', async () => {
    await webhooks?.stop();
    await program('uninstall', '--member', 'solo', '--kubeconfig', kubeconfig, '--webhooks');
    const names = await solo('get', `serviceimports.v1alpha1.${GROUP}`, '-o', 'name');
    expect(names.trim().split('\n')).toHaveLength(OBJECTS);
    const refused = await runProgram(migrate('--to', 'v1alpha2'));
    expect(refused.stderr).toContain('does not serve v1alpha2; it serves v1alpha1, v1beta1');
  });
});
