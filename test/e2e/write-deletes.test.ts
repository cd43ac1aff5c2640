import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN } from '../../src/kube/domain.ts';
import type { Cluster } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Call, ExportFields, KubeAnswer } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { namespace, service } from './support/objects.ts';

const NAMESPACE = 'prod';
const PINNED = encodeURIComponent(`${DOMAIN}/cluster=east`);

let set: TestClusterSet;
let hub: Cluster;
let east: Cluster;
let west: Cluster;
let serial = 0;

function newName(): string {
  serial += 1;
  return `d${serial}`;
}

const row = (name: string, query?: string): string =>
  exportPath({ namespace: NAMESPACE, name: `east.${name}`, ...(query === undefined ? {} : { query }) });
const own = (name: string): string => exportPath({ namespace: NAMESPACE, name });
const collection = (query: string, at = NAMESPACE): string => exportPath({ namespace: at, query });
const get = (cluster: Cluster, path: string): Promise<Answer> => call(cluster, { method: 'GET', path });
const remove = (path: string, body?: object): Promise<Answer> =>
  call(hub, { method: 'DELETE', path, ...(body === undefined ? {} : { body }) });

async function create(name: string, more: ExportFields = {}): Promise<KubeAnswer> {
  const body = exportOf(`east.${name}`, more);
  const answer = await call(hub, { method: 'POST', path: exportPath({ namespace: NAMESPACE }), body });
  expect(answer.status, answer.text).toBe(201);
  return answer.object;
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west'], { memberArgs: ['--with-write-rights'] });
  hub = set.controlPlane.cluster('hub');
  east = set.controlPlane.cluster('east');
  west = set.controlPlane.cluster('west');
  for (const member of ['east', 'west']) {
    for (const name of [NAMESPACE, 'all', 'shop']) await set.member(member).apply(namespace(name));
  }
  await set.startServer();
});

afterAll(() => set.stop());

