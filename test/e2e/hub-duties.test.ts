import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { freePorts, startChild } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, PROGRAM, program, startClusterSet } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { directGet } from './support/direct.ts';

let set: TestClusterSet;

beforeAll(async () => {
  set = await startClusterSet(['east']);
  await set.startServer();
});

afterAll(() => set.stop());

interface HubEvent {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly related?: { readonly name: string };
}

/** As a member of system:masters, on our own port. */
async function metricsOfServer(): Promise<string> {
  const path = 'jsonpath={.spec.caBundle}';
  const bundle = await set.hub('get', 'apiservice', 'v1beta1.multicluster.x-k8s.io', '-o', path);
  const ca = Buffer.from(bundle, 'base64').toString();
  const client = set.controlPlane.cluster('hub').keys.admin;
  return (await directGet(set.port, '/metrics', { ca, client })).body;
}

async function namesOf(resource: string): Promise<string[]> {
  const names = await set.hub('get', resource, '-n', NAMESPACE, '-o', 'jsonpath={.items[*].metadata.name}');
  return names.split(' ').filter((name) => name !== '');
}

describe('definitions on the hub that our API hides', () => {
  beforeAll(async () => {
    for (const crd of memberDefinitions(['v1beta1'])) await set.hub.apply(crd);
    await set.stopServer();
    await set.startServer();
  });

  it('are told to everybody who lists, with the name of the definition', async () => {
    await eventually('the warning', async () => {
      const { stderr } = await set.hub.result(['get', 'serviceimports', '-A']);
      expect(stderr).toMatch(
        /Warning: CustomResourceDefinition [a-z]+\.(multicluster\.x-k8s|about\.k8s)\.io is in our group/,
      );
    });
  });

  it('are recorded as Events in our namespace and in a metric', async () => {
    const events = await eventually('an event for each', async () => {
      const list = await set.hub.json<{ items: HubEvent[] }>('get', 'events', '-n', NAMESPACE);
      const found = list.items.filter(({ reason }) => reason === 'DefinitionHidden');
      expect(found).toHaveLength(3);
      return found;
    });
    expect(events.map(({ related }) => related?.name).sort()).toEqual([
      'clusterproperties.about.k8s.io',
      'serviceexports.multicluster.x-k8s.io',
      'serviceimports.multicluster.x-k8s.io',
    ]);
    expect(events[0]?.message).toContain('cannot be reached on this hub');
    expect(events[0]?.involvedObject).toMatchObject({ kind: 'Service', name: 'clusterset-apiserver' });
    expect(await metricsOfServer()).toMatch(/^clusterset_foreign_definitions 3$/m);
  });
});

describe('a second process', () => {
  const startSecond = async (name: string): Promise<Child> => {
    const [port] = await freePorts(1);
    const args = ['serve', '--kubeconfig', set.serverKubeconfig, '--bind-address', '127.0.0.1'];
    return startChild({
      name,
      command: process.execPath,
      args: [PROGRAM, ...args, '--secure-port', String(port)],
      logFile: join(set.controlPlane.directory, `${name}.log`),
    });
  };

  it('waits and says for whom, and ends with 0 when it is asked to', async () => {
    const second = await startSecond('second');
    await eventually('the waiting to be told', () => {
      expect(second.process.exitCode).toBeNull();
      expect(second.output()).toContain('waiting for the Lease');
    });
    expect(second.output()).not.toContain('listening');
    expect(await second.stop('SIGTERM')).toBe(0);
  });

  it('serves as soon as the first one has ended', async () => {
    const second = await startSecond('successor');
    await eventually('the waiting to be told', () => expect(second.output()).toContain('waiting for the Lease'));
    await set.stopServer();
    await eventually('the successor to serve', () => expect(second.output()).toContain('listening'));
    expect(await second.stop('SIGTERM')).toBe(0);
    await set.startServer();
  });
});

describe('uninstall while a member is still registered', () => {
  it('keeps the namespace and the registration, and nothing that our server made', async () => {
    await eventually('the records of the server', async () => {
      expect((await namesOf('configmaps')).length).toBeGreaterThan(1);
      expect(await namesOf('secrets')).toContain('clusterset-apiserver-certificates');
      expect(await namesOf('leases')).toEqual(['clusterset-apiserver']);
    });
    await set.stopServer();
    const printed = await program('uninstall', '--kubeconfig', set.controlPlane.cluster('hub').adminKubeconfig);
    expect(printed).toContain(`Namespace ${NAMESPACE} kept: it holds 1 member registration(s)`);
    expect(await namesOf('leases')).toEqual([]);
    expect(await namesOf('secrets')).toEqual(['east']);
    expect((await namesOf('configmaps')).filter((name) => name !== 'kube-root-ca.crt')).toEqual([]);
  });
});
