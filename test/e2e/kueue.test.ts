import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../contract/target.ts';
import { provideProgram } from '../support/control-plane/binaries.ts';
import type { Child, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startChild } from '../support/control-plane/index.ts';
import { KUEUE, SECRET_READER } from '../support/control-plane/recipes.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { namespace } from './support/objects.ts';
import { execConfig, letIn, moreProbes, moveTo } from './support/profile-consumer.ts';
import { upstreamCrd } from './support/upstream-crds.ts';

const MEMBER = 'east';
const INVENTORY = 'kueue-system';
/** What the MultiKueue controllers read and write on the hub; of these, Workloads in members too. */
const KINDS = [
  'workloads',
  'admissionchecks',
  'multikueueclusters',
  'multikueueconfigs',
  'localqueues',
  'clusterqueues',
];
const WATCHES = 'group="kueue.x-k8s.io",resource="workloads"';

let set: TestClusterSet;
let kueue: Child;
let metricsUrl: string;
let firstToken: string;

/** Too large for the annotation that `kubectl apply` writes. */
async function define(kubectl: Kubectl, kinds: readonly string[]): Promise<void> {
  for (const kind of kinds) {
    const file = `config/components/crd/bases/kueue.x-k8s.io_${kind}.yaml`;
    const crd = upstreamCrd('sigs.k8s.io/kueue', file, KUEUE);
    const { code, stderr } = await kubectl.result(['create', '-f', '-'], JSON.stringify(crd));
    expect([code, stderr]).toEqual([0, '']);
    await eventually(kind, () => kubectl('get', `${kind}.kueue.x-k8s.io`, '-A'));
  }
}

function multiKueueCluster(name: string): object {
  return {
    apiVersion: 'kueue.x-k8s.io/v1beta2',
    kind: 'MultiKueueCluster',
    metadata: { name },
    spec: { clusterSource: { clusterProfileRef: { name } } },
  };
}

async function active(name: string): Promise<string> {
  const path = '{range .status.conditions[?(@.type=="Active")]}{.status} {.reason} {.message}{end}';
  return set.hub('get', 'multikueuecluster', name, '-o', `jsonpath=${path}`);
}

/** Watches of Workloads in the member: how many there are, and how many came to their end. */
async function watches(): Promise<{ readonly open: number; readonly ended: number }> {
  const text = await set.member(MEMBER)('get', '--raw', '/metrics');
  const sum = (metric: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`) && line.includes(WATCHES) && line.includes('verb="WATCH"'))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return { open: sum('apiserver_longrunning_requests'), ended: sum('apiserver_request_total') };
}

/** How often Kueue looked at a MultiKueueCluster. */
async function looks(): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  const lines = text.match(/^controller_runtime_reconcile_total\{controller="multikueue_cluster",.* \d+$/gm) ?? [];
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
}

async function eventuallyConnected(expectEnded: (ended: number) => void): Promise<void> {
  await eventually(
    'Kueue to watch in the member and to say so',
    async () => {
      const { open, ended } = await watches();
      expect(open).toBe(1);
      expectEnded(ended);
      expect(await active(MEMBER)).toBe('True Active Connected');
    },
    60_000,
  );
}

/** How the member answers who comes with this token. */
async function statusWith(token: string): Promise<number> {
  const { url, keys } = set.controlPlane.cluster(MEMBER);
  const headers = { Authorization: `Bearer ${token}` };
  const target = { baseUrl: url, headers, tls: { ca: keys.ca }, close: () => Promise.resolve() };
  return (await call(target, '/apis/kueue.x-k8s.io/v1beta2/workloads')).status;
}

beforeAll(async () => {
  const say = (line: string): void => console.log(line);
  const plugin = await provideProgram(SECRET_READER, say);
  const program = await provideProgram(KUEUE, say);
  set = await startClusterSet([MEMBER]);
  const { directory } = set.controlPlane;
  await set.hub.apply(namespace(INVENTORY));
  await define(set.hub, KINDS);
  await define(set.member(MEMBER), ['workloads']);
  firstToken = await letIn(set, { member: MEMBER, account: 'kueue', resource: 'workloads.kueue.x-k8s.io' });
  const config = join(directory, 'kueue-profiles.yaml');
  await writeFile(config, JSON.stringify({ profiles: { namespaces: [INVENTORY] } }));
  await set.startServer(['--config', config]);
  // Kueue connects anew with each change of a profile: the first ones are over.
  for (const condition of ['ControlPlaneHealthy', 'Joined', 'clusterset-apiserver.dev/PropertiesComplete']) {
    const profile = ['clusterprofile', MEMBER, '-n', INVENTORY];
    await set.hub('wait', ...profile, `--for=condition=${condition}`, '--timeout=60s');
  }
  const profiles = join(directory, 'multi-kueue.json');
  const credentialsProviders = [{ name: 'direct', execConfig: execConfig(plugin) }];
  await writeFile(profiles, JSON.stringify({ credentialsProviders }));
  const [port] = await freePorts(1);
  metricsUrl = `http://127.0.0.1:${String(port)}/metrics`;
  kueue = startChild({
    name: KUEUE,
    command: program,
    args: ['-namespace', INVENTORY, '-profiles', profiles, '-metrics', `127.0.0.1:${String(port)}`],
    env: { KUBECONFIG: set.controlPlane.cluster('hub').adminKubeconfig },
    logFile: join(directory, 'kueue.log'),
  });
});

afterAll(async () => {
  await (kueue as Child | undefined)?.stop();
  await set.stop();
});

describe('Kueue with worker clusters by their ClusterProfiles', () => {
  it('connects to a member', async () => {
    await set.hub.apply(multiKueueCluster(MEMBER));
    await eventuallyConnected(() => undefined);
  });

  it('says which profile there is not', async () => {
    await set.hub.apply(multiKueueCluster('nobody'));
    await eventually('MultiKueueCluster nobody', async () => {
      expect(await active('nobody')).toMatch(/^False BadClusterProfile .*: ClusterProfile.* "nobody" not found$/);
    });
  });

  it('hears nothing and keeps its connection while nothing changes, however often the member is probed', async () => {
    const before = [await looks(), await watches()];
    expect(before[0]).toBeGreaterThan(0);
    await moreProbes(set, [MEMBER], 2);
    expect([await looks(), await watches()]).toEqual(before);
  });

  it('connects anew when the member moves', async () => {
    const before = await watches();
    await moveTo(set, MEMBER, 'localhost');
    await eventuallyConnected((ended) => expect(ended).toBe(before.ended + 1));
  });

  it('takes new credentials when the old ones are refused', async () => {
    const before = await watches();
    await letIn(set, { member: MEMBER, account: 'kueue-2', resource: 'workloads.kueue.x-k8s.io' });
    await set.member(MEMBER)('delete', 'serviceaccount', 'kueue', '-n', 'default');
    // kube-apiserver remembers for a while whom it knew.
    await eventually('the old token to be refused', async () => expect(await statusWith(firstToken)).toBe(401));
    // Kueue still has the old token for this address.
    await moveTo(set, MEMBER, '127.0.0.1');
    await eventuallyConnected((ended) => expect(ended).toBeGreaterThan(before.ended));
  });
});
