import { describe, expect, it } from 'vitest';

import { send, statusBody } from '../../../test/support/fake-cluster.ts';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import { JANE, openWriteWorld } from '../../../test/support/write-world.ts';
import type { WriteWorld } from '../../../test/support/write-world.ts';
import type { KubeResponse } from '../../connection/types.ts';
import { badRequest, unsupportedMediaType } from '../../kube/api-errors.ts';
import { parseJson } from '../../kube/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createImpersonate } from './impersonation.ts';

const OWN_GROUP = 'multicluster.clusterset-apiserver.dev';

async function shown(metadata: object = {}, more: Parameters<typeof openWriteWorld>[0] = {}): Promise<WriteWorld> {
  const world = openWriteWorld(more);
  world.east.put('api', metadata);
  world.watch();
  await world.time.advance(20);
  return world;
}

function newRow(name: string, more: object = {}): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: { name, namespace: 'prod', ...more },
  };
}

function create({ writes, write }: WriteWorld, name: string, more: object = {}) {
  return writes.create(write(name), newRow(name, more));
}

function remove({ writes, write }: WriteWorld, preconditions = {}, dryRun = false) {
  return writes.remove(write('east.api', { dryRun }), { dryRun, preconditions });
}

function sentBody({ east }: WriteWorld, at = 0): unknown {
  return parseJson(east.requests[at]?.body ?? 'null');
}

const refused = (code: number, message: unknown = expect.any(String)) => ({ status: { code, message } });

describe('the name of a new row', () => {
  it('says where the object belongs, and the object has the rest of it', async () => {
    const world = openWriteWorld();
    const { row, created } = await create(world, 'east.api.v2', { labels: { a: 'b' } });
    expect([row.metadata.name, created]).toEqual(['east.api.v2', true]);
    expect(sentBody(world)).toEqual(newRow('api.v2', { labels: { a: 'b' } }));
    expect(world.row('east.api.v2')).toBe(row);
  });

  it.each([
    ['east', 'must be <cluster>.<name>'],
    ['east.', 'must be <cluster>.<name>'],
    ['.api', 'must be <cluster>.<name>'],
    ['west.api', 'no member cluster "west" is registered'],
    [`east.${'a'.repeat(249)}`, 'must be no more than 253 bytes'],
  ])('%s is 422', async (name, text) => {
    const world = openWriteWorld();
    await expect(create(world, name)).rejects.toMatchObject(refused(422, expect.stringContaining(text)));
    await expect(world.writes.apply(world.write(name), {}, false)).rejects.toMatchObject(refused(422));
    expect(world.east.requests).toEqual([]);
  });

  it('may be made by the member', async () => {
    const world = openWriteWorld();
    const row = newRow('', { generateName: 'east.api-' });
    const answer = await world.writes.create(world.write(''), row);
    expect(sentBody(world)).toMatchObject({ metadata: { generateName: 'api-' } });
    expect(answer.row.metadata.name).toBe('east.api-x1');
    expect(world.row('east.api-x1')).toBeDefined();
    world.east.reply(/./, () => send(403, null));
    await expect(world.writes.create(world.write(''), row)).rejects.toMatchObject(refused(403));
    expect(world.records.map(({ cluster, name }) => `${cluster}/${name}`)).toEqual(['east/api-x1', 'east/']);
  });

  it.each(['', 'east', 'east.', 'west.x-'])('cannot be made from %j', async (generateName) => {
    const world = openWriteWorld();
    const create = world.writes.create(world.write(''), newRow('', { generateName }));
    await expect(create).rejects.toMatchObject(refused(422));
  });

  it('may come back from a saved row, which must name the same object', async () => {
    const world = await shown({ labels: { team: 'a' } });
    const saved = world.row('east.api');
    world.east.remove('api');
    world.watch();
    if (saved === undefined) throw new Error('no row');
    const metadata = { ...saved.metadata };
    Reflect.deleteProperty(metadata, 'resourceVersion');
    await expect(world.writes.create(world.write('east.api'), saved)).rejects.toMatchObject(refused(400));
    await world.writes.create(world.write('east.api'), { ...saved, metadata });
    expect(world.east.get('api')?.metadata).toMatchObject({ labels: { team: 'a' } });
    const elsewhere = { labels: { 'clusterset-apiserver.dev/cluster': 'west' } };
    await expect(create(world, 'east.b', elsewhere)).rejects.toMatchObject(refused(422));
  });

  it('that is taken is 409', async () => {
    const world = await shown();
    await expect(create(world, 'east.api')).rejects.toMatchObject({
      status: { reason: 'AlreadyExists', details: { name: 'east.api' } },
    });
  });
});

