import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child, Kubectl } from '../support/control-plane/index.ts';
import { createKubectl } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { userKubectl } from './support/users.ts';

const GROUP = 'multicluster.x-k8s.io';
const VERSIONS = ['v1beta1', 'v1alpha2', 'v1alpha1'];
const RESOURCES = ['serviceimports', 'serviceexports'];

let set: TestClusterSet;
let hub: Kubectl;

async function exportService(member: string, at: string, options: Parameters<typeof service>[2] = {}): Promise<void> {
  const [namespaceName = '', name = ''] = at.split('/');
  await set.member(member).apply(service(namespaceName, name, options));
  await set.member(member).apply(serviceExport(namespaceName, name));
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  hub = set.hub;
  for (const member of ['east', 'west']) {
    for (const name of ['prod', 'shop', 'live']) await set.member(member).apply(namespace(name));
    await exportService(member, 'prod/api');
  }
  await exportService('west', 'prod/db', { headless: true, ports: [{ name: 'sql', port: 5432 }] });
  await exportService('east', 'shop/cart');
  // Rights are bound in namespaces of the hub.
  for (const name of ['prod', 'shop']) await hub.apply(namespace(name));
  await set.startServer();
});

afterAll(() => set.stop());

describe('discovery', () => {
  it('lists both resources with their short names', async () => {
    const table = await hub('api-resources', '--api-group', GROUP);
    expect(table).toMatch(/^serviceexports +svcex,svcexport +multicluster\.x-k8s\.io\/v1beta1 +true +ServiceExport$/m);
    expect(table).toMatch(/^serviceimports +svcim,svcimport +multicluster\.x-k8s\.io\/v1beta1 +true +ServiceImport$/m);
  });

  it('shows verbs that read, and of rows and profiles those that write but never delete', async () => {
    const wide = lines(await hub('api-resources', '--api-group', GROUP, '-o', 'wide', '--no-headers'));
    // The categories of a kind come last, if it has any.
    expect(wide.map((line) => / ([a-z]+(?:,[a-z]+)+)(?: +\S*)?$/.exec(line)?.[1])).toEqual([
      'get,list,patch,update,watch',
      'create,get,list,patch,update,watch',
      'get,list,watch',
    ]);
    expect(await hub('api-resources', '--verbs=delete', '-o', 'name')).not.toContain(GROUP);
  });

  it('has every version', async () => {
    expect(lines(await hub('api-versions'))).toEqual(
      expect.arrayContaining(VERSIONS.map((version) => `${GROUP}/${version}`)),
    );
  });

  it.each(['serviceimport', 'svcim', 'svcimport', 'serviceexport', 'svcex', 'svcexport'])('knows %s', async (name) => {
    expect(await hub('get', name, '-n', 'prod', '-o', 'name')).toMatch(/api$/m);
  });
});

describe.each(VERSIONS)('explain of %s', (version) => {
  it.each(RESOURCES)('describes %s', async (resource) => {
    const plain = await hub('explain', resource, '--api-version', `${GROUP}/${version}`);
    expect(plain).toMatch(/^GROUP: +multicluster\.x-k8s\.io$/m);
    expect(plain).toMatch(new RegExp(`^VERSION: +${version}$`, 'm'));
    expect(plain).toMatch(/^ {2}metadata\t<ObjectMeta>$/m);
    expect(plain).not.toContain('<empty>');
    const recursive = await hub('explain', resource, '--recursive', '--api-version', `${GROUP}/${version}`);
    expect(recursive).toMatch(/^ +lastTransitionTime\t<string>( -required-)?$/m);
    expect(recursive).toMatch(/^ +resourceVersion\t<string>$/m);
  });
});

