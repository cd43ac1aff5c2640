import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN, MULTICLUSTER_GROUP } from '../../src/kube/domain.ts';
import type { Cluster } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Call, ExportFields, KubeAnswer } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { openDefinition } from './support/crds.ts';
import { namespace, service } from './support/objects.ts';
import { clustersOf, conditionOf, viewOf } from './support/views.ts';

const NAMESPACE = 'prod';
const CLUSTER_LABEL = `${DOMAIN}/cluster`;

let set: TestClusterSet;
let hub: Cluster;
let east: Cluster;
let west: Cluster;
let serial = 0;

/** A new name for each test, so that none finds what another left. */
function newName(): string {
  serial += 1;
  return `w${serial}`;
}

const collection = (query?: string, version?: string): string =>
  exportPath({
    namespace: NAMESPACE,
    ...(query === undefined ? {} : { query }),
    ...(version === undefined ? {} : { version }),
  });
const row = (name: string, query?: string): string =>
  exportPath({ namespace: NAMESPACE, name: `east.${name}`, ...(query === undefined ? {} : { query }) });
const own = (name: string): string => exportPath({ namespace: NAMESPACE, name });
const get = (cluster: Cluster, path: string): Promise<Answer> => call(cluster, { method: 'GET', path });

/** A request that must succeed. */
async function done(cluster: Cluster, request: Call): Promise<KubeAnswer> {
  const answer = await call(cluster, request);
  expect([200, 201], answer.text).toContain(answer.status);
  return answer.object;
}

const create = (name: string, more: ExportFields = {}): Promise<KubeAnswer> =>
  done(hub, { method: 'POST', path: collection(), body: exportOf(`east.${name}`, more) });
const merge = (path: string, body: object): Call => ({ method: 'PATCH', type: 'merge', path, body });

/** Refused with this code, and the member does not have it. */
async function refused(request: Call, status: number, message: RegExp): Promise<Answer> {
  const answer = await call(hub, request);
  expect(answer.status, answer.text).toBe(status);
  expect(answer.object.message).toMatch(message);
  return answer;
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west'], { memberArgs: ['--with-write-rights'] });
  hub = set.controlPlane.cluster('hub');
  east = set.controlPlane.cluster('east');
  west = set.controlPlane.cluster('west');
  // A member may know fields that we do not.
  await set.member('east').apply(openDefinition('serviceexports'));
  for (const member of ['east', 'west']) await set.member(member).apply(namespace(NAMESPACE));
  await set.startServer();
});

afterAll(() => set.stop());

