import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { startEtcd } from '../support/control-plane/etcd.ts';
import { eventually } from '../support/eventually.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { answerStatus, answerWith, calls } from '../support/faults.ts';
import { createTestAuthority } from '../support/tls-material.ts';
import { changeRegistration, encoded, putProxyBefore } from './support/behind-proxy.ts';
import type { CommandResult, TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, startClusterSet } from './support/clusterset.ts';
import type { ConditionView, ObjectView } from './support/views.ts';
import { conditionOf } from './support/views.ts';

const GROUP = 'multicluster.x-k8s.io';
const HEALTHY = 'ControlPlaneHealthy';
/** Its kube-apiserver has an etcd of its own, and takes its time to end. */
const FAILING = 'west';
/** Is reached through a proxy. */
const PROXIED = 'north';
const MEMBERS = ['east', PROXIED, FAILING];
/** More than any member is probed in this time. */
const OFTEN = 10_000;

let set: TestClusterSet;
let config: string;
let etcd: Child;
let proxy: FaultProxy;

interface Provider {
  readonly name: string;
  readonly cluster: object;
}

interface Profile extends ObjectView {
  readonly spec: { readonly clusterManager: { readonly name: string } };
  readonly status: {
    readonly conditions: readonly ConditionView[];
    readonly version: { readonly kubernetes: string };
    readonly properties?: readonly { readonly name: string; readonly value: string }[];
    readonly accessProviders: readonly Provider[];
    readonly credentialProviders?: readonly Provider[];
  };
}

function profile(name: string, version = 'v1alpha1'): Promise<Profile> {
  return set.hub.json<Profile>('get', `clusterprofiles.${version}.${GROUP}`, name, '-n', NAMESPACE);
}

/** Waits for `status reason` of the health; all else that was known of the member stays. */
async function health(name: string, expected: string, message?: string): Promise<void> {
  await eventually(`${name} to be ${expected}`, async () => {
    const object = await profile(name);
    const told = conditionOf(object, HEALTHY);
    expect(`${told?.status} ${told?.reason}`).toBe(expected);
    if (message !== undefined) expect(told?.message).toBe(message);
    expect(object.status.version.kubernetes).toMatch(/^v1\./);
    expect(object.status.accessProviders).toHaveLength(1);
  });
}

beforeAll(async () => {
  set = await startClusterSet(['east', PROXIED]);
  const { binaries, directory } = set.controlPlane;
  const own = await startEtcd({ directory: join(directory, 'etcd-own'), binaries, fsync: false });
  etcd = own.child;
  await set.controlPlane.add(FAILING, ['--shutdown-delay-duration=120s'], own.url);
  await set.register(FAILING);
  proxy = await putProxyBefore(set, PROXIED);
  config = join(directory, 'states.yaml');
  await writeFile(config, JSON.stringify({ members: { probeIntervalMs: 500 } }));
  await set.startServer(['--config', config]);
  for (const member of MEMBERS) await health(member, 'True APIServerReady', '');
});

afterAll(async () => {
  await set.stop();
  await proxy.close();
  await etcd.stop();
});

it('an inventory is as consumers may expect it at v1alpha2', async () => {
  const resources = `/apis/${GROUP}/v1alpha2`;
  const served = JSON.parse(await set.hub('get', '--raw', resources)) as { resources: readonly object[] };
  const kind = { name: 'clusterprofiles', kind: 'ClusterProfile', namespaced: true };
  expect(served.resources).toContainEqual(expect.objectContaining(kind));
  const list = await set.hub.json<{ items: readonly Profile[] }>(
    ...(['get', `clusterprofiles.v1alpha2.${GROUP}`, '-n', NAMESPACE] as const),
  );
  expect(list.items.map(({ metadata }) => metadata.name)).toEqual([...MEMBERS].sort());
  const ids = list.items.map(({ metadata }) => metadata.labels?.['multicluster.x-k8s.io/inventory-member-id']);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(ids).size).toBe(MEMBERS.length);
  for (const { metadata, spec, status } of list.items) {
    expect(spec.clusterManager.name).not.toBe('');
    expect(metadata.labels?.['x-k8s.io/cluster-manager']).toBe(spec.clusterManager.name);
    expect(status.conditions.map(({ type }) => type)).toEqual(expect.arrayContaining([HEALTHY, 'Joined']));
    expect(status.version.kubernetes).not.toBe('');
  }
});