describe('who may write', () => {
  it('is asked before anything is told of members', async () => {
    const asked: unknown[] = [];
    const world = await shown(
      {},
      {
        authorizeCluster: (user, at) => {
          asked.push([user.name, at]);
          return Promise.resolve({ type: 'deny', reason: 'not yours' });
        },
      },
    );
    for (const name of ['east.new', 'west.new']) {
      await expect(create(world, name)).rejects.toMatchObject(refused(403, expect.stringContaining('not yours')));
    }
    await expect(remove(world)).rejects.toMatchObject(refused(403));
    expect(asked[1]).toEqual(['jane', { cluster: 'west', namespace: 'prod' }]);
    expect(world.east.requests).toEqual([]);
  });

  it('is a failure when it cannot be asked', async () => {
    const world = await shown({}, { authorizeCluster: () => Promise.resolve({ type: 'error' }) });
    await expect(create(world, 'east.new')).rejects.toMatchObject(refused(500));
  });

  it('is told to the member when that was asked for, with the audit id', async () => {
    const world = await shown({}, { impersonate: createImpersonate({ enabled: true, extras: [] }) });
    await create(world, 'east.new');
    expect(world.east.requests[0]?.headers).toMatchObject({ 'audit-id': 'audit-1', 'impersonate-user': 'jane' });
    const masters = { ...world.write('east.b'), user: { ...JANE, groups: ['system:masters'] } };
    await expect(world.writes.create(masters, newRow('east.b'))).rejects.toMatchObject(refused(403));
    expect(world.east.requests).toHaveLength(1);
  });
});

describe('our own rules', () => {
  it.each([
    [{ type: 'invalid' as const, causes: [] }, 422],
    [{ type: 'forbidden' as const, because: 'no' }, 403],
    [{ type: 'failed' as const, rule: 'r', cause: new Error('secret') }, 500],
  ])('end a write before it is sent, and tell their warnings: %j', async (admission, code) => {
    const world = await shown({}, { admit: () => ({ ...admission, warnings: ['careful'] }) });
    await expect(create(world, 'east.new')).rejects.toMatchObject(refused(code, expect.not.stringContaining('secret')));
    await expect(remove(world)).rejects.toMatchObject(refused(code));
    expect(world.warned).toEqual(['careful', 'careful']);
    expect(world.east.requests).toEqual([]);
  });

  it('warn before the member does', async () => {
    const world = await shown({}, { admit: () => ({ type: 'allow', warnings: ['ours'] }) });
    world.east.reply(/^POST/, () =>
      send(201, newRow('new', { uid: 'u-9', resourceVersion: '300' }), { warning: '299 - "its own"' }),
    );
    const { warnings } = await create(world, 'east.new');
    expect(warnings).toEqual(['ours', 'east: its own']);
  });
});

