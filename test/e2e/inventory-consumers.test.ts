import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { freePorts, kubeconfigText, startChild } from '../support/control-plane/index.ts';
import { provideProgram } from '../support/control-plane/binaries.ts';
import { SECRET_READER } from '../support/control-plane/recipes.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, startClusterSet } from './support/clusterset.ts';
import { directGet } from './support/direct.ts';
import { namespace } from './support/objects.ts';

const MEMBERS = ['east', 'west'];
const INVENTORY = 'fleet';

/** What became of one profile in the consumer. */
interface Engaged {
  readonly engagements: number;
  readonly events: number;
  readonly fingerprint: string;
  readonly problem: string;
}

interface Dump {
  readonly synced: boolean;
  readonly events: number;
  readonly members: Readonly<Record<string, Engaged>>;
}

let set: TestClusterSet;
let consumer: Child;
let address: string;

async function dump(): Promise<Dump> {
  const response = await fetch(`http://${address}/dump`);
  return (await response.json()) as Dump;
}

async function engaged(member: string): Promise<Engaged | undefined> {
  return (await dump()).members[`${INVENTORY}/${member}`];
}

async function fingerprint(member: string): Promise<string> {
  return set.member(member)('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}');
}

/** Lets the consumer in: an account of its own in the member, and its token where the plugin looks for it on the hub. */
async function letIn(member: string): Promise<void> {
  const kubectl = set.member(member);
  await kubectl('create', 'serviceaccount', 'consumer', '-n', 'default');
  const account = '--serviceaccount=default:consumer';
  await kubectl('create', 'clusterrole', 'consumer', '--verb=get', '--resource=namespaces');
  await kubectl('create', 'clusterrolebinding', 'consumer', '--clusterrole=consumer', account);
  const token = (await kubectl('create', 'token', 'consumer', '-n', 'default')).trim();
  await set.hub('create', 'secret', 'generic', member, '-n', 'default', `--from-literal=token=${token}`);
}

async function probes(member: string): Promise<number> {
  const bundle = await set.hub(
    ...['get', 'apiservice', 'v1alpha1.multicluster.x-k8s.io', '-o', 'jsonpath={.spec.caBundle}'],
  );
  const client = set.controlPlane.cluster('hub').keys.admin;
  const { body } = await directGet(set.port, '/metrics', { ca: Buffer.from(bundle, 'base64').toString(), client });
  const line = new RegExp(`^clusterset_member_probes_total\\{member="${member}"\\} (\\d+)$`, 'm').exec(body);
  return Number(line?.[1] ?? NaN);
}

/** Registers a member under another address of the same kube-apiserver, as when its endpoint moves. */
async function moveTo(member: string, host: string): Promise<void> {
  const { port, keys } = set.controlPlane.cluster(member);
  const { cert, key } = keys.admin;
  const text = kubeconfigText({ name: member, url: `https://${host}:${port}`, ca: keys.ca, cert, key });
  const data = { kubeconfig: Buffer.from(text).toString('base64') };
  const patch = JSON.stringify({ data });
  await set.hub('patch', 'secret', member, '-n', NAMESPACE, '--type=merge', '-p', patch);
}

beforeAll(async () => {
  const say = (line: string): void => console.log(line);
  const plugin = await provideProgram(SECRET_READER, say);
  set = await startClusterSet(MEMBERS);
  await set.hub.apply(namespace(INVENTORY));
  for (const member of MEMBERS) await letIn(member);
  const { directory } = set.controlPlane;
  const config = join(directory, 'consumers.yaml');
  await writeFile(config, JSON.stringify({ profiles: { namespaces: [INVENTORY] } }));
  await set.startServer(['--config', config]);
  const providers = join(directory, 'providers.json');
  const execConfig = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: plugin,
    provideClusterInfo: true,
  };
  await writeFile(providers, JSON.stringify({ providers: [{ name: 'direct', execConfig }] }));
  const [port] = await freePorts(1);
  address = `127.0.0.1:${String(port)}`;
  const kubeconfig = set.controlPlane.cluster('hub').adminKubeconfig;
  consumer = startChild({
    name: 'inventory',
    command: set.controlPlane.binaries.path('inventory'),
    args: ['-kubeconfig', kubeconfig, '-namespace', INVENTORY, '-providers', providers, '-listen', address],
    env: { KUBECONFIG: kubeconfig },
    logFile: join(directory, 'inventory.log'),
  });
  await eventually('the consumer', dump);
});

afterAll(async () => {
  await consumer.stop();
  await set.stop();
});

describe('a consumer of ClusterProfiles with the access library and its secretreader plugin', () => {
  it('logs in to each member once, by what the profile says', async () => {
    for (const member of MEMBERS) {
      const uid = await fingerprint(member);
      await eventually(`${member} to be engaged`, async () => {
        expect(await engaged(member)).toMatchObject({ engagements: 1, fingerprint: uid, problem: '' });
      });
    }
  });

  it('hears nothing while nothing changes, however often members are probed', async () => {
    const before = await dump();
    const [east, west] = [await probes('east'), await probes('west')];
    await eventually(
      'two more probes of each member',
      async () => {
        expect(await probes('east')).toBeGreaterThanOrEqual(east + 2);
        expect(await probes('west')).toBeGreaterThanOrEqual(west + 2);
      },
      120_000,
    );
    expect(await dump()).toEqual(before);
  });

  it('engages a member anew when it moves, and only that one', async () => {
    await moveTo('east', 'localhost');
    await eventually('east to be engaged anew', async () => {
      expect(await engaged('east')).toMatchObject({ engagements: 2, problem: '' });
    });
    expect(await engaged('west')).toMatchObject({ engagements: 1 });
  });
});
