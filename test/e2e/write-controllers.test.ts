import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child, Cluster } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Call, ExportFields, KubeAnswer } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { namespace, service } from './support/objects.ts';
import type { ObjectView, View } from './support/views.ts';
import { keyOf, viewOf } from './support/views.ts';

const MEMBERS = ['east', 'west'];
const CONTROLLERS = ['garbage-collector-controller', 'namespace-controller', 'resourcequota-controller'];
const WRITES = /"method":"(POST|PUT|PATCH|DELETE)","path":"\/apis\/multicluster[^"]*/g;

let set: TestClusterSet;
let hub: View;
/** Writes of our kinds that this test sent to the hub. */
let sent = 0;
const controllers = new Map<string, Child>();

function cluster(name: string): Cluster {
  return set.controlPlane.cluster(name);
}

async function write(request: Call): Promise<Answer> {
  sent += 1;
  return call(cluster('hub'), request);
}

async function done(request: Call): Promise<KubeAnswer> {
  const answer = await write(request);
  expect([200, 201], answer.text).toContain(answer.status);
  return answer.object;
}

const create = (at: string, name: string, more: ExportFields = {}): Promise<KubeAnswer> =>
  done({ method: 'POST', path: exportPath({ namespace: at }), body: exportOf(name, more) });
const get = (where: string, at: string, name: string): Promise<Answer> =>
  call(cluster(where), { method: 'GET', path: exportPath({ namespace: at, name }) });

/** Everything that members hold, with the revisions that any write would change. */
async function memberObjects(): Promise<readonly ObjectView[]> {
  const objects: ObjectView[] = [];
  for (const member of MEMBERS) {
    for (const resource of ['serviceexports', 'services', 'namespaces']) {
      objects.push(...(await viewOf(set.member(member)).list(resource)));
    }
  }
  return objects;
}

/** Nobody wrote our kinds on the hub but this test. */
async function expectOwnWritesOnly(): Promise<void> {
  const seen = (): number => set.server().output().match(WRITES)?.length ?? 0;
  await eventually('the log to hold all writes', () => expect(seen()).toBeGreaterThanOrEqual(sent));
  expect(seen()).toBe(sent);
}

/** Makes a dependent whose owner does not exist, and waits until the garbage collector of the hub took it away. */
async function untilCollected(): Promise<void> {
  await set.hub.apply(dependent('orphan', { name: 'none', uid: '00000000-0000-4000-8000-000000000000' }));
  await hub.vanishes('configmap', 'shop/orphan');
}

function dependent(name: string, owner: { readonly name: string; readonly uid: string }): object {
  const reference = { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', ...owner };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', ownerReferences: [reference] },
  };
}

beforeAll(async () => {
  set = await startClusterSet(MEMBERS, { memberArgs: ['--with-write-rights'] });
  hub = viewOf(set.hub);
  for (const member of MEMBERS) {
    for (const name of ['prod', 'shop', 'leaving']) {
      await set.member(member).apply(namespace(name));
      await set.member(member).apply(service(name, 'api'));
    }
  }
  await set.startServer();
  for (const name of ['hub', ...MEMBERS]) controllers.set(name, startControllers(set.controlPlane, name, CONTROLLERS));
  for (const [name, child] of controllers) {
    await eventually(`the garbage collector of ${name} to be in sync`, () => {
      expect(child.output()).toContain('Garbage collector: all resource monitors have synced');
    });
  }
  for (const at of ['prod', 'shop']) for (const member of MEMBERS) await create(at, `${member}.api`);
});

afterAll(async () => {
  await Promise.all([...controllers.values()].map((child) => child.stop()));
  await set.stop();
});

describe('a namespace of the hub that members have', () => {
  it('is created and deleted, twice, and no member is touched', async () => {
    const before = await memberObjects();
    for (let time = 0; time < 2; time += 1) {
      await set.hub.apply(namespace('prod'));
      await set.hub('create', 'configmap', 'own', '-n', 'prod');
      await set.hub('delete', 'namespace', 'prod', '--timeout=60s');
      expect((await set.hub.result(['get', 'namespace', 'prod'])).stderr).toContain('NotFound');
    }
    expect(await memberObjects()).toEqual(before);
    await expectOwnWritesOnly();
    expect((await hub.list('svcex')).map(keyOf)).toEqual(expect.arrayContaining(['prod/east.api', 'prod/west.api']));
  });

  it('does not keep rows from being written while it goes', async () => {
    await set.hub.apply(namespace('prod'));
    const finalizers = { metadata: { finalizers: ['example.com/hold'] } };
    await set.hub.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace: 'prod', ...finalizers.metadata },
    });
    await set.hub('delete', 'namespace', 'prod', '--wait=false');
    // Whether an object may be made there is for the member to say.
    await create('prod', 'east.late');
    expect((await get('east', 'prod', 'late')).status).toBe(200);
    await set.hub('patch', 'configmap', 'held', '-n', 'prod', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await hub.vanishes('namespace', '/prod');
    expect((await get('east', 'prod', 'late')).status).toBe(200);
  });
});