describe('what another writer reports in a status', () => {
  const WRITER = 'system:serviceaccount:default:addon';
  const google: Provider = { name: 'google', cluster: { server: 'https://gke.example/east' } };

  beforeAll(async () => {
    const resources = `--resource=clusterprofiles.${GROUP},clusterprofiles.${GROUP}/status`;
    await set.hub('create', 'role', 'addon', '-n', NAMESPACE, '--verb=get,update,patch', resources);
    await set.hub('create', 'rolebinding', 'addon', '-n', NAMESPACE, '--role=addon', '--serviceaccount=default:addon');
  });

  function putStatus(object: unknown): Promise<CommandResult> {
    const args = ['replace', '--subresource=status', '-f', '-', `--as=${WRITER}`];
    return set.hub.result(args, JSON.stringify(object));
  }

  function patch(operations: readonly object[], ...more: readonly string[]): Promise<CommandResult> {
    const args = ['patch', 'clusterprofile', 'east', '-n', NAMESPACE, '--type=json', `--as=${WRITER}`];
    return set.hub.result([...args, '-p', JSON.stringify(operations), ...more]);
  }

  /** By the typed client of the Cluster Inventory API, which has v1alpha1 only. */
  async function reportTyped(value: string, ...more: readonly string[]): Promise<Profile> {
    const { binaries, cluster } = set.controlPlane;
    const where = ['-kubeconfig', cluster('hub').adminKubeconfig, '-namespace', NAMESPACE];
    const args = [...where, '-report', 'east', '-value', value, ...more];
    const { stdout } = await promisify(execFile)(binaries.path('inventory'), args);
    return JSON.parse(stdout) as Profile;
  }

  it('comes by JSON patch, which is applied whole or not at all', async () => {
    const label = { op: 'add', path: '/metadata/labels/team', value: 'payments' };
    expect(await patch([label])).toMatchObject({ code: 0, stderr: '' });
    const wrong = await patch([
      { op: 'replace', path: '/metadata/labels/team', value: 'other' },
      { op: 'test', path: '/spec/displayName', value: 'not its name' },
    ]);
    expect(wrong.code).toBe(1);
    expect((await profile('east')).metadata.labels).toMatchObject({ team: 'payments' });
    const add = { op: 'add', path: '/status/accessProviders/-', value: google };
    expect(await patch([add], '--subresource=status')).toMatchObject({ code: 0, stderr: '' });
    const ours = await patch([{ op: 'remove', path: '/status/accessProviders/0' }], '--subresource=status');
    expect(ours.stderr).toContain('is set by clusterset-apiserver');
    expect((await profile('east')).status.accessProviders.map(({ name }) => name)).toEqual(['direct', 'google']);
    const back = [{ op: 'remove', path: '/status/accessProviders/1' }];
    expect(await patch(back, '--subresource=status')).toMatchObject({ code: 0, stderr: '' });
  });

  it('comes by an update of the status in both versions, and neither takes away what the other cannot say', async () => {
    const old = await profile('east');
    const mirrored = { ...old, status: { ...old.status, credentialProviders: [google] } };
    expect((await putStatus(mirrored)).stderr).toMatch(/^Warning: status.credentialProviders is deprecated[^\n]*\n$/);
    expect((await putStatus(mirrored)).stderr).toContain('the object has been modified');
    const now = await profile('east', 'v1alpha2');
    expect(now.status.credentialProviders).toBeUndefined();
    const properties = [...(now.status.properties ?? []), { name: 'addon.example.com/zone', value: 'a' }];
    // What is not of the status is not written with it.
    const metadata = { ...now.metadata, labels: { ...now.metadata.labels, team: 'other' } };
    expect(await putStatus({ ...now, metadata, status: { ...now.status, properties } })).toMatchObject({ code: 0 });
    const after = await profile('east');
    expect(after.status.credentialProviders).toEqual([google]);
    expect(after.status.properties).toContainEqual({ name: 'addon.example.com/zone', value: 'a' });
    expect(after.metadata.labels).toMatchObject({ team: 'payments' });
  });

  it('comes from the typed client, which sends null for conditions that it does not set', async () => {
    const before = await profile('east');
    const state = (object: Profile): string | undefined =>
      object.status.properties?.find(({ name }) => name === 'addon.example.com/state')?.value;
    const first = await reportTyped('up', '-conditions');
    expect(state(first)).toBe('up');
    expect(conditionOf(first, 'addon.example.com/Ready')).toMatchObject({ status: 'True', reason: 'Reported' });
    const bare = await reportTyped('down');
    expect(state(bare)).toBe('down');
    for (const type of [HEALTHY, 'Joined']) expect(conditionOf(bare, type)).toEqual(conditionOf(before, type));
  });

  it('may be large, lasts over a restart, and is refused above the limit', async () => {
    const value = (): string => randomBytes(512).toString('hex');
    const many = (count: number): readonly object[] =>
      Array.from({ length: count }, (_item, index) => ({ name: `large.example.com/${index}`, value: value() }));
    const { status, ...rest } = await profile('east');
    const ours = status.properties ?? [];
    expect(await putStatus({ ...rest, status: { ...status, properties: [...ours, ...many(470)] } })).toMatchObject({
      code: 0,
    });
    const before = await profile('east');
    expect(before.status.properties).toHaveLength(ours.length + 470);
    await set.stopServer();
    await set.startServer(['--config', config]);
    expect(await profile('east')).toEqual(before);
    const more = { ...before, status: { ...before.status, properties: [...ours, ...many(510)] } };
    expect((await putStatus(more)).stderr).toContain(
      'what other writers keep in one profile is limited to 524288 bytes',
    );
    const tooLong = { name: 'long.example.com/x', value: 'x'.repeat(1025) };
    const long = await putStatus({ ...before, status: { ...before.status, properties: [...ours, tooLong] } });
    expect(long.stderr).toMatch(/is invalid: status\.properties\[\d+\]\.value: Too long/);
    expect(await profile('east')).toEqual(before);
    expect(await putStatus({ ...before, status: { ...before.status, properties: ours } })).toMatchObject({ code: 0 });
  });
});

