import { describe, expect, it } from 'vitest';
import { beginProfiles, createMedium, PROFILE_KEY } from '../../test/support/profile-life.ts';
import type { ProfileLife } from '../../test/support/profile-life.ts';
import { ApiStatusError } from '../kube/api-status.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { isJsonObject, textAt } from '../kube/object.ts';
import type { RowAnswer, RowChange, RowWrite } from '../kube/row-write.ts';
import type { OverlayWritesDeps } from './overlay-writes.ts';
import { createOverlayWrites } from './overlay-writes.ts';

const KIB = 1024;

interface Asked {
  readonly subresource?: 'status';
  readonly version?: string;
  readonly type?: RowChange['type'];
  readonly name?: string;
  readonly options?: Partial<RowWrite['options']>;
  readonly isOver?: () => boolean;
}

function rowWrite({ subresource, version = 'v1alpha1', name = PROFILE_KEY.name, options, isOver }: Asked): RowWrite {
  return {
    target: {
      ...{ resource: 'clusterprofiles', group: 'multicluster.x-k8s.io', kind: 'ClusterProfile', version },
      ...{ namespace: PROFILE_KEY.namespace, name, subresource: subresource ?? '' },
    },
    options: { dryRun: false, fieldManager: '', fieldValidation: 'Warn', ...options },
    user: { name: 'jane', uid: undefined, groups: [], extra: {} },
    auditId: 'audit-1',
    isOver: isOver ?? ((): boolean => false),
    warn: () => undefined,
  };
}

type Ask = (change: RowChange['change'], asked?: Asked) => Promise<RowAnswer>;

/** A profile and what writes it; nothing is judged unless said otherwise. */
async function open(
  more: Partial<OverlayWritesDeps> = {},
): Promise<{ readonly life: ProfileLife; readonly medium: ReturnType<typeof createMedium>; readonly ask: Ask }> {
  const medium = createMedium();
  const life = await beginProfiles(medium);
  const writes = createOverlayWrites({
    profiles: life.profiles,
    check: (object) => ({ object, unknown: [], faults: [] }),
    admit: () => Promise.resolve([]),
    ...more,
  });
  return {
    life,
    medium,
    ask: (change, asked = {}) => writes.change(rowWrite(asked), { type: asked.type ?? 'patch', change }),
  };
}

function labelled(shown: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  return { ...shown, metadata: { ...shown.metadata, labels: { ...shown.metadata.labels, ...labels } } };
}

function withStatus(shown: KubeObject, status: JsonObject): KubeObject {
  return { ...shown, status: { ...(isJsonObject(shown.status) ? shown.status : {}), ...status } };
}

function refusal(asked: Promise<unknown>): Promise<{ readonly code: number; readonly message: string }> {
  return asked.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => {
      if (!(error instanceof ApiStatusError)) throw error;
      return { code: error.status.code, message: error.status.message };
    },
  );
}

