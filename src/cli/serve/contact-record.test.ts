import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDirectoryStore } from '../../durable/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { MemberStatus } from '../../kube/member-event.ts';
import { openContactRecord } from './contact-record.ts';
import type { ContactRecord } from './contact-record.ts';

let directory: string;
let store: DurableStore;
let planned: (() => void)[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'clusterset-contacts-'));
  store = createDirectoryStore({ directory, valueBytesMax: 1024 * 1024 });
  planned = [];
});

afterEach(() => rm(directory, { recursive: true }));

function heardAt(lastContactMs: number | undefined): MemberStatus {
  const cluster = parseClusterId('east');
  if (!cluster.ok) throw new Error(cluster.error);
  return {
    ...{ cluster: cluster.value, phase: 'live', synced: true, lastContactMs, fingerprint: undefined },
    ...{ version: undefined, reason: undefined, message: undefined, clockSkewSeconds: undefined },
  };
}

function open(statuses: () => readonly MemberStatus[]): Promise<ContactRecord> {
  const line = (): void => undefined;
  return openContactRecord({
    store,
    members: () => ({ statuses }),
    schedule: (run) => {
      planned.push(run);
      return () => undefined;
    },
    log: { info: line, warn: line, error: line },
  });
}

it('tells after a restart when each member was last heard of', async () => {
  const first = await open(() => [heardAt(1234)]);
  first.start();
  await first.close();
  const second = await open(() => []);
  expect(second.lastContactMs('east')).toBe(1234);
  expect(second.lastContactMs('west')).toBeUndefined();
});

it('knows nothing where nothing was kept, and of members never heard of', async () => {
  const first = await open(() => [heardAt(undefined)]);
  expect(first.lastContactMs('east')).toBeUndefined();
  await first.close();
  expect((await open(() => [])).lastContactMs('east')).toBeUndefined();
});
