import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { provideBinaries } from './binaries.ts';
import { freePorts } from './child.ts';
import type { Cluster } from './cluster.ts';
import { startCluster } from './cluster.ts';
import { startEtcd } from './etcd.ts';
import { issueClusterKeys } from './keys.ts';
import type { Kubectl } from './kubectl.ts';
import { kubectlFor } from './kubectl.ts';

export type { Binaries } from './binaries.ts';
export { freePorts, startChild } from './child.ts';
export type { Child } from './child.ts';
export type { Cluster } from './cluster.ts';
export { kubeconfigText } from './cluster.ts';
export { createKubectl, kubectlFor } from './kubectl.ts';
export type { Kubectl } from './kubectl.ts';

/** Real clusters on loopback: one etcd, one kube-apiserver each. */
export interface ControlPlane {
  readonly binaries: Binaries;
  readonly directory: string;
  /** The etcd of all clusters; the keys of a cluster begin with `/<name>/`. */
  readonly etcdUrl: string;
  readonly cluster: (name: string) => Cluster;
  readonly kubectl: (name: string) => Kubectl;
  /**
   * Starts one more cluster; its kube-apiserver gets the further arguments, which win over the usual ones. It shares the
   * etcd of the others unless another is named.
   */
  readonly add: (name: string, extraArgs?: readonly string[], etcdUrl?: string) => Promise<Cluster>;
  /** Starts one more etcd, which waits for the disk, and gives its URL. */
  readonly addDurableEtcd: (name: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Builds what is missing, then starts etcd and the named clusters; about five seconds once the programs exist. */
export async function startControlPlane(
  names: readonly string[],
  say: (line: string) => void = (line) => console.log(`[control plane] ${line}`),
): Promise<ControlPlane> {
  const binaries = await provideBinaries(say);
  const directory = await mkdtemp(join(tmpdir(), 'clusterset-control-plane-'));
  say(`starting etcd and ${names.join(', ')}; logs are in ${directory}`);
  const etcd = await startEtcd({ directory: join(directory, 'etcd'), binaries, fsync: false });
  const etcds = [etcd];
  const clusters = new Map<string, Cluster>();
  let octetNext = 100;
  const add = async (name: string, extraArgs: readonly string[] = [], etcdUrl = etcd.url): Promise<Cluster> => {
    octetNext += 1;
    const octet = octetNext;
    const [port] = await freePorts(1);
    if (port === undefined) throw new Error('no free port');
    const keys = await issueClusterKeys(name);
    const place = { name, port, octet, etcdUrl, directory: join(directory, name) };
    const cluster = await startCluster({ ...place, binaries, keys, extraArgs });
    clusters.set(name, cluster);
    return cluster;
  };
  try {
    await Promise.all(names.map((name) => add(name)));
  } catch (error) {
    await etcd.child.stop();
    throw error;
  }
  const cluster = (name: string): Cluster => {
    const found = clusters.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };
  return {
    binaries,
    directory,
    etcdUrl: etcd.url,
    cluster,
    add,
    addDurableEtcd: async (name) => {
      const durable = await startEtcd({ directory: join(directory, `etcd-${name}`), binaries, fsync: true });
      etcds.push(durable);
      return durable.url;
    },
    kubectl: (name) => kubectlFor(binaries, cluster(name).adminKubeconfig, cluster(name).directory),
    stop: async () => {
      await Promise.all([...clusters.values()].map((running) => running.stop()));
      await Promise.all(etcds.map(({ child }) => child.stop()));
      if (process.env['KEEP_CONTROL_PLANE'] === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