describe('a write of what others keep in a profile', () => {
  it('is kept, and is answered with the object under its new version', async () => {
    const { life, ask } = await open();
    const before = life.shown();
    const { row } = await ask((shown) => labelled(shown, { team: 'payments' }));
    expect(row.metadata.labels).toMatchObject({ team: 'payments' });
    expect(Number(row.metadata.resourceVersion)).toBeGreaterThan(Number(before?.metadata.resourceVersion));
    expect(life.shown()).toEqual(row);
    expect(life.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED']);
  });

  it('of an older state is a conflict: of two that read the same, one succeeds', async () => {
    const { life, ask } = await open();
    const read = life.shown();
    if (read === undefined) throw new Error('there is no profile');
    const both = await Promise.allSettled(
      ['a', 'b'].map((team) => ask(() => labelled(read, { team }), { type: 'update' })),
    );
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const again = await refusal(ask(() => labelled(read, { team: 'c' }), { type: 'update' }));
    expect(again).toMatchObject({ code: 409, message: expect.stringContaining('has been modified') as string });
    expect(life.shown()?.metadata.labels).toMatchObject({ team: 'a' });
  });

  it('that patches is worked out on what is there when its turn comes', async () => {
    const { life, ask } = await open();
    await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        ask((shown) => ({
          ...labelled(shown, { [key]: '1' }),
          metadata: { ...labelled(shown, { [key]: '1' }).metadata, resourceVersion: '' },
        })),
      ),
    );
    expect(life.shown()?.metadata.labels).toMatchObject({ a: '1', b: '1', c: '1' });
  });

  it('that updates without a version is refused', async () => {
    const { ask } = await open();
    const bare = (shown: KubeObject): KubeObject => ({
      ...shown,
      metadata: { ...shown.metadata, resourceVersion: '' },
    });
    expect(await refusal(ask(bare, { type: 'update' }))).toMatchObject({ code: 422 });
  });

  it('for another object of that name is refused', async () => {
    const { ask } = await open();
    const other = (shown: KubeObject): KubeObject => ({ ...shown, metadata: { ...shown.metadata, uid: 'other' } });
    expect(await refusal(ask(other, { type: 'update' }))).toMatchObject({ code: 409 });
    expect(await refusal(ask(other))).toMatchObject({ code: 422 });
  });

  it('as a rehearsal shows what would be, under the version that is, and changes nothing', async () => {
    const { life, medium, ask } = await open();
    const [before, writes] = [life.shown(), medium.writes];
    const { row } = await ask((shown) => labelled(shown, { team: 'x' }), { options: { dryRun: true } });
    expect(row.metadata).toMatchObject({
      labels: { team: 'x' },
      resourceVersion: before?.metadata.resourceVersion ?? '',
    });
    expect(life.shown()).toEqual(before);
    expect(medium.writes).toBe(writes);
  });

  it('is refused as a rehearsal for what refuses the write itself', async () => {
    const { ask } = await open({ admit: () => Promise.reject(new ApiStatusError('Forbidden', 'not today')) });
    const asked = ask((shown) => labelled(shown, { team: 'x' }), { options: { dryRun: true } });
    expect(await refusal(asked)).toEqual({ code: 403, message: 'not today' });
  });

  it('is judged even if it changes nothing, and then stays without a new version', async () => {
    const { life, ask } = await open({ admit: () => Promise.resolve(['told']) });
    const before = life.shown();
    expect(await ask((shown) => shown)).toMatchObject({ row: before, warnings: ['told'] });
  });

  it('comes to nothing when its client has not waited for what rules say', async () => {
    let isOver = false;
    const { life, ask } = await open({
      admit: () => {
        isOver = true;
        return Promise.resolve([]);
      },
    });
    const before = life.shown();
    const late = ask((shown) => labelled(shown, { team: 'x' }), { isOver: () => isOver });
    expect(await refusal(late)).toMatchObject({ code: 504 });
    expect(life.shown()).toEqual(before);
  });

  it('is limited in what all writers together keep', async () => {
    const { life, ask } = await open();
    const properties = (kib: number, from: number): JsonObject[] =>
      Array.from({ length: kib }, (_, index) => ({ name: `p${from + index}`, value: 'x'.repeat(KIB - 100) }));
    const grow =
      (kib: number): RowChange['change'] =>
      (shown) => {
        const before = isJsonObject(shown.status) ? (shown.status['properties'] ?? []) : [];
        const list = Array.isArray(before) ? (before as JsonObject[]) : [];
        return withStatus(shown, { properties: [...list, ...properties(kib, list.length)] });
      };
    await ask(grow(500), { subresource: 'status' });
    const shown = life.shown();
    expect(await refusal(ask(grow(100), { subresource: 'status' }))).toEqual({
      code: 413,
      message: 'Request entity too large: what other writers keep in one profile is limited to 524288 bytes',
    });
    expect(life.shown()).toEqual(shown);
    await ask((now) => labelled(now, { team: 'still' }));
    expect(life.shown()?.metadata.labels).toMatchObject({ team: 'still' });
  });

  it('of the object leaves the status, and of the status the object', async () => {
    const { life, ask } = await open();
    const mixed = (shown: KubeObject): KubeObject =>
      withStatus(labelled(shown, { team: 'x' }), { properties: [{ name: 'a', value: '1' }] });
    await ask(mixed);
    expect(life.shown()?.metadata.labels).toMatchObject({ team: 'x' });
    expect(life.shown()?.status).not.toHaveProperty('properties');
    await ask((shown) => withStatus(labelled(shown, { team: 'y' }), { properties: [{ name: 'a', value: '1' }] }), {
      subresource: 'status',
    });
    expect(life.shown()?.metadata.labels).toMatchObject({ team: 'x' });
    expect(life.shown()?.status).toMatchObject({ properties: [{ name: 'a', value: '1' }] });
  });

  it('with conditions: null takes away those of others and leaves ours', async () => {
    const { life, ask } = await open();
    const theirs = {
      ...{ type: 'example.com/Seen', status: 'True', reason: 'Seen', message: '' },
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const typesNow = (): readonly unknown[] => {
      const { conditions } = isJsonObject(life.shown()?.status) ? (life.shown()?.status as JsonObject) : {};
      return Array.isArray(conditions) ? (conditions as unknown[]).map((one) => textAt(one, 'type')) : [];
    };
    const ours = typesNow();
    const add = (shown: KubeObject): KubeObject => {
      const conditions = isJsonObject(shown.status) ? shown.status['conditions'] : [];
      return withStatus(shown, { conditions: [...(conditions as JsonObject[]), theirs] });
    };
    await ask(add, { subresource: 'status' });
    expect(typesNow()).toEqual([...ours, 'example.com/Seen']);
    await ask((shown) => withStatus(shown, { conditions: null }), { subresource: 'status', type: 'update' });
    expect(typesNow()).toEqual(ours);
  });

  it('of what this server sets is refused with its place', async () => {
    const { ask } = await open();
    const emptied = ask((shown) => withStatus(shown, { conditions: [] }), { subresource: 'status' });
    expect(await refusal(emptied)).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        'status.conditions[ControlPlaneHealthy]: Forbidden: is set by clusterset-apiserver',
      ) as string,
    });
  });

  it('in v1alpha2 leaves the deprecated providers as they are', async () => {
    const { life, ask } = await open();
    const credentialProviders = [{ name: 'theirs' }];
    await ask((shown) => withStatus(shown, { credentialProviders }), { subresource: 'status' });
    await ask(
      (shown) => {
        const fields = Object.entries(shown.status as JsonObject).filter(([field]) => field !== 'credentialProviders');
        return { ...shown, status: { ...Object.fromEntries(fields), properties: [{ name: 'a', value: '1' }] } };
      },
      { subresource: 'status', version: 'v1alpha2' },
    );
    expect(life.shown()?.status).toMatchObject({ credentialProviders, properties: [{ name: 'a' }] });
  });

  it('keeps the mirror of the access providers ours, with what others have beside it', async () => {
    const { life, ask } = await open();
    const theirs = { name: 'theirs' };
    await ask((shown) => withStatus(shown, { credentialProviders: [theirs] }), { subresource: 'status' });
    await life.tell({ isMirrored: true });
    const { accessProviders } = life.shown()?.status as { readonly accessProviders: readonly JsonObject[] };
    expect(life.shown()?.status).toMatchObject({ credentialProviders: [...accessProviders, theirs] });
    const fields = JSON.stringify(life.shown()?.metadata.managedFields);
    expect(fields).toContain('"f:credentialProviders":{"k:{\\"name\\":\\"direct\\"}"');
    expect(fields).not.toContain('theirs');
    const taken = ask((shown) => withStatus(shown, { credentialProviders: [theirs] }), { subresource: 'status' });
    expect(await refusal(taken)).toMatchObject({
      code: 422,
      message: expect.stringContaining('status.credentialProviders[direct]: Forbidden') as string,
    });
    await life.tell({ isMirrored: false });
    expect(life.shown()?.status).toMatchObject({ credentialProviders: [theirs] });
  });

  it('lets no entry with the name of ours be other than ours, and brings it back when the mirror ends', async () => {
    const { life, ask } = await open();
    const theirs = { name: 'direct', cluster: { server: 'https://theirs.example' } };
    await ask((shown) => withStatus(shown, { credentialProviders: [theirs] }), { subresource: 'status' });
    await life.tell({ isMirrored: true });
    const mirrored = [{ name: 'direct', cluster: { server: 'https://east.example.com' } }];
    expect(life.shown()?.status).toMatchObject({ accessProviders: mirrored, credentialProviders: mirrored });
    await ask((shown) => withStatus(shown, { properties: [{ name: 'a', value: '1' }] }), { subresource: 'status' });
    await life.tell({ isMirrored: false });
    expect(life.shown()?.status).toMatchObject({ credentialProviders: [theirs] });
  });

  it('tells fields that nobody knows as the client wants to hear of them', async () => {
    const { ask } = await open({ check: (object) => ({ object, unknown: ['spec.colour'], faults: [] }) });
    const change = (shown: KubeObject): KubeObject => labelled(shown, { a: 'b' });
    expect((await ask(change)).warnings).toEqual(['unknown field "spec.colour"']);
    expect((await ask(change, { options: { fieldValidation: 'Ignore' } })).warnings).toEqual([]);
    expect(await refusal(ask(change, { options: { fieldValidation: 'Strict' } }))).toMatchObject({ code: 400 });
  });

  it('that cannot be kept did not happen', async () => {
    const { life, medium, ask } = await open();
    const before = life.shown();
    medium.failing = { on: 'write', problem: 'diskFull' };
    const asked = ask((shown) => labelled(shown, { team: 'x' }));
    expect(await refusal(asked)).toEqual({ code: 503, message: 'the change cannot be kept: diskFull' });
    expect(life.shown()).toEqual(before);
  });

  it('of an absent profile is 404', async () => {
    const { ask } = await open();
    expect(await refusal(ask((shown) => shown, { name: 'west' }))).toMatchObject({ code: 404 });
  });
});
