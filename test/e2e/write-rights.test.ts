import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN, MULTICLUSTER_GROUP } from '../../src/kube/domain.ts';
import type { Child, Cluster } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { putProxyBefore } from './support/behind-proxy.ts';
import type { Answer, Call } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { program, startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { namespace } from './support/objects.ts';

interface AuditLine {
  readonly user: string;
  readonly verb: string;
  readonly memberCluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly reason?: string;
  readonly auditId: string;
  readonly dryRun: boolean;
}

const NAMESPACES = ['team', 'other'];

let set: TestClusterSet;
let hub: Cluster;
let proxy: FaultProxy;
let auditFile: string;
let serial = 0;

function newName(): string {
  serial += 1;
  return `r${serial}`;
}

/** A write by a user who has nothing but what was bound to him. */
async function as(user: string, request: Call, groups: readonly string[] = []): Promise<Answer> {
  return call(hub, { ...request, client: await hub.keys.user(user, groups) });
}

const createAt = (at: string, name: string): Call => ({
  method: 'POST',
  path: exportPath({ namespace: at }),
  body: exportOf(name),
});

async function allowed(user: string, request: Call): Promise<Answer> {
  const answer = await as(user, request);
  expect([200, 201], answer.text).toContain(answer.status);
  return answer;
}

async function denied(user: string, request: Call, message: RegExp): Promise<Answer> {
  const answer = await as(user, request);
  expect(answer.status, answer.text).toBe(403);
  expect(answer.object).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
  expect(answer.object.message).toMatch(message);
  return answer;
}

/** Gives a user rights in a namespace of a cluster by a Role of the same name. */
async function grant(cluster: string, at: string, { user, rules }: { user: string; rules: readonly object[] }) {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: user, namespace: at };
  const kubectl = set.controlPlane.kubectl(cluster);
  await kubectl.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
  await kubectl.apply({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name: user },
    subjects: [{ kind: 'User', name: user, apiGroup: rbac }],
  });
}

const WRITE_EXPORTS = {
  apiGroups: [MULTICLUSTER_GROUP],
  resources: ['serviceexports'],
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
};

async function restart(settings: object): Promise<void> {
  const config = join(set.controlPlane.directory, 'config.yaml');
  await writeFile(config, stringify({ ...settings, audit: { file: auditFile } }));
  await set.stopServer();
  await set.startServer(['--config', config]);
}

/** The hub's kube-apiserver and we both tell it, in one line each. */
function auditIdOf({ headers }: Answer): string | undefined {
  return String(headers['audit-id']).split(', ')[0];
}

async function auditLines(): Promise<readonly AuditLine[]> {
  const text = await readFile(auditFile, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditLine);
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west'], { memberArgs: ['--with-write-rights', '--with-impersonation-rights'] });
  await set.controlPlane.add('shown');
  await set.register('shown');
  await set.controlPlane.add('bare');
  const { adminKubeconfig } = set.controlPlane.cluster('bare');
  const hubKubeconfig = set.controlPlane.cluster('hub').adminKubeconfig;
  const clusters = ['--kubeconfig', adminKubeconfig, '--hub-kubeconfig', hubKubeconfig];
  await program('install', '--member', 'bare', ...clusters, '--with-write-rights');
  proxy = await putProxyBefore(set, 'east');
  hub = set.controlPlane.cluster('hub');
  auditFile = join(set.controlPlane.directory, 'audit.log');
  for (const member of ['east', 'west', 'shown', 'bare']) {
    for (const name of NAMESPACES) await set.member(member).apply(namespace(name));
  }
  for (const name of NAMESPACES) await set.hub.apply(namespace(name));
  await restart({});
});

afterAll(async () => {
  await set.stop();
  await proxy.close();
});

