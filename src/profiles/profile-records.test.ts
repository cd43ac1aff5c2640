import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProfileRecord } from '../clusterset/index.ts';
import { NO_OVERLAY, NOTHING_SHOWN } from '../clusterset/index.ts';
import { createDirectoryStore } from '../durable/index.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { ProfileRecords } from './profile-records.ts';
import { createProfileRecords, keptRevision } from './profile-records.ts';

const EAST = clusterId('east');
const RECORD: ProfileRecord = {
  namespace: 'inventory',
  uid: 'uid-1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  generation: 2,
  manager: 'hub',
  displayName: 'East',
  givenDisplayName: 'East',
  memberId: 'kube-system-uid',
  deletionTimestamp: undefined,
  resourceVersion: '256',
  overlay: {
    ...NO_OVERLAY,
    labels: { a: 'b' },
    finalizers: ['example.com/hold'],
    properties: [{ name: 'x', value: 'y' }],
  },
  shown: {
    ...NOTHING_SHOWN,
    version: 'v1.36.4',
    properties: [
      { name: 'a', value: '1', lastObservedTime: '2026-01-01T00:00:00Z' },
      { name: 'b', value: '2', lastObservedTime: undefined },
    ],
    conditions: [
      { type: 'Joined', status: 'True', reason: 'Registered', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
    accessProviders: [{ name: 'direct', cluster: { server: 'https://east' } }],
  },
};

let directory: string;
let records: ProfileRecords;

function clusterId(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'profile-records-'));
  records = createProfileRecords(createDirectoryStore({ directory, valueBytesMax: 1_000_000 }));
});
afterEach(() => rm(directory, { recursive: true }));

describe('the record of a member', () => {
  it('gives back what was written, and is gone without profiles', async () => {
    expect(await records.read(EAST)).toEqual({ ok: true, value: undefined });
    await records.write(EAST, [RECORD]);
    expect(await records.list()).toEqual({ ok: true, value: ['east'] });
    expect(await records.read(EAST)).toEqual({ ok: true, value: [RECORD] });
    await records.write(EAST, []);
    expect(await records.read(EAST)).toEqual({ ok: true, value: undefined });
    expect(await records.list()).toEqual({ ok: true, value: [] });
  });

  it('keeps the version under which the content was served', async () => {
    await records.write(EAST, [RECORD]);
    const read = await records.read(EAST);
    expect(read.ok && read.value?.map(keptRevision)).toEqual([256]);
    expect(keptRevision({ ...RECORD, resourceVersion: undefined })).toBeUndefined();
    expect(keptRevision({ ...RECORD, resourceVersion: 'x' })).toBeUndefined();
  });

  it.each(['', 'nonsense', 'clusterset-apiserver record cluster-profiles 1\nx'])(
    'that was damaged (%j) is a failure, never an absence',
    async (content) => {
      await records.write(EAST, [RECORD]);
      const [file = ''] = await readdir(directory);
      await writeFile(join(directory, file), content);
      expect(await records.read(EAST)).toMatchObject({ ok: false, error: { type: 'corrupt' } });
    },
  );

  it('of another member under its name is a failure', async () => {
    const store = createDirectoryStore({ directory, valueBytesMax: 1_000_000 });
    await records.write(EAST, [RECORD]);
    await store.write('profile-west', (await store.read('profile-east')) ?? new Uint8Array());
    expect(await records.read(clusterId('west'))).toMatchObject({ ok: false, error: { type: 'corrupt' } });
  });
});