describe('get', () => {
  it('prints the table of a namespace and of all namespaces', async () => {
    const table = lines(await hub('get', 'svcim', '-n', 'prod'));
    expect(table[0]).toMatch(/^NAME +TYPE +IP +CLUSTERS +CONFLICT +AGE$/);
    expect(table[1]).toMatch(/^api +ClusterSetIP +east,west +\d+[sm]/);
    expect(table[2]).toMatch(/^db +Headless +west +\d+[sm]/);
    const all = lines(await hub('get', 'svcim', '-A', '--no-headers'));
    expect(all.map((line) => line.split(/ +/).slice(0, 2).join('/'))).toEqual(['prod/api', 'prod/db', 'shop/cart']);
  });

  it('has more columns with -o wide', async () => {
    const wide = await hub('get', 'svcim', 'api', '-n', 'prod', '-o', 'wide');
    expect(wide).toMatch(/AGE +PORTS +WINNER/);
    expect(wide).toMatch(/http:80\/TCP +east/);
    expect(await hub('get', 'svcex', '-n', 'prod', '-o', 'wide')).toMatch(/EXPORT +REASON +STANDING/);
  });

  it('prints two resources at once', async () => {
    const names = lines(await hub('get', 'svcim,svcex', '-n', 'shop', '-o', 'name'));
    expect(names).toEqual([`serviceimport.${GROUP}/cart`, `serviceexport.${GROUP}/east.cart`]);
  });

  it('prints whole objects as YAML and JSON', async () => {
    const yaml = await hub('get', 'svcim', 'api', '-n', 'prod', '-o', 'yaml');
    expect(yaml).toMatch(/^apiVersion: multicluster\.x-k8s\.io\/v1beta1$/m);
    expect(yaml).toMatch(/^ {2}type: ClusterSetIP$/m);
    const list = await hub.json<{ items: { metadata: { name: string } }[] }>('get', 'svcex', '-n', 'prod');
    expect(list.items.map((item) => item.metadata.name)).toEqual(['east.api', 'west.api', 'west.db']);
  });

  it('answers jsonpath and custom columns', async () => {
    const clusters = ['-o', 'jsonpath={.status.clusters[*].cluster}'];
    expect(await hub('get', 'svcim', 'api', '-n', 'prod', ...clusters)).toBe('east west');
    const columns = await hub('get', 'svcim', '-A', '-o', 'custom-columns=N:.metadata.name,T:.spec.type');
    expect(lines(columns).map((line) => line.trim().split(/ +/))).toContainEqual(['db', 'Headless']);
  });

  it('sorts', async () => {
    const byCreation = ['--sort-by', '.metadata.name', '-o', 'name'];
    const names = lines(await hub('get', 'svcim', '-A', ...byCreation));
    expect(names.map((name) => name.split('/')[1])).toEqual(['api', 'cart', 'db']);
    expect(await hub('get', 'svcim', '-A', '--sort-by', '{.spec.type}')).toMatch(/ClusterSetIP[^]*Headless/);
  });

  it('pages without losing or repeating anything', async () => {
    const whole = await hub('get', 'svcex', '-A', '-o', 'name');
    expect(await hub('get', 'svcex', '-A', '-o', 'name', '--chunk-size=1')).toBe(whole);
    const table = await hub('get', 'svcex', '-A', '--no-headers', '--chunk-size=1');
    expect(lines(table)).toHaveLength(lines(whole).length);
  });

  it('selects by label and field', async () => {
    const east = await hub('get', 'svcex', '-A', '-l', 'clusterset-apiserver.dev/cluster=east', '-o', 'name');
    expect(lines(east).map((name) => name.split('/')[1])).toEqual(['east.api', 'east.cart']);
    const rest = await hub('get', 'svcex', '-A', '-l', 'clusterset-apiserver.dev/cluster notin (east)', '-o', 'name');
    expect(lines(rest).map((name) => name.split('/')[1])).toEqual(['west.api', 'west.db']);
    const field = await hub('get', 'svcim', '-A', '--field-selector', 'metadata.namespace=shop', '-o', 'name');
    expect(lines(field)).toEqual([`serviceimport.${GROUP}/cart`]);
    const labels = await hub('get', 'svcex', 'east.cart', '-n', 'shop', '--show-labels');
    expect(labels).toContain('clusterset-apiserver.dev/cluster=east');
    const column = await hub('get', 'svcex', '-n', 'shop', '-L', 'clusterset-apiserver.dev/export');
    expect(column).toMatch(/ EXPORT\n.* cart\n/);
  });

  it('refuses a field that cannot be selected by, as kube-apiserver does', async () => {
    const { code, stderr } = await hub.result(['get', 'svcim', '-A', '--field-selector', 'spec.type=Headless']);
    expect(code).toBe(1);
    expect(stderr).toContain('Error from server (BadRequest)');
    expect(stderr).toContain('field label not supported: spec.type');
  });

  it.each(VERSIONS)('answers in %s', async (version) => {
    const object = await hub.json('get', `serviceimports.${version}.${GROUP}`, 'api', '-n', 'prod');
    expect(object['apiVersion']).toBe(`${GROUP}/${version}`);
    if (version === 'v1alpha2') expect(object).toMatchObject({ type: 'ClusterSetIP', sessionAffinity: 'None' });
    else expect(object).toMatchObject({ spec: { type: 'ClusterSetIP' } });
  });

  it('answers raw requests', async () => {
    const path = `/apis/${GROUP}/v1beta1/namespaces/prod/serviceimports`;
    expect(JSON.parse(await hub('get', '--raw', `${path}/api`))).toMatchObject({ kind: 'ServiceImport' });
    expect(JSON.parse(await hub('get', '--raw', `${path}?limit=1`))).toMatchObject({
      kind: 'ServiceImportList',
      metadata: { remainingItemCount: 1 },
    });
  });

  it('says what is not there', async () => {
    const { code, stderr } = await hub.result(['get', 'svcim', 'absent', '-n', 'prod']);
    expect(code).toBe(1);
    expect(stderr).toBe(`Error from server (NotFound): serviceimports.${GROUP} "absent" not found\n`);
    expect((await hub.result(['get', 'svcim', '-n', 'empty'])).stderr).toBe('No resources found in empty namespace.\n');
  });
});

