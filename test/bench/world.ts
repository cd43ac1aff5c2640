import { join } from 'node:path';
import type { Child, Cluster, ControlPlane } from '../support/control-plane/index.ts';
import { freePorts, startChild, startControlPlane } from '../support/control-plane/index.ts';
import { program, PROGRAM } from '../e2e/support/clusterset.ts';
import { memberDefinitions } from '../e2e/support/crds.ts';
import { eventually } from '../support/eventually.ts';
import type { Client, Endpoint } from './client.ts';
import { createClient, GO_CIPHERS } from './client.ts';
import { monotonicMs, say, withProgress } from './clock.ts';
import type { ExportedName, ListedImport } from './content.ts';
import { exportedNames, importEntry, memberEntries, namespaceEntry } from './content.ts';
import type { EtcdWriter } from './etcd-writer.ts';
import { createEtcdWriter } from './etcd-writer.ts';
import { cpuMs } from './processes.ts';

export const HUB = 'hub';
export const PEER = 'peer';
export const MEMBERS = ['east', 'west', 'north', 'south', 'centre'] as const;
export const GROUP_PATH = '/apis/multicluster.x-k8s.io/v1beta1';
export const IMPORTS_PATH = `${GROUP_PATH}/serviceimports`;
const FIRST_ANSWER_DEADLINE_MS = 120_000;

/** How a server came to its first answer. */
export interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A hub with our server, five members, and a kube-apiserver that serves the same imports from its own etcd. */
export interface World {
  readonly controlPlane: ControlPlane;
  readonly writer: EtcdWriter;
  readonly names: readonly ExportedName[];
  /** What both sides list. */
  readonly imports: readonly ListedImport[];
  readonly own: Endpoint;
  readonly throughHub: Endpoint;
  readonly peer: Endpoint;
  readonly member: (position: number) => Endpoint;
  readonly ownPid: () => number;
  readonly hubPid: () => number;
  readonly peerPid: () => number;
  readonly server: () => Child;
  /** Starts our server and waits for the first complete list. */
  readonly startServer: () => Promise<Start>;
  readonly stopServer: () => Promise<void>;
  readonly restartPeer: () => Promise<Start>;
  readonly stop: () => Promise<void>;
}

