import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, program } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { clustersOf, keyOf, viewOf } from './support/views.ts';

const COEXISTENCE = 'multicluster.clusterset-apiserver.dev';

let controlPlane: ControlPlane;
let config: string;

/** Registers a cluster as it is, without giving it definitions. */
async function register(hub: string, member: string, name: string): Promise<void> {
  const { adminKubeconfig } = controlPlane.cluster(member);
  const hubKubeconfig = controlPlane.cluster(hub).adminKubeconfig;
  await program('install', '--member', name, '--kubeconfig', adminKubeconfig, '--hub-kubeconfig', hubKubeconfig);
}

async function exportService(cluster: string, name: string): Promise<void> {
  await controlPlane.kubectl(cluster).apply(service('prod', name));
  await controlPlane.kubectl(cluster).apply(serviceExport('prod', name));
}

async function rows(set: TestClusterSet, resource = 'serviceexports'): Promise<readonly string[]> {
  return (await viewOf(set.hub).list(resource)).map(keyOf);
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['red', 'blue', 'east', 'west']);
  config = join(controlPlane.directory, 'config.yaml');
  await writeFile(config, 'members:\n  initialSyncSeconds: 3\n');
  for (const cluster of ['red', 'blue', 'east', 'west']) await controlPlane.kubectl(cluster).apply(namespace('prod'));
});

afterAll(() => controlPlane.stop());

describe('two hubs that are registered with each other', () => {
  let red: TestClusterSet;
  let blue: TestClusterSet;

  beforeAll(async () => {
    red = await installHub(controlPlane, 'red');
    blue = await installHub(controlPlane, 'blue');
    await red.register('east');
    await blue.register('west');
    await register('red', 'blue', 'other');
    await register('blue', 'red', 'other');
    // A hub that is registered with itself is refused.
    await expect(register('red', 'red', 'myself')).rejects.toThrow('[refused] identity: it is the hub itself');
    const { adminKubeconfig } = controlPlane.cluster('red');
    const clusters = ['--kubeconfig', adminKubeconfig, '--member-kubeconfig', adminKubeconfig];
    await program('members', 'add', 'myself', ...clusters, '--no-check');
    await exportService('east', 'api');
    await exportService('west', 'web');
    await Promise.all([red.startServer(['--config', config]), blue.startServer(['--config', config])]);
  });

  const stop = () => Promise.all([red.stopServer(), blue.stopServer()]);
  afterAll(stop);

  it('show what their own members export, and never what the other shows', async () => {
    await eventually('the other hub to be read', async () => {
      for (const { hub } of [red, blue]) expect((await hub.result(['get', 'serviceimports', '-A'])).stderr).toBe('');
    });
    expect(await rows(red)).toEqual(['prod/east.api']);
    expect(await rows(blue)).toEqual(['prod/west.web']);
    // A change goes through both once, and makes no echo.
    await exportService('east', 'late');
    await exportService('west', 'late');
    await viewOf(red.hub).becomes('serviceimports', 'prod/late', (object) =>
      expect(clustersOf(object)).toEqual(['east']),
    );
    await viewOf(blue.hub).becomes('serviceimports', 'prod/late', (object) =>
      expect(clustersOf(object)).toEqual(['west']),
    );
    await exportService('east', 'marker');
    await viewOf(red.hub).becomes('serviceimports', 'prod/marker', (object) =>
      expect(clustersOf(object)).toEqual(['east']),
    );
    expect(await rows(red)).toEqual(['prod/east.api', 'prod/east.late', 'prod/east.marker']);
    expect(await rows(blue)).toEqual(['prod/west.late', 'prod/west.web']);
  });

  it('refuse themselves as a member', async () => {
    expect(red.server().output()).toContain('"IsHub"');
    expect((await red.hub.result(['get', 'serviceimports', '-A'])).stderr).not.toContain('myself');
  });

  it('really were read by each other', async () => {
    await stop();
    const watched =
      /"path":"\S*\/serviceexports","verb":"watch","user":"[^"]*:clusterset-apiserver-reader"[^\n]*"status":200/;
    for (const { server } of [red, blue]) expect(server().output()).toMatch(watched);
  });
});

describe('a hub that is a member of its own clusterset', () => {
  let set: TestClusterSet;

  beforeAll(async () => {
    for (const definition of memberDefinitions()) await controlPlane.kubectl('east').apply(definition);
    set = await installHub(controlPlane, 'east', COEXISTENCE);
    await register('east', 'east', 'home');
    await register('east', 'west', 'west');
    await exportService('west', 'api');
    await set.startServer(['--config', config]);
  });

  afterAll(() => set.stopServer());

  it('shows its own exports under the coexistence group beside its own definitions', async () => {
    const imports = `serviceimports.v1beta1.${COEXISTENCE}`;
    await viewOf(set.hub).becomes(imports, 'prod/api', (object) => {
      expect([...clustersOf(object)].sort()).toEqual(['home', 'west']);
    });
    expect(await rows(set, `serviceexports.${COEXISTENCE}`)).toContain('prod/home.api');
    expect(await rows(set, 'serviceexports.multicluster.x-k8s.io')).toContain('prod/api');
    expect((await rows(set, `serviceexports.${COEXISTENCE}`)).filter((name) => name.includes('home.home'))).toEqual([]);
  });

  it('never takes in an object that carries our label', async () => {
    await controlPlane.kubectl('east').apply(service('prod', 'echo'));
    const echo = serviceExport('prod', 'echo');
    const labels = { 'clusterset-apiserver.dev/cluster': 'home' };
    await controlPlane.kubectl('east').apply({ ...echo, metadata: { name: 'echo', namespace: 'prod', labels } });
    await exportService('east', 'after');
    await viewOf(set.hub).becomes(`serviceexports.${COEXISTENCE}`, 'prod/home.after', () => undefined);
    expect(await rows(set, `serviceexports.${COEXISTENCE}`)).not.toContain('prod/home.echo');
    await controlPlane.kubectl('east')(
      'label',
      'serviceexport',
      'echo',
      '-n',
      'prod',
      'clusterset-apiserver.dev/cluster-',
    );
    await viewOf(set.hub).becomes(`serviceexports.${COEXISTENCE}`, 'prod/home.echo', () => undefined);
  });
});