describe('a member', () => {
  it('without the resource is told so', async () => {
    const world = await shown();
    world.member.version = () => undefined;
    await expect(create(world, 'east.new')).rejects.toMatchObject(
      refused(404, expect.stringContaining('CustomResourceDefinition')),
    );
  });

  it('that left before its answer is no success with an object of another name', async () => {
    const world = openWriteWorld();
    world.member.cluster = clusterId('gone');
    world.member.wrote = () => undefined;
    await expect(create(world, 'east.new')).rejects.toMatchObject(
      refused(504, expect.stringContaining('the member left')),
    );
  });

  it.each<readonly [string, Partial<KubeResponse>, readonly [string, number]]>([
    ['serves', send(200, { resources: [{ name: 'serviceexports' }] }), ['v1alpha1', 1]],
    ['serves without this resource', send(200, { resources: [{ name: 'others' }, 7] }), ['v1beta1', 1]],
    ['does not serve', send(404, null), ['v1beta1', 1]],
    ['does not say', send(503, null), ['v1beta1', 2]],
    ['says in garbage', { body: Buffer.from('{') }, ['v1beta1', 2]],
  ])(
    '%s the version of a write, which is asked for once where it is certain',
    async (_what, answer, [version, asked]) => {
      const world = openWriteWorld();
      for (const name of ['east.a', 'east.b']) {
        world.east.reply(/^GET/, () => answer);
        await world.writes.create(world.write(name, {}, { version: 'v1alpha1' }), newRow(name));
      }
      const posts = world.east.requests.filter(({ method }) => method === 'POST');
      expect(posts.map(({ path }) => path)).toEqual(
        Array(2).fill(`/apis/multicluster.x-k8s.io/${version}/namespaces/prod/serviceexports`),
      );
      expect(world.east.requests.length - posts.length).toBe(asked);
      expect(parseJson(posts[0]?.body ?? '')).toMatchObject({ apiVersion: `multicluster.x-k8s.io/${version}` });
    },
  );

  it('gets its own group, and what it says comes back in ours', async () => {
    const world = await shown();
    const row = world.row('east.api');
    if (row === undefined) throw new Error('no row');
    const apiVersion = `${OWN_GROUP}/v1beta1`;
    const wanted = {
      ...row,
      apiVersion,
      metadata: { ...row.metadata, managedFields: [{ manager: 'm', apiVersion }, { apiVersion: 'v1' }] },
    };
    await world.writes.change(world.write('east.api', {}, { group: OWN_GROUP }), {
      type: 'update',
      change: () => wanted,
    });
    const own = 'multicluster.x-k8s.io/v1beta1';
    expect(sentBody(world)).toMatchObject({
      apiVersion: own,
      metadata: { managedFields: [{ apiVersion: own }, { apiVersion: 'v1' }] },
    });
    const create = world.writes.create(world.write('east.api', {}, { group: OWN_GROUP }), newRow('east.api'));
    await expect(create).rejects.toMatchObject(refused(409, `serviceexports.${OWN_GROUP} "east.api" already exists`));
  });
});