describe('describe and wait', () => {
  it('describes an object', async () => {
    const text = await hub('describe', 'svcim', 'api', '-n', 'prod');
    expect(text).toMatch(/^Name: +api$/m);
    expect(text).toMatch(/^ {4}Message: +All exporting clusters agree\.$/m);
    expect(text).toMatch(/^Events: +<none>$/m);
  });

  it('waits for a field and for a condition', async () => {
    const field = ['--for=jsonpath={.spec.type}=ClusterSetIP', '--timeout=20s'];
    expect(await hub('wait', 'svcim/api', '-n', 'prod', ...field)).toContain('condition met');
    const condition = ['--for=condition=Valid', '--timeout=20s'];
    expect(await hub('wait', 'svcex', '--all', '-n', 'prod', ...condition)).toMatch(/west\.db condition met/);
  });

  it('gives up waiting for what does not come', async () => {
    const { code, stderr } = await hub.result(['wait', 'svcim/api', '-n', 'prod', '--for=delete', '--timeout=1s']);
    expect(code).toBe(1);
    expect(stderr).toContain('timed out waiting for the condition on serviceimports/api');
  });
});

describe('writes', () => {
  const manifest = {
    apiVersion: `${GROUP}/v1beta1`,
    kind: 'ServiceImport',
    metadata: { name: 'east.new', namespace: 'prod' },
    spec: { type: 'ClusterSetIP', ports: [] },
  };

  it('of a ServiceImport are refused and the right way is named', async () => {
    const calls = [
      ['create', '-f', '-'],
      ['apply', '-f', '-'],
      ['apply', '--server-side', '-f', '-'],
      ['create', '--dry-run=server', '-f', '-'],
      ['delete', 'svcim', 'api', '-n', 'prod'],
      ['label', 'svcim', 'api', '-n', 'prod', 'a=b'],
      ['patch', 'svcim', 'api', '-n', 'prod', '--type=merge', '-p', '{}'],
      ['patch', 'svcim', 'api', '-n', 'prod', '--subresource=status', '--type=merge', '-p', '{}'],
    ];
    for (const call of calls) {
      const { code, stderr } = await hub.result(call, call.includes('-') ? JSON.stringify(manifest) : undefined);
      expect(code, call.join(' ')).toBe(1);
      expect(stderr, call.join(' ')).toContain('Error from server (MethodNotAllowed)');
      expect(stderr, call.join(' ')).toContain('create a ServiceExport named <cluster>.<name> instead');
    }
    expect(lines(await hub('get', 'svcim,svcex', '-n', 'prod', '-o', 'name'))).toHaveLength(5);
  });
});

describe('watch', () => {
  const start = (...args: string[]): Child => {
    const logFile = join(set.controlPlane.directory, `watch-${args.join('-').replaceAll(/[^a-z0-9-]/g, '')}.log`);
    return hub.start(['get', ...args, '--watch', '--output-watch-events'], logFile);
  };
  const sees = (child: Child, pattern: RegExp) =>
    eventually(`${String(pattern)} in a watch`, () => expect(child.output()).toMatch(pattern), 20_000);

  it('shows a merge, a conflict, its end and the end of the import', async () => {
    const child = start('svcim', '-n', 'live');
    await exportService('east', 'live/web');
    await sees(child, /ADDED +web +ClusterSetIP +east /);
    await exportService('west', 'live/web');
    await sees(child, /MODIFIED +web +ClusterSetIP +east,west +\d/);
    await set.member('west').apply(service('live', 'web', { ports: [{ name: 'other', port: 80 }] }));
    await sees(child, /MODIFIED +web +ClusterSetIP +east,west +PortConflict /);
    await set.member('west')('delete', 'serviceexport', 'web', '-n', 'live');
    await sees(child, /PortConflict [^]*MODIFIED +web +ClusterSetIP +east +\d/);
    await set.member('east')('delete', 'serviceexport', 'web', '-n', 'live');
    await sees(child, /DELETED +web/);
    await child.stop();
    expect(child.output()).not.toMatch(/error/i);
  });

  it('follows one object by name', async () => {
    const child = start('svcex', 'east.api', '-n', 'prod');
    await sees(child, /east\.api/);
    await set.member('east')('label', 'serviceexport', 'api', '-n', 'prod', 'tier=gold');
    await sees(child, /MODIFIED +east\.api/);
    await child.stop();
    expect(child.output()).not.toContain('west.api');
  });

  it('follows a label selector, in which a change of label is an appearance', async () => {
    const child = start('svcex', '-n', 'prod', '-l', 'tier=silver', '-o', 'name');
    await set.member('west')('label', 'serviceexport', 'api', '-n', 'prod', 'tier=silver');
    await sees(child, /west\.api/);
    await set.member('west')('label', 'serviceexport', 'api', '-n', 'prod', 'tier-');
    await eventually('the end of the row', () => expect(lines(child.output())).toHaveLength(2), 20_000);
    await child.stop();
    expect(child.output()).not.toContain('east.api');
  });
});