describe('a write', () => {
  it('lands in its member only, and comes back merged', async () => {
    const name = newName();
    for (const member of ['east', 'west']) await set.member(member).apply(service(NAMESPACE, name));
    await create(name, { spec: { exportedLabels: { tier: 'gold' } } });
    expect((await get(east, own(name))).object.spec).toEqual({ exportedLabels: { tier: 'gold' } });
    expect((await get(west, own(name))).status).toBe(404);
    const view = viewOf(set.hub);
    const at = `${NAMESPACE}/${name}`;
    await view.becomes('serviceimport', at, (object) => expect(clustersOf(object)).toEqual(['east']));

    await done(hub, { method: 'POST', path: collection(), body: exportOf(`west.${name}`) });
    await view.becomes('serviceimport', at, (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
    await done(hub, { method: 'DELETE', path: row(name) });
    expect((await get(east, own(name))).status).toBe(404);
    expect((await get(west, own(name))).status).toBe(200);
    await view.becomes('serviceimport', at, (object) => expect(clustersOf(object)).toEqual(['west']));
  });

  it.each(['v1alpha1', 'v1alpha2', 'v1beta1'])('works in %s, and is read in every version', async (version) => {
    const name = newName();
    const at = { namespace: NAMESPACE, name: `east.${name}`, version };
    const body = exportOf(`east.${name}`, { version, spec: { exportedLabels: { a: 'b' } } });
    const made = await done(hub, { method: 'POST', path: collection(undefined, version), body });
    expect(made).toMatchObject({ apiVersion: `${MULTICLUSTER_GROUP}/${version}` });
    const changed = { ...body, metadata: { ...made.metadata, labels: { ...made.metadata.labels, put: 'yes' } } };
    await done(hub, { method: 'PUT', path: exportPath(at), body: changed });
    await done(hub, merge(exportPath(at), { metadata: { annotations: { patched: 'yes' } } }));
    const applied = {
      ...exportOf(`east.${name}`, { version, metadata: { labels: { applied: 'yes' } } }),
      spec: undefined,
    };
    await done(hub, {
      method: 'PATCH',
      type: 'apply',
      path: exportPath({ ...at, query: 'fieldManager=a' }),
      body: applied,
    });
    const expected = {
      metadata: { labels: { put: 'yes', applied: 'yes' }, annotations: { patched: 'yes' } },
      spec: { exportedLabels: { a: 'b' } },
    };
    expect((await get(east, own(name))).object).toMatchObject(expected);
    for (const other of ['v1alpha1', 'v1alpha2', 'v1beta1']) {
      expect((await get(hub, exportPath({ ...at, version: other }))).object).toMatchObject(expected);
    }
  });

  it('keeps who manages what in other versions', async () => {
    const name = newName();
    const old = exportOf(`east.${name}`, { version: 'v1alpha1', metadata: { labels: { old: 'yes' } } });
    await done(hub, { method: 'POST', path: collection('fieldManager=old', 'v1alpha1'), body: old });
    await done(hub, merge(row(name, 'fieldManager=new'), { metadata: { labels: { new: 'yes' } } }));
    const managers = ({ metadata }: KubeAnswer) =>
      metadata.managedFields?.map(({ manager, operation, apiVersion }) => ({ manager, operation, apiVersion }));
    const expected = [
      { manager: 'old', operation: 'Update', apiVersion: `${MULTICLUSTER_GROUP}/v1alpha1` },
      { manager: 'new', operation: 'Update', apiVersion: `${MULTICLUSTER_GROUP}/v1beta1` },
    ];
    expect(managers((await get(east, own(name))).object)).toEqual(expect.arrayContaining(expected));
    expect(managers((await get(hub, row(name))).object)).toEqual(expect.arrayContaining(expected));
  });

  it('changes of a rich object what it says and who manages that, and nothing else', async () => {
    const name = newName();
    const owner = await set.member('east').json<KubeAnswer>('create', 'configmap', name, '-n', NAMESPACE);
    const rich = `{
      "apiVersion": "${MULTICLUSTER_GROUP}/v1beta1", "kind": "ServiceExport",
      "metadata": {
        "name": "${name}", "labels": { "theirs": "yes", "${DOMAIN}/export": "odd" },
        "annotations": { "a": "b", "${DOMAIN}/export-name": "odd" },
        "finalizers": ["example.com/hold", "foregroundDeletion"],
        "ownerReferences": [{ "apiVersion": "v1", "kind": "ConfigMap", "name": "${name}", "uid": "${owner.metadata.uid}" }]
      },
      "spec": { "exportedLabels": { "x": "y" }, "future": { "big": 9007199254740993, "list": [{ "deep": null }, 1.50] } },
      "extra": { "__proto__": { "a": 1 }, "constructor": "c" }
    }`;
    await done(east, { method: 'PATCH', type: 'apply', path: `${own(name)}?fieldManager=gitops`, body: rich });
    await done(east, { ...merge(`${own(name)}/status`, { status: { conditions: [], more: 'yes' } }) });
    await eventually('the row', async () => expect((await get(hub, row(name))).status).toBe(200));
    const before = await get(east, own(name));
    expect(before.text).toContain('9007199254740993');

    await done(hub, merge(row(name, 'fieldManager=hubber'), { metadata: { labels: { ours: 'yes' } } }));
    const after = await get(east, own(name));
    expect(after.text).toContain('9007199254740993');
    const { metadata: old } = before.object;
    const { managedFields = [], resourceVersion, ...metadata } = after.object.metadata;
    expect(resourceVersion).not.toBe(old.resourceVersion);
    expect({ ...after.object, metadata }).toEqual({
      ...before.object,
      metadata: {
        ...old,
        managedFields: undefined,
        resourceVersion: undefined,
        labels: { ...old.labels, ours: 'yes' },
      },
    });
    const others = managedFields.filter(({ manager }) => manager !== 'hubber');
    expect(others).toEqual(old.managedFields);
    const [mine, ...more] = managedFields.filter(({ manager }) => manager === 'hubber');
    expect(more).toEqual([]);
    expect(mine?.['fieldsV1']).toEqual({ 'f:metadata': { 'f:labels': { 'f:ours': {} } } });

    // The same by PUT of what was read.
    const read = (await get(hub, row(name))).text;
    await done(hub, { method: 'PUT', path: row(name), body: read.replace('"ours":"yes"', '"ours":"no"') });
    const put = await get(east, own(name));
    expect(put.text).toContain('9007199254740993');
    expect(put.object.metadata.ownerReferences).toEqual(old.ownerReferences);
    expect(put.object.metadata.finalizers).toEqual(old.finalizers);
    expect(put.object.metadata.labels).toEqual({ ...old.labels, ours: 'no' });
    expect(put.object.spec).toEqual(before.object.spec);
    expect(put.object.status).toEqual(before.object.status);
  });
});

describe('the metadata of a row', () => {
  it('does not reach the member, and may be repeated', async () => {
    const name = newName();
    const made = await create(name, { metadata: { labels: { [CLUSTER_LABEL]: 'east', a: 'b' } } });
    expect(made.metadata.labels).toMatchObject({ [CLUSTER_LABEL]: 'east', [`${DOMAIN}/export`]: name });
    await done(hub, { method: 'PUT', path: row(name), body: made });
    const { metadata } = (await get(east, own(name))).object;
    expect(metadata.labels).toEqual({ a: 'b' });
    expect(metadata.annotations).toBeUndefined();
  });

  it.each<[string, object]>([
    ['labels', { labels: { [CLUSTER_LABEL]: 'west' } }],
    ['annotations', { annotations: { [`${DOMAIN}/export-name`]: 'other' } }],
    ['ownerReferences', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b' }] }],
  ])('cannot be changed: %s', async (field, metadata) => {
    const name = newName();
    const body = exportOf(`east.${name}`, { metadata });
    await refused({ method: 'POST', path: collection(), body }, 422, new RegExp(`metadata.${field}`));
    expect((await get(east, own(name))).status).toBe(404);
    await create(name);
    await refused(merge(row(name), { metadata }), 422, new RegExp(`metadata.${field}`));
    const apply: Call = { method: 'PATCH', type: 'apply', path: row(name, 'fieldManager=a'), body };
    await refused(apply, 422, new RegExp(`metadata.${field}`));
    const left = (await get(east, own(name))).object.metadata;
    expect([left.labels, left.annotations, left.ownerReferences]).toEqual([undefined, undefined, undefined]);
  });
});

describe('a name', () => {
  it.each<[string, string, RegExp]>([
    ['of no registered cluster', 'north.api', /no member cluster "north" is registered/],
    ['without a cluster', 'api', /must be <cluster>\.<name>/],
    ['without a name', 'east.', /must be <cluster>\.<name>|lowercase RFC 1123/],
    ['that no object can have', 'east.A_b', /lowercase RFC 1123/],
  ])('%s is refused', async (_title, name, message) => {
    const answer = await refused({ method: 'POST', path: collection(), body: exportOf(name) }, 422, message);
    expect(answer.object).toMatchObject({ reason: 'Invalid', details: { name } });
  });

  it('is made by the member from a beginning', async () => {
    const body = exportOf('', { metadata: { name: undefined, generateName: 'east.gen-' } });
    const made = await done(hub, { method: 'POST', path: collection(), body });
    expect(made.metadata.name).toMatch(/^east\.gen-[a-z0-9]{5}$/);
    expect((await get(east, own(made.metadata.name.slice('east.'.length)))).status).toBe(200);
    expect((await get(hub, exportPath({ namespace: NAMESPACE, name: made.metadata.name }))).status).toBe(200);
  });

  it.each(['gen-', 'north.gen-'])('is not made from %s', async (generateName) => {
    const body = exportOf('', { metadata: { name: undefined, generateName } });
    await refused({ method: 'POST', path: collection(), body }, 422, /metadata\.(generateN|n)ame/);
  });
});

describe('two writers who read the same', () => {
  it('cannot both succeed, in fifty rounds', async () => {
    const rounds = Array.from({ length: 50 }, () => newName());
    for (let first = 0; first < rounds.length; first += 10) {
      await Promise.all(rounds.slice(first, first + 10).map(race));
    }
  });

  async function race(name: string): Promise<void> {
    const read = await create(name);
    const write = (who: string): Promise<Answer> => {
      const body = { ...read, metadata: { ...read.metadata, labels: { ...read.metadata.labels, who } } };
      return call(hub, { method: 'PUT', path: row(name), body });
    };
    const answers = await Promise.all([write('one'), write('other')]);
    const winners = answers.filter(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { labels } = (await get(east, own(name))).object.metadata;
    expect(labels?.['who']).toBe(winners[0]?.object.metadata.labels?.['who']);
  }

  it('and patch without a version both get their way', async () => {
    const name = newName();
    await create(name);
    const labels = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      labels.map((key) => call(hub, merge(row(name), { metadata: { labels: { [key]: 'x' } } }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await get(east, own(name))).object.metadata.labels).toEqual({ a: 'x', b: 'x', c: 'x', d: 'x' });
  });
});

describe('reading after a write', () => {
  const number = ({ metadata }: KubeAnswer): number => Number(metadata.resourceVersion);
  const round = ({ metadata }: KubeAnswer): number => Number(metadata.labels?.['round'] ?? -1);

  it('gives that state or a newer one, in two hundred rounds beside writes in the member', async () => {
    const names = [newName(), newName(), newName(), newName()];
    await Promise.all(names.map((name) => create(name)));
    await Promise.all(
      names.map(async (name) => {
        for (let count = 0; count < 50; count += 1) {
          // Under way while we write and read: at most one other writer, whom a patch overcomes.
          const beside = done(east, merge(own(name), { metadata: { annotations: { beside: String(count) } } }));
          const written = await done(hub, merge(row(name), { metadata: { labels: { round: String(count) } } }));
          const read = (await get(hub, row(name))).object;
          const listed = (await get(hub, collection(`fieldSelector=metadata.name=east.${name}`))).object.items?.[0];
          expect(round(read)).toBe(count);
          expect(number(read)).toBeGreaterThanOrEqual(number(written));
          expect(listed === undefined ? -1 : round(listed)).toBe(count);
          await beside;
        }
      }),
    );
    for (const name of names) {
      await eventually('the row to have all writes', async () => {
        const { metadata } = (await get(hub, row(name))).object;
        expect(metadata.annotations?.['beside']).toBe('49');
      });
    }
  });

  it('of a deletion and of a creation anew gives the present', async () => {
    const name = newName();
    for (let count = 0; count < 20; count += 1) {
      const made = await create(name);
      expect((await get(hub, row(name))).object.metadata.uid).toBe(made.metadata.uid);
      await done(hub, { method: 'DELETE', path: row(name) });
      expect((await get(hub, row(name))).status).toBe(404);
    }
  });
});

describe('an update', () => {
  it("does not fail for somebody else's conflict", async () => {
    const name = newName();
    for (const [member, port] of [
      ['east', 'http'],
      ['west', 'other'],
    ] as const) {
      await set.member(member).apply(service(NAMESPACE, name, { ports: [{ name: port, port: 80 }] }));
    }
    await create(name);
    const view = viewOf(set.hub);
    const at = `${NAMESPACE}/east.${name}`;
    await view.becomes('svcex', at, (object) => expect(conditionOf(object, 'Conflict')?.status).toBe('False'));
    const read = (await get(hub, row(name))).object;
    await done(hub, { method: 'POST', path: collection(), body: exportOf(`west.${name}`) });
    const now = await view.becomes('svcex', at, (object) =>
      expect(conditionOf(object, 'Conflict')?.status).toBe('True'),
    );
    expect(now.metadata.resourceVersion).not.toBe(read.metadata.resourceVersion);
    const body = { ...read, metadata: { ...read.metadata, labels: { ...read.metadata.labels, mine: 'yes' } } };
    await done(hub, { method: 'PUT', path: row(name), body });
    await refused({ method: 'PUT', path: row(name), body }, 409, /the object has been modified/);
  });

  it('that changes nothing changes no version', async () => {
    const name = newName();
    const made = await create(name);
    const same = await done(hub, { method: 'PUT', path: row(name), body: made });
    expect(same.metadata.generation).toBe(1);
    const before = (await get(east, own(name))).object.metadata.resourceVersion;
    await done(hub, merge(row(name), {}));
    expect((await get(east, own(name))).object.metadata.resourceVersion).toBe(before);
  });

  it('of another uid is refused', async () => {
    const name = newName();
    const made = await create(name);
    const body = { ...made, metadata: { ...made.metadata, uid: '00000000-0000-4000-8000-000000000000' } };
    await refused({ method: 'PUT', path: row(name), body }, 409, /UID in precondition/);
  });
});

describe('a dry run', () => {
  it('answers in full and leaves no trace', async () => {
    const name = newName();
    const absent = newName();
    const made = await create(name);
    const before = await get(east, collection());
    const listed = await get(hub, collection());
    const dry = async (request: Call): Promise<KubeAnswer> =>
      done(hub, { ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}dryRun=All` });
    const one = await dry({ method: 'POST', path: collection(), body: exportOf(`east.${absent}`) });
    expect(one.metadata).toMatchObject({ name: `east.${absent}`, uid: expect.any(String) as string });
    expect(one.metadata).not.toHaveProperty('resourceVersion', expect.stringMatching(/./));
    const labels = { ...made.metadata.labels, dry: 'yes' };
    const body = { ...made, metadata: { ...made.metadata, labels } };
    expect((await dry({ method: 'PUT', path: row(name), body })).metadata.labels).toEqual(labels);
    expect((await dry(merge(row(name), { metadata: { labels: { dry: 'yes' } } }))).metadata.labels).toEqual(labels);
    const applied = exportOf(`east.${absent}`);
    await dry({ method: 'PATCH', type: 'apply', path: row(absent, 'fieldManager=a'), body: applied });
    await dry({ method: 'DELETE', path: row(name) });
    expect((await get(east, collection())).object.items).toEqual(before.object.items);
    expect((await get(hub, collection())).text).toBe(listed.text);
  });
});
