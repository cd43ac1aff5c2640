import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import { createConnection, plainSettings } from '../../connection/index.ts';
import type { HubAccess } from './hub-access.ts';
import { createInventorySources } from './inventory-sources.ts';

const COEXISTENCE = 'multicluster.clusterset-apiserver.dev';
const line = (): void => undefined;
const log = { info: line, warn: line, error: line };
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'inventories-'));
  await writeFile(join(directory, 'providers.json'), '{ "providers": [] }');
  const clusters = [{ name: 'fleet', cluster: { server: 'https://fleet.example' } }];
  const kubeconfig = {
    ...{ 'current-context': 'fleet', clusters, users: [{ name: 'fleet', user: { token: 'x' } }] },
    contexts: [{ name: 'fleet', context: { cluster: 'fleet', user: 'fleet' } }],
  };
  await writeFile(join(directory, 'fleet.json'), JSON.stringify(kubeconfig));
});

afterAll(() => rm(directory, { recursive: true }));

describe('the profiles of other managers', () => {
  async function names(settings: object, group?: string): Promise<readonly string[]> {
    const members = {
      ...{ profileNamespaces: ['fleet'], profileManagers: ['theirs'] },
      ...{ accessProviders: join(directory, 'providers.json'), ...settings },
    };
    const apiGroups = group === undefined ? {} : { multicluster: group };
    const config = loadConfiguration(JSON.stringify({ members, apiGroups }), {}, {});
    if (!config.ok) throw new Error(config.error);
    const connection = createConnection(plainSettings('https://hub.example'), { userAgent: 'test' });
    const hub: HubAccess = { connection, lease: connection };
    try {
      return (await createInventorySources({ config: config.value, hub, log })).map(({ name }) => name);
    } finally {
      connection.close();
    }
  }

  it('are not looked for behind our own', async () => {
    await expect(names({})).rejects.toThrow(
      "members.profileNamespaces needs members.profileKubeconfig: serving multicluster.x-k8s.io hides the hub's own ClusterProfiles",
    );
  });

  it('are those of the hub where ours have another group, or of a cluster that is named', async () => {
    const found = ['ClusterProfiles in namespace fleet'];
    expect(await names({}, COEXISTENCE)).toEqual(found);
    expect(await names({ profileKubeconfig: join(directory, 'fleet.json') })).toEqual(found);
  });
});