describe('an apply', () => {
  it('goes to the member under its own names, without what rows add', async () => {
    const world = await shown();
    const row = world.row('east.api');
    const metadata = {
      ...{
        name: 'east.api',
        namespace: 'prod',
        uid: row?.metadata.uid,
        resourceVersion: row?.metadata.resourceVersion,
      },
      labels: { 'clusterset-apiserver.dev/cluster': 'east' },
      annotations: { mine: 'x' },
    };
    const applied = { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata, status: { a: 1 } };
    const answer = await world.writes.apply(world.write('east.api'), applied, true);
    expect(answer.created).toBe(false);
    expect(world.east.requests[0]).toMatchObject({
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      query: { fieldManager: 'test', force: 'true' },
    });
    expect(sentBody(world)).toEqual({
      ...{ apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport' },
      metadata: { name: 'api', namespace: 'prod', uid: 'uid-1', resourceVersion: '101', annotations: { mine: 'x' } },
    });
  });

  it('creates what is not there, but not what was to be another object', async () => {
    const world = openWriteWorld();
    const answer = await world.writes.apply(
      world.write('east.new'),
      { metadata: { name: 'east.new', namespace: 'prod' } },
      false,
    );
    expect([answer.created, world.row('east.new')?.metadata.name]).toEqual([true, 'east.new']);
    expect(world.east.requests[0]?.query?.['force']).toBeUndefined();
    const other = world.writes.apply(world.write('east.b'), { metadata: { uid: 'u' } }, false);
    await expect(other).rejects.toMatchObject(refused(409, expect.stringContaining('uid mismatch')));
    const stale = world.writes.apply(world.write('east.new'), { metadata: { resourceVersion: '1' } }, false);
    await expect(stale).rejects.toMatchObject(refused(409));
    expect(world.records.map(({ verb, code }) => `${verb} ${code}`)).toEqual(['apply 201', 'apply 409', 'apply 409']);
  });

  it('creates what is not there whatever version it names, as kube-apiserver does', async () => {
    const world = openWriteWorld();
    const applied = { metadata: { name: 'east.new', namespace: 'prod', resourceVersion: '1' } };
    expect((await world.writes.apply(world.write('east.new'), applied, false)).created).toBe(true);
  });

  it('cannot change the uid of what is there', async () => {
    const world = await shown();
    const other = world.writes.apply(world.write('east.api'), { metadata: { uid: 'u' } }, false);
    await expect(other).rejects.toMatchObject(refused(422, expect.stringContaining('field is immutable')));
    expect(world.east.requests).toEqual([]);
  });

  it('tells who owns a field', async () => {
    const world = await shown();
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "m"', field: '.spec.a' }];
    world.east.reply(/^PATCH/, () =>
      send(409, statusBody(409, 'Conflict', { message: 'Apply failed', details: { causes } })),
    );
    const conflict = world.writes.apply(world.write('east.api'), { metadata: {} }, false);
    await expect(conflict).rejects.toMatchObject({ status: { reason: 'Conflict', details: { causes } } });
    expect(world.east.requests).toHaveLength(1);
  });
});

describe('a deletion', () => {
  it('takes the row away at once, and names its uid', async () => {
    const world = await shown();
    const uid = world.row('east.api')?.metadata.uid;
    expect(await remove(world)).toMatchObject({ type: 'gone', uid });
    expect(world.row('east.api')).toBeUndefined();
    expect(sentBody(world)).toEqual({ kind: 'DeleteOptions', apiVersion: 'v1' });
    await expect(remove(world)).rejects.toMatchObject(refused(404));
  });

  it('shows the row while finalizers hold it', async () => {
    const world = await shown({ finalizers: ['foregroundDeletion'] });
    const answer = await remove(world);
    expect(answer).toMatchObject({ type: 'leaving', row: { metadata: { deletionTimestamp: '2026-01-06T10:00:00Z' } } });
    expect(world.row('east.api')).toBe(answer.row);
  });

  it('passes options on, with preconditions as they are there', async () => {
    const world = await shown();
    const { uid, resourceVersion } = world.row('east.api')?.metadata ?? {};
    const options = { gracePeriodSeconds: 0, propagationPolicy: 'Foreground', orphanDependents: false };
    await world.writes.remove(world.write('east.api'), {
      dryRun: true,
      ...options,
      preconditions: { uid: uid ?? '', resourceVersion: resourceVersion ?? '' },
    });
    expect(sentBody(world)).toMatchObject({
      ...options,
      preconditions: { uid: 'uid-1', resourceVersion: '101' },
      dryRun: ['All'],
    });
  });

  it('with preconditions that the row does not meet is not sent', async () => {
    const world = await shown();
    for (const preconditions of [{ uid: 'other' }, { uid: '' }, { resourceVersion: '1' }, { resourceVersion: '' }]) {
      await expect(remove(world, preconditions)).rejects.toMatchObject(refused(409));
    }
    expect(world.east.requests).toEqual([]);
  });

  it('as a dry run leaves the row', async () => {
    const world = await shown();
    expect((await remove(world, {}, true)).type).toBe('gone');
    expect(world.row('east.api')).toBeDefined();
    const held = await shown({ finalizers: ['example.com/mine'] });
    const before = held.row('east.api');
    expect(await remove(held, {}, true)).toMatchObject({
      type: 'leaving',
      row: {
        metadata: { deletionTimestamp: '2026-01-06T10:00:00Z', resourceVersion: before?.metadata.resourceVersion },
      },
    });
    expect(held.row('east.api')).toBe(before);
  });

  it('of a successor that the watch has not told of takes the old row away too', async () => {
    const world = await shown();
    world.east.remove('api');
    world.east.put('api');
    await remove(world);
    expect(world.row('east.api')).toBeUndefined();
    world.watch();
    await world.time.advance(20);
    expect(world.row('east.api')).toBeUndefined();
  });
});

describe('the record of a write', () => {
  it('tells who did what where', async () => {
    const world = await shown();
    await create(world, 'east.new');
    expect(world.records).toEqual([
      {
        ...{
          user: JANE,
          verb: 'create',
          to: 'member',
          cluster: 'east',
          resource: 'serviceexports',
          namespace: 'prod',
          name: 'new',
        },
        ...{ dryRun: false, auditId: 'audit-1', code: 201, reason: undefined, durationMs: 0 },
      },
    ]);
  });

  it('tells what the client is told, where that is not what the member said', async () => {
    const world = await shown();
    const told = unsupportedMediaType(['application/json']);
    const change = {
      type: 'patch' as const,
      change: (): KubeObject => {
        throw badRequest('as the member says it');
      },
      failure: () => told,
    };
    await expect(world.writes.change(world.write('east.api'), change)).rejects.toBe(told);
    expect(world.records).toMatchObject([{ code: 415, reason: 'UnsupportedMediaType' }]);
  });

  it('tells of a bug as 500', async () => {
    const world = await shown(
      {},
      {
        impersonate: () => {
          throw new Error('bug');
        },
      },
    );
    await expect(create(world, 'east.new')).rejects.toThrow('bug');
    expect(world.records).toMatchObject([{ code: 500, reason: 'InternalError' }]);
  });
});
