import { describe, expect, it } from 'vitest';
import { send, statusBody } from '../../../test/support/fake-cluster.ts';
import { openWriteWorld } from '../../../test/support/write-world.ts';
import type { WriteWorld } from '../../../test/support/write-world.ts';
import { parseJson } from '../../kube/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { RowWrite } from '../../kube/row-write.ts';
import { kindInMember } from './member-kinds.ts';

const OWNERS = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'own' }];

async function openView(): Promise<WriteWorld> {
  const world = openWriteWorld({ inMember: kindInMember });
  world.east.put('api', { ownerReferences: OWNERS, labels: { 'clusterset-apiserver.dev/clusterset': 'mine' } });
  world.watch();
  await world.time.advance(20);
  return world;
}

const inEast = ({ write }: WriteWorld, name: string): RowWrite => write(name, {}, { member: 'east' });

const serviceExport = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'multicluster.x-k8s.io/v1beta1',
  kind: 'ServiceExport',
  metadata: { name, namespace: 'prod', ...more },
});

const labelled = (shown: KubeObject): KubeObject => ({
  ...shown,
  metadata: { ...shown.metadata, labels: { ...shown.metadata.labels, a: 'b' } },
});

describe('a write in the view of a member', () => {
  it('changes the object as it is there, and answers with it at the version of the hub', async () => {
    const world = await openView();
    const seen: KubeObject[] = [];
    const { row } = await world.writes.change(inEast(world, 'api'), {
      type: 'patch',
      change: (shown) => {
        seen.push(shown);
        return labelled(shown);
      },
    });
    expect(seen[0]?.metadata).toMatchObject({ name: 'api', ownerReferences: OWNERS });
    const own = world.east.get('api');
    expect(own?.metadata.labels).toEqual({ 'clusterset-apiserver.dev/clusterset': 'mine', a: 'b' });
    const { resourceVersion } = world.row('east.api')?.metadata ?? {};
    expect(row).toEqual({ ...own, metadata: { ...own?.metadata, resourceVersion } });
    expect(world.records).toMatchObject([{ cluster: 'east', name: 'api', verb: 'patch', code: 200 }]);
  });

  it('loses no update', async () => {
    const world = await openView();
    let read: KubeObject | undefined;
    const put = (): Promise<unknown> =>
      world.writes.change(inEast(world, 'api'), {
        type: 'update',
        change: (shown) => labelled((read ??= shown)),
      });
    await put();
    await expect(put()).rejects.toMatchObject({ status: { code: 409 } });
  });

  it('creates under the own name, also where that is too long for a row, with owners', async () => {
    const world = await openView();
    const long = 'a'.repeat(253);
    for (const name of ['new', long]) {
      const { row, created } = await world.writes.create(
        inEast(world, name),
        serviceExport(name, { ownerReferences: OWNERS }),
      );
      expect([row.metadata.name, created]).toEqual([name, true]);
      expect(world.east.get(name)?.metadata.ownerReferences).toEqual(OWNERS);
    }
  });

  it('refuses the mark of rows, by which the object would not be read any more', async () => {
    const world = await openView();
    const mark = { labels: { 'clusterset-apiserver.dev/cluster': 'east' } };
    const marked = serviceExport('api', mark);
    const change = (shown: KubeObject): KubeObject => ({ ...shown, metadata: { ...shown.metadata, ...mark } });
    for (const write of [
      () => world.writes.create(inEast(world, 'new'), serviceExport('new', mark)),
      () => world.writes.change(inEast(world, 'api'), { type: 'patch', change }),
      () => world.writes.apply(inEast(world, 'api'), { metadata: { name: 'api', ...mark }, kind: marked.kind }, false),
    ]) {
      await expect(write()).rejects.toMatchObject({
        status: { code: 422, details: { causes: [{ field: 'metadata.labels[clusterset-apiserver.dev/cluster]' }] } },
      });
    }
    expect(world.east.requests).toEqual([]);
  });

  it('removes by the own name and uid', async () => {
    const world = await openView();
    const { uid = '' } = world.east.get('api')?.metadata ?? {};
    const wrong = { dryRun: false, preconditions: { uid: world.row('east.api')?.metadata.uid ?? '' } };
    await expect(world.writes.remove(inEast(world, 'api'), wrong)).rejects.toMatchObject({ status: { code: 409 } });
    const gone = await world.writes.remove(inEast(world, 'api'), { dryRun: false, preconditions: { uid } });
    expect(gone).toMatchObject({ type: 'gone', uid });
    expect(world.east.get('api')).toBeUndefined();
    await expect(
      world.writes.remove(inEast(world, 'east.api'), { dryRun: false, preconditions: {} }),
    ).rejects.toMatchObject({ status: { code: 404 } });
  });

  it("tells the member's errors in the member's own names", async () => {
    const world = await openView();
    const message = 'serviceexports.multicluster.x-k8s.io "new" is forbidden: no';
    const details = { name: 'new', group: 'multicluster.x-k8s.io', kind: 'serviceexports' };
    world.east.reply(/^POST/, () => send(422, statusBody(422, 'Invalid', { message, details })));
    await expect(world.writes.create(inEast(world, 'new'), serviceExport('new'))).rejects.toMatchObject({
      status: { code: 422, message, details: { name: 'new' } },
    });
    expect(parseJson(world.east.requests.at(-1)?.body ?? 'null')).toMatchObject({ metadata: { name: 'new' } });
  });
});