describe('a deletion', () => {
  it('answers a Status with the uid of the row', async () => {
    const name = newName();
    const { metadata } = await create(name);
    const answer = await remove(row(name));
    expect(answer.status).toBe(200);
    const details = { name: `east.${name}`, group: 'multicluster.x-k8s.io', kind: 'serviceexports', uid: metadata.uid };
    expect(answer.object).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
    expect((await get(east, own(name))).status).toBe(404);
    expect((await remove(row(name))).status).toBe(404);
  });

  it('of a stale uid or resourceVersion is refused', async () => {
    const name = newName();
    const made = await create(name);
    const labels = { a: 'b' };
    const newer = await call(hub, { method: 'PATCH', type: 'merge', path: row(name), body: { metadata: { labels } } });
    const wrong = [
      { uid: '00000000-0000-4000-8000-000000000000' },
      { resourceVersion: made.metadata.resourceVersion },
      { uid: made.metadata.uid, resourceVersion: '1' },
      // What the member calls it is not what the row is called.
      { uid: (await get(east, own(name))).object.metadata.uid },
    ];
    for (const preconditions of wrong) {
      const answer = await remove(row(name), { kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
      expect(answer.status, JSON.stringify(preconditions)).toBe(409);
      expect(answer.object).toMatchObject({ reason: 'Conflict', details: { name: `east.${name}` } });
    }
    expect((await get(east, own(name))).status).toBe(200);
    const { uid, resourceVersion } = newer.object.metadata;
    expect((await remove(row(name), { preconditions: { uid, resourceVersion } })).status).toBe(200);
    expect((await get(east, own(name))).status).toBe(404);
  });

  it('is refused by the member when somebody there was faster', async () => {
    const name = newName();
    const made = await create(name);
    const body = { metadata: { labels: { faster: 'yes' } } };
    await call(east, { method: 'PATCH', type: 'merge', path: own(name), body });
    const { resourceVersion } = made.metadata;
    const answer = await remove(row(name), { preconditions: { resourceVersion } });
    expect(answer.status, answer.text).toBe(409);
    expect((await get(east, own(name))).status).toBe(200);
  });

  it('waits for finalizers', async () => {
    const name = newName();
    const { metadata } = await create(name, { metadata: { finalizers: ['example.com/hold'] } });
    for (let time = 0; time < 2; time += 1) {
      const answer = await remove(row(name));
      expect(answer.status, answer.text).toBe(200);
      expect(answer.object).toMatchObject({ kind: 'ServiceExport', metadata: { uid: metadata.uid } });
      expect(answer.object.metadata.deletionTimestamp).toBeDefined();
    }
    expect((await get(hub, row(name))).object.metadata.deletionTimestamp).toBeDefined();
    const patch = (finalizers: readonly string[] | null): Promise<Answer> =>
      call(hub, { method: 'PATCH', type: 'merge', path: row(name), body: { metadata: { finalizers } } });
    expect((await patch(['example.com/hold', 'example.com/more'])).status).toBe(422);
    expect((await patch(null)).status).toBe(200);
    expect((await get(hub, row(name))).status).toBe(404);
    expect((await get(east, own(name))).status).toBe(404);
  });

  it.each(['Background', 'Foreground', 'Orphan'])('hands the propagation policy %s on', async (policy) => {
    const name = newName();
    await create(name);
    const answer = await remove(row(name), { propagationPolicy: policy });
    expect(answer.status, answer.text).toBe(200);
    const left = await get(east, own(name));
    if (policy === 'Background') {
      expect(left.status).toBe(404);
      return;
    }
    // The member's own garbage collector takes this finalizer away; the hub's must not see it.
    expect(left.object.metadata.finalizers).toEqual([policy === 'Orphan' ? 'orphan' : 'foregroundDeletion']);
    expect((await get(hub, row(name))).object.metadata.finalizers).toBeUndefined();
  });

  it('takes the options from the query where there is no body', async () => {
    const name = newName();
    await create(name);
    expect((await remove(row(name, 'propagationPolicy=Sideways'))).status).toBe(422);
    expect((await remove(row(name, 'dryRun=All'))).status).toBe(200);
    expect((await get(east, own(name))).status).toBe(200);
    expect((await remove(row(name, 'gracePeriodSeconds=0'))).status).toBe(200);
    expect((await get(east, own(name))).status).toBe(404);
  });
});

describe('a deletion of a collection', () => {
  const names = (answer: Answer): readonly string[] => (answer.object.items ?? []).map(({ metadata }) => metadata.name);
  const list = async (cluster: Cluster): Promise<readonly string[]> =>
    names(await get(cluster, exportPath({ namespace: 'all' })));

  beforeAll(async () => {
    for (const member of ['east', 'west']) {
      for (const name of ['a', 'b']) {
        const body = exportOf(`${member}.${name}`, { metadata: { labels: { name } } });
        const answer = await call(hub, { method: 'POST', path: exportPath({ namespace: 'all' }), body });
        expect(answer.status, answer.text).toBe(201);
      }
    }
  });

  it.each([
    ['no cluster', ''],
    ['no cluster by other labels', 'labelSelector=name%3Da'],
    ['several clusters', `labelSelector=${encodeURIComponent(`${DOMAIN}/cluster in (east,west)`)}`],
    ['all but one', `labelSelector=${encodeURIComponent(`${DOMAIN}/cluster!=east`)}`],
    ['a name', 'fieldSelector=metadata.name%3Deast.a'],
  ])('that pins %s is refused', async (_title, query) => {
    const answer = await remove(collection(query, 'all'));
    expect(answer.status, answer.text).toBe(405);
    expect(answer.object.message).toContain(`${DOMAIN}/cluster`);
    expect([await list(east), await list(west)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('that pins a cluster deletes there what matches, and nothing else', async () => {
    const dry = await remove(collection(`labelSelector=${PINNED}&dryRun=All`, 'all'));
    expect(dry.status, dry.text).toBe(200);
    const some = await remove(collection(`labelSelector=${PINNED},name%3Da`, 'all'));
    expect(some.status, some.text).toBe(200);
    expect(some.object.kind).toBe('ServiceExportList');
    expect(names(some)).toEqual(['east.a']);
    expect([await list(east), await list(west)]).toEqual([['b'], ['a', 'b']]);
    expect(names(await remove(collection(`labelSelector=${PINNED}`, 'all')))).toEqual(['east.b']);
    expect([await list(east), await list(west)]).toEqual([[], ['a', 'b']]);
    expect(names(await remove(collection(`labelSelector=${PINNED}`, 'all')))).toEqual([]);
  });
});

describe('what nobody may write here', () => {
  const IMPORTS = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/shop/serviceimports';

  beforeAll(async () => {
    await set.member('east').apply(service('shop', 'cart'));
    const path = exportPath({ namespace: 'shop' });
    expect((await call(hub, { method: 'POST', path, body: exportOf('east.cart') })).status).toBe(201);
    await eventually('the import', async () => expect((await get(hub, `${IMPORTS}/cart`)).status).toBe(200));
  });

  it.each<[string, Call]>([
    ['POST of an import', { method: 'POST', path: IMPORTS, body: { kind: 'ServiceImport', metadata: { name: 'x' } } }],
    ['PUT of an import', { method: 'PUT', path: `${IMPORTS}/cart`, body: {} }],
    ['PATCH of an import', { method: 'PATCH', type: 'merge', path: `${IMPORTS}/cart`, body: {} }],
    ['apply of an import', { method: 'PATCH', type: 'apply', path: `${IMPORTS}/cart?fieldManager=a`, body: {} }],
    ['DELETE of an import', { method: 'DELETE', path: `${IMPORTS}/cart` }],
    ['DELETE of all imports', { method: 'DELETE', path: IMPORTS }],
  ])('%s answers 405 and names the right way', async (_title, request) => {
    const answer = await call(hub, request);
    expect(answer.status, answer.text).toBe(405);
    expect(answer.object).toMatchObject({ kind: 'Status', reason: 'MethodNotAllowed' });
    expect(answer.object.message).toMatch(/ServiceExport/);
    expect((await get(hub, `${IMPORTS}/cart`)).status).toBe(200);
  });

  it.each<[string, Call['method'], Call['type']]>([
    ['PUT', 'PUT', 'json'],
    ['PATCH', 'PATCH', 'merge'],
    ['apply', 'PATCH', 'apply'],
  ])('%s of a status answers 405', async (_title, method, type) => {
    const path = `${exportPath({ namespace: 'shop', name: 'east.cart' })}/status?fieldManager=a`;
    const body = exportOf('east.cart', { status: { conditions: [] } });
    const answer = await call(hub, { method, path, body, ...(type === undefined ? {} : { type }) });
    expect(answer.status, answer.text).toBe(405);
    expect((await get(hub, exportPath({ namespace: 'shop', name: 'east.cart' }) + '/status')).status).toBe(200);
  });

  it('a POST on a path with a name answers 405', async () => {
    const path = exportPath({ namespace: 'shop', name: 'east.other' });
    expect((await call(hub, { method: 'POST', path, body: exportOf('east.other') })).status).toBe(405);
  });

  it.each(['namespace-controller', 'generic-garbage-collector'])(
    'the %s of the hub deletes nothing',
    async (account) => {
      const user = `system:serviceaccount:kube-system:${account}`;
      // With all rights: they are not what keeps it away.
      const client = await hub.keys.user(user, ['system:masters', 'system:serviceaccounts']);
      const path = exportPath({ namespace: 'shop', name: 'east.cart' });
      for (const target of [path, collection(`labelSelector=${PINNED}`, 'shop')]) {
        const answer = await call(hub, { method: 'DELETE', path: target, client });
        expect(answer.status, answer.text).toBe(405);
      }
      expect((await get(east, exportPath({ namespace: 'shop', name: 'cart' }))).status).toBe(200);
    },
  );

  it('the verbs of deletion are not advertised', async () => {
    const text = await set.hub('get', '--raw', '/apis/multicluster.x-k8s.io/v1beta1');
    const { resources } = JSON.parse(text) as { resources: readonly { name: string; verbs: readonly string[] }[] };
    const verbs = new Map(resources.map((one) => [one.name, one.verbs]));
    expect(verbs.get('serviceexports')).toEqual(expect.arrayContaining(['create', 'patch', 'update']));
    for (const [name, of] of verbs) expect(of, name).not.toContain('delete');
  });
});