describe('a namespace of a member', () => {
  it('that goes refuses new exports with its own reason, and takes its rows with it', async () => {
    await create('leaving', 'east.api', { metadata: { finalizers: ['example.com/hold'] } });
    await create('leaving', 'west.api');
    await set.member('east')('delete', 'namespace', 'leaving', '--wait=false');
    const path = exportPath({ namespace: 'leaving' });
    const answer = await write({ method: 'POST', path, body: exportOf('east.new') });
    expect(answer.status, answer.text).toBe(403);
    expect(answer.object.message).toMatch(/member cluster "east".*because it is being terminated/);
    expect(answer.object.details?.causes?.[0]).toMatchObject({ reason: 'NamespaceTerminating' });
    await eventually('the deletion of the held export to show', async () => {
      expect((await get('hub', 'leaving', 'east.api')).object.metadata.deletionTimestamp).toBeDefined();
    });
    const body = { metadata: { finalizers: null } };
    await done({ method: 'PATCH', type: 'merge', path: `${path}/east.api`, body });
    await eventually('the row to go', async () => expect((await get('hub', 'leaving', 'east.api')).status).toBe(404));
    expect((await get('hub', 'leaving', 'west.api')).status).toBe(200);
  });
});

describe('the garbage collector of the hub', () => {
  it('lets dependents of a row live as long as the row, and no longer', async () => {
    await set.hub.apply(namespace('shop'));
    const { name, uid } = (await get('hub', 'shop', 'east.api')).object.metadata;
    await set.hub.apply(dependent('kept', { name, uid }));
    await untilCollected();
    expect(await set.hub('get', 'configmap', 'kept', '-n', 'shop', '-o', 'name')).toContain('kept');
    await done({ method: 'DELETE', path: exportPath({ namespace: 'shop', name: 'east.api' }) });
    await hub.vanishes('configmap', 'shop/kept');
    await create('shop', 'east.api');
  });

  it('does not touch rows whose objects have owners in their member, but the member does', async () => {
    const owner = await set.member('east').json<KubeAnswer>('create', 'configmap', 'owner', '-n', 'shop');
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
    const body = exportOf('owned', { metadata: { ownerReferences: [reference] } });
    const path = exportPath({ namespace: 'shop' });
    expect((await call(cluster('east'), { method: 'POST', path, body })).status).toBe(201);
    await eventually('the row', async () => expect((await get('hub', 'shop', 'east.owned')).status).toBe(200));
    const labels = { a: 'b' };
    await done({ method: 'PATCH', type: 'merge', path: `${path}/east.owned`, body: { metadata: { labels } } });
    await untilCollected();
    await expectOwnWritesOnly();
    expect((await get('east', 'shop', 'owned')).object.metadata).toMatchObject({
      labels,
      ownerReferences: [reference],
    });
    await set.member('east')('delete', 'configmap', 'owner', '-n', 'shop');
    await eventually('the row to go', async () => expect((await get('hub', 'shop', 'east.owned')).status).toBe(404));
  });

  it.each(['Foreground', 'Orphan'])('leaves the end of a deletion to the member: %s', async (propagationPolicy) => {
    await create('shop', 'west.policy');
    const path = exportPath({ namespace: 'shop', name: 'west.policy' });
    await done({ method: 'DELETE', path, body: { propagationPolicy } });
    await eventually('the row to go', async () => expect((await get('hub', 'shop', 'west.policy')).status).toBe(404));
    expect((await get('west', 'shop', 'policy')).status).toBe(404);
  });
});

describe('a quota of the hub', () => {
  it('counts no row and stops none', async () => {
    await set.hub(
      'create',
      'quota',
      'few',
      '-n',
      'shop',
      '--hard=count/configmaps=50,count/serviceexports.multicluster.x-k8s.io=1',
    );
    await set.hub('create', 'configmap', 'counted', '-n', 'shop');
    await eventually('the quota to be counted', async () => {
      const used = await set.hub('get', 'quota', 'few', '-n', 'shop', '-o', 'jsonpath={.status.used.count/configmaps}');
      expect(Number(used)).toBeGreaterThan(0);
    });
    await expectOwnWritesOnly();
    await create('shop', 'east.second');
    await create('shop', 'east.third');
  });
});

describe('the controllers', () => {
  it('log no error about us, and are all alive', async () => {
    for (const [name, child] of controllers) {
      const lines = (await readFile(child.logFile, 'utf8')).split('\n');
      const errors = lines.filter((line) => /^E\d{4} /.test(line) && /multicluster|serviceexport/i.test(line));
      expect(errors, name).toEqual([]);
      expect(child.process.exitCode, name).toBeNull();
    }
  });
});
