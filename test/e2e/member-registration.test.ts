import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, program, startClusterSet } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { View } from './support/views.ts';
import { clustersOf, keyOf, viewOf } from './support/views.ts';

let set: TestClusterSet;
let hub: View;

async function exportService(member: string, name: string): Promise<void> {
  await set.member(member).apply(service('prod', name));
  await set.member(member).apply(serviceExport('prod', name));
}

/** The names of all rows that the hub shows. */
async function rows(): Promise<readonly string[]> {
  return (await hub.list('svcex')).map(keyOf);
}

/** What stands in the Warning header of a list, as kubectl prints it. */
async function warning(): Promise<string> {
  const { stderr, code } = await set.hub.result(['get', 'svcim', '-A']);
  expect(code).toBe(0);
  return stderr;
}

/** Makes a member known to the hub without touching the definitions in it. */
async function registerAs(name: string, cluster: string): Promise<void> {
  const { controlPlane } = set;
  const hubKubeconfig = controlPlane.cluster('hub').adminKubeconfig;
  const { adminKubeconfig } = controlPlane.cluster(cluster);
  await program('install', '--member', name, '--kubeconfig', adminKubeconfig, '--hub-kubeconfig', hubKubeconfig);
}

function unregister(name: string): Promise<string> {
  return set.hub('delete', 'secret', name, '-n', NAMESPACE);
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  hub = viewOf(set.hub);
  for (const member of ['east', 'west']) {
    await set.member(member).apply(namespace('prod'));
    await exportService(member, 'api');
  }
  const config = join(set.controlPlane.directory, 'config.yaml');
  await writeFile(config, 'members:\n  removalGraceSeconds: 1\n');
  await set.startServer(['--config', config]);
});

afterAll(() => set.stop());

describe('a member that is registered while we run', () => {
  it('appears without its definitions, then with them, and leaves with its Secret', async () => {
    await set.controlPlane.add('north');
    await set.member('north').apply(namespace('prod'));
    await set.member('north').apply(service('prod', 'api'));
    await registerAs('north', 'north');
    await eventually('the member in the log', () => {
      expect(set.server().output()).toMatch(/north/);
    });
    await eventually('nothing to be in doubt', async () => expect(await warning()).toBe(''));
    expect(await rows()).not.toContain('prod/north.api');

    for (const crd of memberDefinitions(['v1alpha1'])) await set.member('north').apply(crd);
    await set.member('north')('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await set.member('north').apply({
      ...serviceExport('prod', 'api'),
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    });
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['east', 'west', 'north']));

    await unregister('north');
    await hub.vanishes('svcex', 'prod/north.api');
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
    expect(await warning()).toBe('');
  });

  it('is refused as long as the same cluster has another name, and then takes its place', async () => {
    await expect(registerAs('east-again', 'east')).rejects.toThrow('same cluster as member "east"');
    await expect(registerAs('west', 'north')).rejects.toThrow('cluster name "west" is taken by another cluster');
    const { controlPlane } = set;
    const hubAt = ['--kubeconfig', controlPlane.cluster('hub').adminKubeconfig];
    const kubeconfig = controlPlane.cluster('east').adminKubeconfig;
    await program('members', 'add', 'east-again', ...hubAt, '--member-kubeconfig', kubeconfig, '--no-check');
    await eventually('the refusal', () => expect(set.server().output()).toContain('"DuplicateMember"'));
    expect((await rows()).filter((name) => name.includes('east'))).toEqual(['prod/east.api']);
    expect(await warning()).toBe('');
    await unregister('east');
    await hub.becomes('svcim', 'prod/api', (object) =>
      expect([...clustersOf(object)].sort()).toEqual(['east-again', 'west']),
    );
    await hub.vanishes('svcex', 'prod/east.api');
    await unregister('east-again');
    await hub.vanishes('svcex', 'prod/east-again.api');
    await set.hub('wait', '--for=delete', 'clusterprofile', 'east-again', '-n', NAMESPACE, '--timeout=30s');
    await registerAs('east', 'east');
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
  });
});

describe('the Secret of a member', () => {
  it('is rotated without a change of any row', async () => {
    const before = await hub.list('svcex');
    await registerAs('east', 'east');
    await eventually('the new credentials to be used', () => {
      expect(set.server().output()).toMatch(/"memberCluster":"east","msg":"the registration of a member changed/);
    });
    await exportService('east', 'after-rotation');
    await hub.becomes('svcex', 'prod/east.after-rotation', () => undefined);
    expect(await hub.list('svcex')).toEqual(expect.arrayContaining([...before]));
    await eventually('the end of doubt', async () => expect(await warning()).toBe(''));
  });

  it('keeps the member when what it holds cannot be used any more', async () => {
    const before = await rows();
    const broken = JSON.stringify({ data: { kubeconfig: Buffer.from('kind: [').toString('base64') } });
    await set.hub('patch', 'secret', 'west', '-n', NAMESPACE, '--type=merge', '-p', broken);
    await eventually('the refusal', () => {
      expect(set.server().output()).toMatch(/"memberCluster":"west","problem":"Secret [^"]*"/);
    });
    await eventually('the state of the member to say so', () => {
      expect(set.server().output()).toMatch(/"memberCluster":"west","phase":"live","reason":"RegistrationInvalid"/);
    });
    await exportService('west', 'still');
    await hub.becomes('svcex', 'prod/west.still', () => undefined);
    expect(await rows()).toEqual([...before, 'prod/west.still'].sort());
    await registerAs('west', 'west');
  });
});

describe('the definitions of a member', () => {
  it('take their rows along when they vanish, and bring them back', async () => {
    await set.member('east')('delete', 'crd', 'serviceexports.multicluster.x-k8s.io');
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['west']));
    expect(await warning()).toBe('');
    for (const crd of memberDefinitions()) await set.member('east').apply(crd);
    await set.member('east')('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await exportService('east', 'api');
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['west', 'east']));
  });
});
