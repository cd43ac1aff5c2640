import { describe, expect, it } from 'vitest';

import { send, statusBody } from '../../../test/support/fake-cluster.ts';
import type { WriteWorld } from '../../../test/support/write-world.ts';
import { openWriteWorld } from '../../../test/support/write-world.ts';
import { ConnectionError } from '../../connection/types.ts';
import { parseJson } from '../../kube/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { RowWriteOptions } from '../../kube/row-write.ts';

async function shown(metadata: object = {}, rest: object = {}): Promise<WriteWorld> {
  const world = openWriteWorld();
  world.east.put('api', metadata, rest);
  world.watch();
  await world.time.advance(20);
  return world;
}

function label(row: KubeObject, name = 'mine'): KubeObject {
  return { ...row, metadata: { ...row.metadata, labels: { ...row.metadata.labels, [name]: 'x' } } };
}

function update(
  { writes, write, row }: WriteWorld,
  make: (row: KubeObject) => KubeObject,
  more: Partial<RowWriteOptions> = {},
) {
  const wanted = row('east.api');
  if (wanted === undefined) throw new Error('no row');
  return writes.change(write('east.api', more), { type: 'update', change: () => make(wanted) });
}

function patch(
  { writes, write }: WriteWorld,
  make: (row: KubeObject) => KubeObject,
  more: Partial<RowWriteOptions> = {},
) {
  return writes.change(write('east.api', more), { type: 'patch', change: make });
}

function sent({ east }: WriteWorld, method = 'PUT') {
  return east.requests.filter((request) => request.method === method);
}

function bodyOf(world: WriteWorld): Record<string, unknown> {
  const body = parseJson(sent(world)[0]?.body ?? 'null');
  if (!isJsonObject(body)) throw new Error('no object was sent');
  return body;
}

function conflicts(world: WriteWorld, times: number): void {
  for (let n = 0; n < times; n += 1) {
    world.east.reply(/^PUT/, () => send(409, statusBody(409, 'Conflict', { message: 'modified' })));
  }
}

describe('an update of a row', () => {
  it('writes the whole object back, changed in nothing else', async () => {
    const managedFields = [
      { manager: 'm', operation: 'Update', apiVersion: 'multicluster.x-k8s.io/v1beta1', fieldsV1: {} },
    ];
    const metadata = {
      labels: { 'clusterset-apiserver.dev/clusterset': 'hidden', team: 'a' },
      annotations: { 'clusterset-apiserver.dev/owner-references': 'hidden' },
      finalizers: ['foregroundDeletion', 'example.com/mine'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'p-1' }],
      generation: 7,
      managedFields,
    };
    const world = await shown(metadata, {
      spec: { unknown: 12345678901234567890n },
      extra: [null, { deep: 1 }],
      status: { a: 'b' },
    });
    const before = world.east.get('api');
    await update(world, label);
    const { metadata: sentMetadata, ...rest } = bodyOf(world);
    expect({ ...rest }).toEqual({ ...before, metadata: undefined, ...rest });
    expect(sentMetadata).toEqual({ ...before?.metadata, labels: { ...metadata.labels, mine: 'x' } });
    expect(rest['spec']).toEqual({ unknown: 12345678901234567890n });
  });

  it('needs none of what rows add, and may not change it', async () => {
    const world = await shown({ labels: { team: 'a' } });
    await update(world, (row) => ({ ...row, metadata: { ...row.metadata, labels: { team: 'b' }, annotations: {} } }));
    expect(world.east.get('api')?.metadata.labels).toEqual({ team: 'b' });
    const other = { 'clusterset-apiserver.dev/cluster': 'west' };
    const moving = update(world, (row) => ({ ...row, metadata: { ...row.metadata, labels: other } }));
    await expect(moving).rejects.toMatchObject({ status: { code: 422 } });
    expect(sent(world)).toHaveLength(1);
  });

  it('leaves the status to those who own it', async () => {
    const world = await shown({}, { status: { conditions: [{ type: 'Valid' }] } });
    await patch(world, (row) => ({ ...label(row), status: { conditions: [] } }));
    expect(world.east.get('api')?.status).toEqual({ conditions: [{ type: 'Valid' }] });
  });

  it.each([[[]], [undefined]])('passes managedFields on as they are wanted: %j', async (managedFields) => {
    const world = await shown({ managedFields: [{ manager: 'm' }] });
    await update(world, (row) => {
      const metadata = { ...row.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
      if (managedFields === undefined) Reflect.deleteProperty(metadata, 'managedFields');
      return { ...row, metadata };
    });
    expect(bodyOf(world)['metadata']).toHaveProperty('uid', 'uid-1');
    expect(Object(bodyOf(world)['metadata'])).toMatchObject(managedFields === undefined ? {} : { managedFields });
  });

  it('is not tried again, and tells the conflict', async () => {
    const world = await shown();
    world.east.put('api', { labels: { faster: 'x' } });
    await expect(update(world, label)).rejects.toMatchObject({
      status: { code: 409, reason: 'Conflict', details: { name: 'east.api' } },
    });
    expect(sent(world)).toHaveLength(1);
  });

  it('of a version that is too old is refused without asking the member', async () => {
    const world = await shown();
    const old = world.row('east.api');
    world.east.put('api', { labels: { faster: 'x' } });
    world.watch();
    await world.time.advance(20);
    if (old === undefined) throw new Error('no row');
    await expect(update(world, () => label(old))).rejects.toMatchObject({ status: { reason: 'Conflict' } });
    expect(world.east.requests).toEqual([]);
  });

  it('is read at once, with the version that it was answered with', async () => {
    const world = await shown();
    const { row, created } = await update(world, label);
    expect(world.row('east.api')).toBe(row);
    expect([row.metadata.labels?.['mine'], created]).toEqual(['x', false]);
  });

  it('as a dry run changes nothing, and shows the version of the row', async () => {
    const world = await shown();
    const before = world.row('east.api');
    const { row } = await update(world, label, { dryRun: true });
    expect(sent(world)[0]?.query).toEqual({ dryRun: 'All', fieldManager: 'test', fieldValidation: 'Warn' });
    expect(row.metadata).toMatchObject({
      name: 'east.api',
      resourceVersion: before?.metadata.resourceVersion,
      labels: { mine: 'x' },
    });
    expect(world.row('east.api')).toBe(before);
  });

  it('that takes the last finalizer away takes the row away, and answers with it', async () => {
    const world = await shown({ deletionTimestamp: '2026-01-06T10:00:00Z', finalizers: ['example.com/mine'] });
    const { row } = await update(world, (wanted) => ({ ...wanted, metadata: { ...wanted.metadata, finalizers: [] } }));
    expect(row.metadata.name).toBe('east.api');
    expect(world.row('east.api')).toBeUndefined();
  });

  it.each([
    ['no uid', {}],
    [
      'odd metadata',
      { uid: 7, resourceVersion: [], labels: 'x', annotations: 7, finalizers: 7, creationTimestamp: {} },
    ],
    ['a deletion that is none', { uid: 'uid-1', resourceVersion: '999', deletionTimestamp: null }],
  ])('that a member answers with %s is answered as the row that it would be', async (_what, more) => {
    const world = await shown();
    const body = {
      kind: 'ServiceExport',
      apiVersion: 'x/v1beta1',
      metadata: { name: 'api', namespace: 'prod', ...more },
    };
    world.east.reply(/^PUT/, () => send(200, body));
    const { row } = await update(world, label);
    expect(row.metadata.name).toBe('east.api');
    expect(world.row('east.api')).toBeDefined();
  });
});