describe('a member', () => {
  const write = (name: string): Promise<Answer> => call(hub, createAt('team', name));

  it('that gave no right to write says so', async () => {
    const answer = await write('shown.api');
    expect(answer.status, answer.text).toBe(403);
    expect(answer.object.message).toMatch(/member cluster "shown".*cannot create resource.*lacks this right/);
  });

  it('without the definition says so', async () => {
    const answer = await write('bare.api');
    expect(answer.status, answer.text).toBe(404);
    expect(answer.object.message).toMatch(/"bare" does not have the resource serviceexports.*CustomResourceDefinition/);
  });

  it('without the namespace says so', async () => {
    const answer = await call(hub, createAt('absent', 'east.api'));
    expect(answer.status, answer.text).toBe(404);
    expect(answer.object.message).toBe('member cluster "east": namespaces "absent" not found');
  });

  it('that is away is refused at once, and nothing is queued', async () => {
    await call(hub, createAt('team', 'west.known'));
    await set.controlPlane.cluster('west').stop();
    const path = exportPath({ namespace: 'team', name: 'west.known' });
    const body = { metadata: { labels: { a: 'b' } } };
    for (const request of [createAt('team', 'west.new'), { method: 'PATCH', type: 'merge', path, body } as const]) {
      const answer = await call(hub, request);
      expect(answer.status, answer.text).toBe(503);
      expect(answer.object.message).toMatch(/"west" cannot be written to now, and nothing was/);
      expect(answer.headers['retry-after']).toBe('5');
    }
    await set.controlPlane.cluster('west').start();
    await eventually('west to take writes again', async () => {
      expect((await call(hub, { ...createAt('team', 'west.later') })).status).toBe(201);
    });
    const own = (name: string): Promise<Answer> =>
      call(set.controlPlane.cluster('west'), { method: 'GET', path: exportPath({ namespace: 'team', name }) });
    expect((await own('new')).status).toBe(404);
    expect((await own('known')).object.metadata.labels).toBeUndefined();
  });
});

describe('the roles of the hub', () => {
  let controllers: Child;

  beforeAll(async () => {
    await set.hub('create', 'rolebinding', 'eve', '--clusterrole=edit', '--user=eve', '-n', 'team');
    controllers = startControllers(set.controlPlane, 'hub', ['clusterrole-aggregation-controller']);
  });

  afterAll(() => controllers.stop());

  it('give editors no right to write unless that is asked for', async () => {
    const list: Call = { method: 'GET', path: exportPath({ namespace: 'team' }) };
    await eventually('the role edit to let read', () => allowed('eve', list));
    await denied('eve', createAt('team', `east.${newName()}`), /User "eve" cannot create resource "serviceexports"/);
    const address = ['--external-address', `localhost:${set.port}`, '--write-kubeconfig', set.serverKubeconfig];
    const kubeconfig = ['--kubeconfig', hub.adminKubeconfig];
    await program('install', ...kubeconfig, ...address, '--aggregate', 'all');
    await eventually('the role edit to let write', () => allowed('eve', createAt('team', `east.${newName()}`)));
    await denied('eve', createAt('other', `east.${newName()}`), /in the namespace "other"/);
    await program('install', ...kubeconfig, ...address);
    await eventually('the role edit to let write no more', () =>
      denied('eve', createAt('team', `east.${newName()}`), /cannot create/),
    );
  });

  it('can be for one namespace, which means all members', async () => {
    await denied('ann', createAt('team', `east.${newName()}`), /User "ann" cannot create/);
    await grant('hub', 'team', { user: 'ann', rules: [WRITE_EXPORTS] });
    const name = newName();
    await eventually('the role to hold', () => allowed('ann', createAt('team', `east.${name}`)));
    await allowed('ann', createAt('team', `west.${name}`));
    await denied('ann', createAt('other', `east.${name}`), /in the namespace "other"/);
    await allowed('ann', { method: 'DELETE', path: exportPath({ namespace: 'team', name: `east.${name}` }) });
  });
});

