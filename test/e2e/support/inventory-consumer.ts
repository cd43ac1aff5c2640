import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, startChild } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestClusterSet } from './clusterset.ts';
import { execConfig } from './profile-consumer.ts';

/** What became of one profile in the consumer. */
export interface Engaged {
  readonly engagements: number;
  readonly events: number;
  readonly fingerprint: string;
  readonly problem: string;
}

export interface Dump {
  readonly synced: boolean;
  readonly events: number;
  /** By `inventory/member`. */
  readonly members: Readonly<Record<string, Engaged>>;
}

export interface InventoryConsumer {
  readonly dump: () => Promise<Dump>;
  readonly engaged: (member: string) => Promise<Engaged | undefined>;
  readonly stop: () => Promise<number | null>;
}

export interface Login {
  readonly inventory: string;
  /** The access provider that it takes, and the plugin that it logs in with. */
  readonly provider: string;
  readonly plugin: string;
}

/** Starts our client-go program, which follows profiles and logs in to members by the access library. */
export async function startInventoryConsumer(
  set: TestClusterSet,
  { inventory, provider, plugin }: Login,
): Promise<InventoryConsumer> {
  const { directory, binaries } = set.controlPlane;
  const providers = join(directory, 'providers.json');
  await writeFile(providers, JSON.stringify({ providers: [{ name: provider, execConfig: execConfig(plugin) }] }));
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${String(port)}`;
  const kubeconfig = set.controlPlane.cluster('hub').adminKubeconfig;
  const child = startChild({
    name: 'inventory',
    command: binaries.path('inventory'),
    args: ['-kubeconfig', kubeconfig, '-namespace', inventory, '-providers', providers, '-listen', address],
    env: { KUBECONFIG: kubeconfig },
    logFile: join(directory, 'inventory.log'),
  });
  const dump = async (): Promise<Dump> => {
    const response = await fetch(`http://${address}/dump`);
    return (await response.json()) as Dump;
  };
  await eventually('the consumer', dump);
  return {
    dump,
    engaged: async (member) => (await dump()).members[`${inventory}/${member}`],
    stop: () => child.stop(),
  };
}