describe('rights', () => {
  let jane: Kubectl;
  let joe: Kubectl;
  let controllers: Child;

  beforeAll(async () => {
    jane = await userKubectl(set.controlPlane, 'hub', 'jane');
    joe = await userKubectl(set.controlPlane, 'hub', 'joe');
    await hub('create', 'rolebinding', 'joe', '--clusterrole=view', '--user=joe', '-n', 'prod');
    // The role `view` is aggregated by a controller.
    controllers = startControllers(set.controlPlane, 'hub', ['clusterrole-aggregation-controller']);
  });

  afterAll(() => controllers.stop());

  it('of nobody are refused with the text of kube-apiserver', async () => {
    const list = await jane.result(['get', 'svcim', '-n', 'prod']);
    expect(list.code).toBe(1);
    expect(list.stderr).toBe(
      `Error from server (Forbidden): serviceimports.${GROUP} is forbidden: User "jane" cannot list resource "serviceimports" in API group "${GROUP}" in the namespace "prod"\n`,
    );
    const get = await jane.result(['get', 'svcex', 'east.api', '-n', 'prod']);
    expect(get.stderr).toContain(`serviceexports.${GROUP} "east.api" is forbidden: User "jane" cannot get resource`);
    expect((await jane.result(['auth', 'can-i', 'list', 'svcim', '-A'])).stdout.trim()).toBe('no');
  });

  it('of view in one namespace show that namespace and nothing else', async () => {
    await eventually('the aggregated role to hold', () => joe('get', 'svcim', '-n', 'prod'));
    expect(lines(await joe('get', 'svcim,svcex', '-n', 'prod', '-o', 'name'))).toHaveLength(5);
    expect(await joe('get', 'svcim', 'api', '-n', 'prod', '-o', 'name')).toContain('api');
    expect((await joe('auth', 'can-i', 'watch', 'svcex', '-n', 'prod')).trim()).toBe('yes');
    const all = await joe.result(['get', 'svcim', '-A']);
    expect(all.code).toBe(1);
    expect(all.stdout).toBe('');
    expect(all.stderr).toContain('cannot list resource "serviceimports" in API group');
    expect(all.stderr).toContain('at the cluster scope');
    expect((await joe.result(['get', 'svcim', '-n', 'shop'])).stderr).toContain('in the namespace "shop"');
    expect((await joe.result(['get', 'svcim', 'cart', '-n', 'shop'])).stderr).toContain('Forbidden');
  });

  it('are those of the impersonated user', async () => {
    const { stderr } = await hub.result(['get', 'svcim', '-A', '--as', 'jane']);
    expect(stderr).toContain('User "jane" cannot list resource');
    expect(await hub('get', 'svcim', '-n', 'prod', '--as', 'joe', '-o', 'name')).toContain('api');
  });
});

const systemKubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });

describe.skipIf(systemKubectl.status !== 0)('the kubectl of this machine', () => {
  it('reads the same', async () => {
    const other = createKubectl({
      binary: 'kubectl',
      kubeconfig: set.controlPlane.cluster('hub').adminKubeconfig,
      cacheDirectory: join(set.controlPlane.directory, 'system-kubectl'),
    });
    for (const args of [
      ['get', 'svcim,svcex', '-A', '-o', 'name'],
      ['get', 'svcim', 'api', '-n', 'prod', '-o', 'yaml'],
    ]) {
      expect(await other(...args)).toBe(await hub(...args));
    }
    expect(await other('get', 'svcim', '-A', '-o', 'wide', '--chunk-size=1')).toMatch(/^prod +db +Headless/m);
    expect(await other('explain', 'svcim.spec.ports', '--recursive')).toMatch(/^ {2}port\t<integer>/m);
    expect(await other('describe', 'svcex', 'west.db', '-n', 'prod')).toMatch(/^Name: +west\.db$/m);
  });
});