describe('the audit lines', () => {
  it('say who wrote what where and what came of it, under the audit id that the member was told', async () => {
    const name = newName();
    proxy.forget();
    const made = await allowed('ann', createAt('team', `east.${name}`));
    const path = exportPath({ namespace: 'team', name: `east.${name}` });
    const refusedBody = { metadata: { labels: { 'a b': 'c' } } };
    const refused = await as('ann', { method: 'PATCH', type: 'merge', path, body: refusedBody });
    expect(refused.status).toBe(422);
    await allowed('ann', { method: 'DELETE', path: `${path}?dryRun=All` });
    const lines = (await auditLines()).filter((line) => line.name === name);
    const place = { user: 'ann', memberCluster: 'east', namespace: 'team', resource: 'serviceexports' };
    expect(lines).toMatchObject([
      { ...place, verb: 'create', code: 201, dryRun: false, auditId: auditIdOf(made) },
      { ...place, verb: 'patch', code: 422, reason: 'Invalid', auditId: auditIdOf(refused) },
      { ...place, verb: 'delete', code: 200, dryRun: true },
    ]);
    const [post] = proxy.reached().filter(({ method }) => method === 'POST');
    expect(post?.headers['audit-id']).toBe(auditIdOf(made));
    expect(post?.headers['user-agent']).toMatch(/^clusterset-apiserver\//);
    expect(post?.headers['impersonate-user']).toBeUndefined();
  });

  it('do not hold what was written', async () => {
    const text = await readFile(auditFile, 'utf8');
    expect(text).not.toMatch(/Bearer|"spec"|"labels"/);
  });
});

describe('a second review for each cluster', () => {
  beforeAll(() => restart({ writes: { reviewCluster: true } }));

  it('lets nobody write to a cluster that he was not given', async () => {
    const name = newName();
    const text = new RegExp(`User "ann" cannot write resource "memberclusters/east" in API group "${DOMAIN}"`);
    await denied('ann', createAt('team', `east.${name}`), text);
    const rule = { apiGroups: [DOMAIN], resources: ['memberclusters'], verbs: ['write'], resourceNames: ['east'] };
    await grant('hub', 'team', { user: 'ann', rules: [WRITE_EXPORTS, rule] });
    await eventually('the role to hold', () => allowed('ann', createAt('team', `east.${name}`)));
    await denied('ann', createAt('team', `west.${name}`), /memberclusters\/west/);
    // Who may not write learns nothing about which members there are.
    await denied('ann', createAt('team', `north.${name}`), /memberclusters\/north/);
    const path = exportPath({ namespace: 'team', name: `east.${name}` });
    await allowed('ann', { method: 'PATCH', type: 'merge', path, body: { metadata: { labels: { a: 'b' } } } });
    await allowed('ann', { method: 'DELETE', path });
  });

  it('holds for every verb', async () => {
    const name = newName();
    expect((await call(hub, createAt('team', `west.${name}`))).status).toBe(201);
    const path = exportPath({ namespace: 'team', name: `west.${name}` });
    const { object } = await call(hub, { method: 'GET', path });
    const requests: readonly Call[] = [
      { method: 'PUT', path, body: object },
      { method: 'PATCH', type: 'merge', path, body: {} },
      { method: 'PATCH', type: 'apply', path: `${path}?fieldManager=a`, body: exportOf(`west.${name}`) },
      { method: 'DELETE', path },
      { method: 'DELETE', path: `${path}?dryRun=All` },
    ];
    for (const request of requests) await denied('ann', request, /memberclusters\/west/);
  });
});

describe('writing as the caller', () => {
  beforeAll(() => restart({ writes: { impersonate: true } }));

  it("needs the caller's own rights in the member", async () => {
    const name = newName();
    const member = await denied(
      'ann',
      createAt('team', `east.${name}`),
      /member cluster "east".*User "ann" cannot create/,
    );
    expect(member.object.message).not.toMatch(/its own account/);
    await grant('east', 'team', { user: 'ann', rules: [WRITE_EXPORTS] });
    await eventually('the role in the member to hold', () => allowed('ann', createAt('team', `east.${name}`)));
    const [post] = proxy
      .reached()
      .filter(({ method, body }) => method === 'POST' && body.includes(name))
      .slice(-1);
    expect(post?.headers['impersonate-user']).toBe('ann');
    expect(post?.headers['impersonate-group']).toBe('system:authenticated');
  });

  it('is not possible for those whom Kubernetes itself gives rights', async () => {
    const name = newName();
    const admin = await call(hub, createAt('team', `east.${name}`));
    expect(admin.status, admin.text).toBe(403);
    expect(admin.object.message).toMatch(/members of the group "system:masters" are never passed on/);
    const own = exportPath({ namespace: 'team', name });
    expect((await call(set.controlPlane.cluster('east'), { method: 'GET', path: own })).status).toBe(404);
  });
});