describe('a member whose controllers stop', () => {
  function renew(holder: string, renewTime: string): Promise<string> {
    const metadata = { name: holder, namespace: 'kube-system' };
    const spec = { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0, renewTime };
    return set.member('east').apply({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  }

  it.each([
    ['kube-controller-manager', 'ControllerManagerStale'],
    ['kube-scheduler', 'SchedulerStale'],
  ])('is not healthy while the Lease of %s is old', async (holder, reason) => {
    await renew(holder, '2020-01-01T00:00:00.000000Z');
    await health('east', `False ${reason}`, `the Lease of ${holder} is not renewed`);
    await renew(holder, new Date().toISOString().replace('Z', '000Z'));
    await health('east', 'True APIServerReady', '');
    await set.member('east')('delete', 'lease', holder, '-n', 'kube-system');
  });
});

describe('a member behind a proxy', () => {
  it('is not known to be unhealthy while the proxy alone answers, and is when its kube-apiserver does', async () => {
    const isProbe = calls('GET', /^\/readyz$/);
    const page = answerWith(502, '<html>bad gateway</html>', { 'content-type': 'text/html' });
    const gateway = proxy.inject(isProbe, page, OFTEN);
    await health(PROXIED, 'Unknown ProxyError');
    gateway.remove();
    await health(PROXIED, 'True APIServerReady', '');
    const message = 'the server is currently unable to handle the request';
    const answer = answerStatus(503, { reason: 'ServiceUnavailable', message });
    const unavailable = proxy.inject(isProbe, answer, OFTEN);
    await health(PROXIED, 'False APIServerNotReady');
    unavailable.remove();
    await health(PROXIED, 'True APIServerReady', '');
  });

  it('is not known any more when it cannot be trusted, however it is reached', async () => {
    const other = createTestAuthority('another').certificate;
    await changeRegistration(set, PROXIED, { 'certificate-authority-data': encoded(other) });
    await health(PROXIED, 'Unknown TLSVerificationFailed');
    await changeRegistration(set, PROXIED, { 'certificate-authority-data': encoded(proxy.ca) });
    await health(PROXIED, 'True APIServerReady', '');
  });
});

describe('a member whose kube-apiserver is not ready', () => {
  it('tells which of its checks fail, and an etcd that does not answer above all', async () => {
    const { pid } = set.controlPlane.cluster(FAILING);
    process.kill(pid(), 'SIGTERM');
    await health(FAILING, 'False APIServerNotReady', 'failed checks: shutdown');
    await etcd.stop('SIGKILL');
    await health(FAILING, 'False EtcdUnhealthy', 'failed checks: etcd, etcd-readiness, shutdown');
    expect(conditionOf(await profile(FAILING), 'Joined')).toMatchObject({ status: 'True', reason: 'Registered' });
  });
});

describe('a member that takes our rights away', () => {
  it('is not known to be unhealthy: what we may not see, and who we are not', async () => {
    const east = set.member('east');
    for (const name of ['clusterset-apiserver-reader', 'system:public-info-viewer', 'system:discovery']) {
      await east('delete', 'clusterrolebinding', name);
    }
    await health('east', 'Unknown ProbeForbidden');
    await east('delete', 'serviceaccount', 'clusterset-apiserver-reader', '-n', NAMESPACE);
    await health('east', 'Unknown ProbeUnauthorized');
  });
});