describe('a patch of a row', () => {
  it('is worked out again on the newer object when somebody else was faster', async () => {
    const world = await shown();
    world.east.put('api', { labels: { faster: 'x' } });
    const seen: unknown[] = [];
    const { row } = await patch(world, (shownRow) => {
      seen.push(shownRow.metadata.labels?.['faster']);
      return label(shownRow);
    });
    expect(seen).toEqual([undefined, 'x']);
    expect(row.metadata.labels).toMatchObject({ faster: 'x', mine: 'x' });
    expect(world.east.requests.map(({ method }) => method)).toEqual(['PUT', 'GET', 'PUT']);
  });

  it('is tried five times and no more', async () => {
    const world = await shown();
    conflicts(world, 9);
    await expect(patch(world, label)).rejects.toMatchObject({ status: { reason: 'Conflict' } });
    expect(sent(world)).toHaveLength(5);
  });

  it('is not begun again when that would end after the request', async () => {
    const world = await shown();
    world.east.reply(/^PUT/, async () => {
      await world.time.advance(16_000);
      return send(409, statusBody(409, 'Conflict', { message: 'modified' }));
    });
    await expect(patch(world, label)).rejects.toMatchObject({ status: { reason: 'Conflict' } });
    expect(world.east.requests).toHaveLength(1);
  });

  it('is not begun again either when reading the newer object took that long', async () => {
    const world = await shown();
    world.east.reply(/^PUT/, () => send(409, statusBody(409, 'Conflict', { message: 'modified' })));
    world.east.reply(/^GET/, async () => {
      await world.time.advance(16_000);
      return 'as usual' as const;
    });
    await expect(patch(world, label)).rejects.toMatchObject({ status: { reason: 'Conflict' } });
    expect(sent(world)).toHaveLength(1);
  });

  it('that names a version is never repeated', async () => {
    const world = await shown();
    const version = world.row('east.api')?.metadata.resourceVersion ?? '';
    world.east.put('api', { labels: { faster: 'x' } });
    const pinned = (row: KubeObject): KubeObject => ({
      ...label(row),
      metadata: { ...label(row).metadata, resourceVersion: version },
    });
    await expect(patch(world, pinned)).rejects.toMatchObject({ status: { reason: 'Conflict' } });
    expect(sent(world)).toHaveLength(1);
  });

  it('that was refused for another reason is never repeated', async () => {
    const world = await shown();
    world.east.reply(/^PUT/, () => send(422, statusBody(422, 'Invalid', { message: 'no' })));
    await expect(patch(world, label)).rejects.toMatchObject({ status: { code: 422 } });
    expect(world.east.requests).toHaveLength(1);
  });

  it.each([
    ['forbidden', send(403, statusBody(403, 'Forbidden', { message: 'cannot get' }))],
    ['broken', new ConnectionError('Broken', 'x', { sent: true })],
    ['garbage', { body: Buffer.from('?') }],
  ])('tells its conflict when the newer object cannot be read: %s', async (_why, answer) => {
    const world = await shown();
    conflicts(world, 1);
    world.east.reply(/^GET/, () => answer);
    await expect(patch(world, label)).rejects.toMatchObject({ status: { code: 409, reason: 'Conflict' } });
  });

  it('is told that the object went meanwhile', async () => {
    const world = await shown();
    conflicts(world, 1);
    world.east.remove('api');
    world.east.reply(/^PUT/, () => 'as usual');
    await expect(patch(world, label)).rejects.toMatchObject({ status: { code: 404, details: { name: 'east.api' } } });
  });

  it('may not change the uid', async () => {
    const world = await shown();
    const other = (row: KubeObject): KubeObject => ({ ...row, metadata: { ...row.metadata, uid: 'other' } });
    await expect(patch(world, other)).rejects.toMatchObject({ status: { code: 422 } });
    expect(world.east.requests).toEqual([]);
  });
});