export interface WorldOptions {
  readonly imports: number;
  /** Options of Node for our server, such as a profiler. */
  readonly nodeArgs: readonly string[];
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const controlPlane = await withProgress('starting etcd and seven kube-apiservers', () =>
    startControlPlane([...MEMBERS, HUB, PEER], say),
  );
  try {
    return await furnish(controlPlane, options);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

async function furnish(controlPlane: ControlPlane, options: WorldOptions): Promise<World> {
  const writer = createEtcdWriter(controlPlane.etcdUrl);
  const names = exportedNames(options.imports, MEMBERS.length);
  await withProgress('filling members', () => fillMembers(controlPlane, writer, names));
  const server = await installServer(controlPlane, { members: MEMBERS, nodeArgs: options.nodeArgs });
  const { hub, peer } = { hub: controlPlane.cluster(HUB), peer: controlPlane.cluster(PEER) };
  const own = { ...endpointOf(hub), port: server.port, ca: undefined, rejectUnauthorized: false };
  const start = (): Promise<Start> => startUntilFirstAnswer(own, { ...server, path: IMPORTS_PATH });
  await withProgress('first start of our server', start);
  const imports = await awaitImports(own, options.imports);
  await withProgress('filling the peer', () => fillPeer(controlPlane, writer, imports));
  return {
    controlPlane,
    writer,
    names,
    imports,
    own,
    throughHub: endpointOf(hub),
    peer: endpointOf(peer),
    member: (position) => endpointOf(controlPlane.cluster(MEMBERS[position] ?? '')),
    ownPid: server.pid,
    hubPid: hub.pid,
    peerPid: peer.pid,
    server: server.child,
    startServer: start,
    stopServer: server.stop,
    restartPeer: () => restartCluster(peer, IMPORTS_PATH),
    stop: async () => {
      writer.close();
      await server.stop();
      await controlPlane.stop();
    },
  };
}

async function fillMembers(
  controlPlane: ControlPlane,
  writer: EtcdWriter,
  names: readonly ExportedName[],
): Promise<void> {
  await Promise.all([...MEMBERS, PEER].map((name) => define(controlPlane, name)));
  for (const [position, member] of MEMBERS.entries()) await writer.put(memberEntries(names, member, position));
}

/** Gives a member the definitions of our kinds. */
export async function define(controlPlane: ControlPlane, name: string): Promise<void> {
  const kubectl = controlPlane.kubectl(name);
  for (const crd of memberDefinitions()) await kubectl.apply(crd);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
}

export interface Server {
  readonly port: number;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  readonly child: () => Child;
  readonly pid: () => number;
}

/** Registers the members and the server with our own commands, as a user would. */
export async function installServer(
  controlPlane: ControlPlane,
  { members, nodeArgs }: { readonly members: readonly string[]; readonly nodeArgs: readonly string[] },
): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const hubKubeconfig = controlPlane.cluster(HUB).adminKubeconfig;
  const kubeconfig = join(controlPlane.directory, 'server.kubeconfig');
  const address = ['--external-address', `localhost:${port}`, '--write-kubeconfig', kubeconfig];
  await program('install', '--kubeconfig', hubKubeconfig, ...address);
  for (const name of members) await register(controlPlane, name);
  let child: Child | undefined;
  const running = (): Child => {
    if (child === undefined) throw new Error('our server was not started');
    return child;
  };
  const listen = ['--bind-address', '127.0.0.1', '--secure-port', String(port)];
  return {
    port,
    child: running,
    pid: () => running().process.pid ?? 0,
    start: () => {
      child = startChild({
        name: 'clusterset-apiserver',
        command: process.execPath,
        args: [...nodeArgs, PROGRAM, 'serve', '--kubeconfig', kubeconfig, ...listen],
        logFile: join(controlPlane.directory, 'clusterset-apiserver.log'),
      });
    },
    stop: async () => {
      await child?.stop();
    },
  };
}

/** Registers a member with our own command, further options of which may follow. */
export async function register(controlPlane: ControlPlane, name: string, ...options: readonly string[]): Promise<void> {
  const member = ['--member', name, '--kubeconfig', controlPlane.cluster(name).adminKubeconfig, ...options];
  await program('install', ...member, '--hub-kubeconfig', controlPlane.cluster(HUB).adminKubeconfig);
}

export interface Starting {
  readonly start: () => void;
  readonly pid: () => number;
  /** What is asked for until it is answered. */
  readonly path: string;
}

/** Ends a kube-apiserver and starts it again. */
export async function restartCluster(cluster: Cluster, path: string): Promise<Start> {
  await cluster.stop();
  return startUntilFirstAnswer(endpointOf(cluster), { start: () => void cluster.start(), pid: cluster.pid, path });
}

export async function startUntilFirstAnswer(endpoint: Endpoint, { start, pid, path }: Starting): Promise<Start> {
  const started = monotonicMs();
  start();
  const client = createClient(endpoint);
  try {
    await eventually(
      'the first answer',
      async () => {
        const { status } = await client.get(path);
        if (status !== 200) throw new Error(`answered ${status}`);
      },
      FIRST_ANSWER_DEADLINE_MS,
    );
    return { wallMs: monotonicMs() - started, cpuMs: cpuMs(pid()) };
  } finally {
    client.close();
  }
}

async function awaitImports(own: Endpoint, count: number): Promise<readonly ListedImport[]> {
  const client = createClient(own);
  try {
    return await eventually(`${count} imports`, async () => {
      const list = JSON.parse(await client.text(IMPORTS_PATH)) as { items: ListedImport[] };
      if (list.items.length !== count) throw new Error(`${list.items.length} imports`);
      return list.items;
    });
  } finally {
    client.close();
  }
}

async function fillPeer(
  controlPlane: ControlPlane,
  writer: EtcdWriter,
  imports: readonly ListedImport[],
): Promise<void> {
  const namespaces = [...new Set(imports.map(({ metadata }) => metadata.namespace))];
  await writer.put(namespaces.map((name) => namespaceEntry(PEER, name)));
  await writer.put(imports.map((listed) => importEntry(PEER, listed)));
  const client: Client = createClient(endpointOf(controlPlane.cluster(PEER)));
  try {
    await eventually('the peer to serve the imports', async () => {
      const list = JSON.parse(await client.text(`${IMPORTS_PATH}?resourceVersion=0`)) as { items: ListedImport[] };
      if (list.items.length !== imports.length) throw new Error(`${list.items.length} imports`);
    });
  } finally {
    client.close();
  }
}

/** As a member of system:masters. */
export function endpointOf({ port, keys }: Cluster): Endpoint {
  const { cert, key } = keys.admin;
  return {
    host: '127.0.0.1',
    port,
    ca: keys.ca,
    rejectUnauthorized: true,
    servername: 'localhost',
    cert,
    key,
    ciphers: GO_CIPHERS,
  };
}
