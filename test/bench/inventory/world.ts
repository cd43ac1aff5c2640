import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { registrationManifest } from '../../../src/cli/members/registration.ts';
import { isJsonList, isJsonObject, textAt } from '../../../src/kube/object.ts';
import type { JsonObject, KubeObject } from '../../../src/kube/object.ts';
import { NAMESPACE } from '../../e2e/support/clusterset.ts';
import type { ControlPlane } from '../../support/control-plane/index.ts';
import { startControlPlane } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import type { Endpoint } from '../client.ts';
import { createClient } from '../client.ts';
import { monotonicMs, say, withProgress } from '../clock.ts';
import { namespaceEntry } from '../content.ts';
import type { EtcdWriter } from '../etcd-writer.ts';
import { createEtcdWriter } from '../etcd-writer.ts';
import { cpuMs, rssBytes } from '../processes.ts';
import type { Server, Start } from '../world.ts';
import { define, endpointOf, HUB, installServer, PEER, restartCluster, startUntilFirstAnswer } from '../world.ts';
import { customEntry, memberName, PROPERTIES_PER_MEMBER, propertiesOf } from './content.ts';
import type { BenchMember, StandIns } from './stand-ins.ts';
import { startStandIns } from './stand-ins.ts';

/** Members that are kube-apiservers; a machine has no room for hundreds of them. */
const REAL_MEMBERS_MAX = 4;
const JOIN_DEADLINE_MS = 120_000;
const WRITES_AT_ONCE = 8;
export const PROFILES_PATH = '/apis/multicluster.x-k8s.io/v1alpha1/clusterprofiles';
export const PROPERTIES_PATH = '/apis/about.k8s.io/v1beta1/clusterproperties';
const DEFINITIONS = ['clusterprofiles', 'clusterproperties'];

/** A hub with our server, members of which some are real, and a kube-apiserver that serves the same objects from etcd. */
export interface InventoryWorld {
  readonly own: Endpoint;
  readonly throughHub: Endpoint;
  readonly peer: Endpoint;
  readonly ownPid: () => number;
  readonly hubPid: () => number;
  readonly peerPid: () => number;
  /** All of them, the real ones first. */
  readonly members: readonly BenchMember[];
  readonly real: readonly BenchMember[];
  readonly standIns: readonly BenchMember[];
  readonly setReady: StandIns['setReady'];
  readonly joined: Joined;
  readonly restart: () => Promise<Start>;
  readonly restartPeer: () => Promise<Start>;
  readonly stop: () => Promise<void>;
}

/** What it took until members that were registered all at once were shown. */
export interface Joined {
  readonly members: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Before they were registered. */
  readonly rssBytesBefore: number;
}

export interface InventoryOptions {
  readonly members: number;
  readonly nodeArgs: readonly string[];
}

export async function createInventoryWorld(options: InventoryOptions): Promise<InventoryWorld> {
  const realCount = Math.min(REAL_MEMBERS_MAX, options.members);
  const names = Array.from({ length: realCount }, (_, index) => memberName(index));
  const controlPlane = await withProgress(`starting etcd and ${realCount + 2} kube-apiservers`, () =>
    startControlPlane([...names, HUB, PEER], say),
  );
  let standIns: StandIns | undefined;
  try {
    const { directory } = controlPlane;
    const count = options.members - realCount;
    standIns = await withProgress(`starting ${count} stand-ins`, () => startStandIns(directory, realCount, count));
    return await furnish(controlPlane, standIns, { ...options, names });
  } catch (error) {
    await standIns?.stop();
    await controlPlane.stop();
    throw error;
  }
}

interface Furnishing extends InventoryOptions {
  /** Of the real members. */
  readonly names: readonly string[];
}

async function furnish(
  controlPlane: ControlPlane,
  standIns: StandIns,
  { names, members, nodeArgs }: Furnishing,
): Promise<InventoryWorld> {
  const writer = createEtcdWriter(controlPlane.etcdUrl);
  const real = names.map((name) => realMember(controlPlane, name));
  await withProgress('filling members', () => fillReal(controlPlane, writer, names));
  await assertAlike(real[0], standIns.members[0]);
  const server = await installServer(controlPlane, { members: names, nodeArgs });
  const [hub, peer] = [controlPlane.cluster(HUB), controlPlane.cluster(PEER)];
  const own = { ...endpointOf(hub), port: server.port, ca: undefined, rejectUnauthorized: false };
  const start = (): Promise<Start> => startUntilFirstAnswer(own, { ...server, path: PROPERTIES_PATH });
  await withProgress('first start of our server', start);
  await awaitShown(own, names.length);
  const joined = await withProgress(`registering ${standIns.members.length} members`, () =>
    join(server, { hub: endpointOf(hub), own, standIns, members }),
  );
  await withProgress('filling the peer', () => fillPeer(controlPlane, writer, own));
  return {
    own,
    throughHub: endpointOf(hub),
    peer: endpointOf(peer),
    ...{ ownPid: server.pid, hubPid: hub.pid, peerPid: peer.pid },
    members: [...real, ...standIns.members],
    real,
    standIns: standIns.members,
    setReady: standIns.setReady,
    joined,
    restart: async () => {
      await server.stop();
      return start();
    },
    restartPeer: () => restartCluster(peer, PROPERTIES_PATH),
    stop: async () => {
      writer.close();
      await server.stop();
      await standIns.stop();
      await controlPlane.stop();
    },
  };
}

function realMember(controlPlane: ControlPlane, name: string): BenchMember {
  const cluster = controlPlane.cluster(name);
  return { name, endpoint: endpointOf(cluster), kubeconfig: readFileSync(cluster.adminKubeconfig, 'utf8') };
}

async function fillReal(controlPlane: ControlPlane, writer: EtcdWriter, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => define(controlPlane, name)));
  for (const name of names) {
    await writer.put(propertiesOf(name).map((object) => customEntry(name, 'clusterproperties', object)));
  }
}

/** A stand-in must tell of its properties exactly what a real member tells of the same ones. */
async function assertAlike(real: BenchMember | undefined, standIn: BenchMember | undefined): Promise<void> {
  if (real === undefined || standIn === undefined) return;
  const [expected, found] = [await essence(real), await essence(standIn)];
  if (!isDeepStrictEqual(found, expected)) throw new Error(`${standIn.name} answers otherwise than ${real.name}`);
}

/** Without what every cluster makes up for itself; of values, which are the cluster's own, their lengths. */
async function essence({ endpoint }: BenchMember): Promise<unknown> {
  const client = createClient(endpoint);
  try {
    return await eventually('the properties', async () => {
      const list = JSON.parse(await client.text(PROPERTIES_PATH)) as JsonObject & { items: readonly KubeObject[] };
      if (list.items.length !== PROPERTIES_PER_MEMBER) throw new Error(`${list.items.length} properties`);
      const items = list.items.map(({ metadata, spec, ...rest }) => ({
        ...rest,
        metadata: { ...metadata, uid: '', resourceVersion: '' },
        valueLength: textAt(spec, 'value')?.length,
      }));
      return { ...list, metadata: Object.keys(list['metadata'] ?? {}).toSorted(), items };
    });
  } finally {
    client.close();
  }
}

interface Joining {
  readonly hub: Endpoint;
  readonly own: Endpoint;
  readonly standIns: StandIns;
  /** Of all. */
  readonly members: number;
}

/** The Secrets that register them are made as fast as the hub takes them. */
async function join({ pid }: Server, { hub, own, standIns, members }: Joining): Promise<Joined> {
  const before = { cpuMs: cpuMs(pid()), rssBytes: rssBytes(pid()), ms: monotonicMs() };
  const waiting = [...standIns.members];
  const register = async (): Promise<void> => {
    const client = createClient(hub);
    for (let member = waiting.shift(); member !== undefined; member = waiting.shift()) {
      const secret = JSON.stringify(registrationManifest(NAMESPACE, member.name, member.kubeconfig));
      const { status } = await client.post(`/api/v1/namespaces/${NAMESPACE}/secrets`, secret);
      if (status !== 201) throw new Error(`registering ${member.name}: ${status}`);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, register));
  await awaitShown(own, members);
  return {
    members: standIns.members.length,
    wallMs: monotonicMs() - before.ms,
    cpuMs: cpuMs(pid()) - before.cpuMs,
    rssBytesBefore: before.rssBytes,
  };
}

/** Until the profiles of all members are healthy and complete, and all properties have rows. */
export async function awaitShown(own: Endpoint, members: number): Promise<void> {
  const client = createClient(own);
  try {
    await eventually(
      `${members} members to be shown`,
      async () => {
        const profiles = await listed(client.text(PROFILES_PATH));
        const healthy = profiles.filter(isComplete).length;
        if (healthy < members) throw new Error(`${healthy} of ${members} profiles are complete`);
        const properties = (await listed(client.text(PROPERTIES_PATH))).length;
        if (properties !== members * PROPERTIES_PER_MEMBER) throw new Error(`${properties} properties`);
      },
      JOIN_DEADLINE_MS,
    );
  } finally {
    client.close();
  }
}

async function listed(text: Promise<string>): Promise<readonly KubeObject[]> {
  return (JSON.parse(await text) as { items: readonly KubeObject[] }).items;
}

function isComplete({ status }: KubeObject): boolean {
  if (!isJsonObject(status)) return false;
  const { properties, conditions } = status;
  const isHealthy =
    isJsonList(conditions) &&
    conditions.some((one) => textAt(one, 'type') === 'ControlPlaneHealthy' && textAt(one, 'status') === 'True');
  return isHealthy && isJsonList(properties) && properties.length === PROPERTIES_PER_MEMBER;
}

/** The peer has the definitions that we publish, and what we list as its own objects. */
async function fillPeer(controlPlane: ControlPlane, writer: EtcdWriter, own: Endpoint): Promise<void> {
  const kubectl = controlPlane.kubectl(PEER);
  for (const resource of DEFINITIONS) await kubectl.apply(publishedDefinition(resource));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  const client = createClient(own);
  const [profiles, properties] = [await listed(client.text(PROFILES_PATH)), await listed(client.text(PROPERTIES_PATH))];
  client.close();
  await writer.put([
    namespaceEntry(PEER, NAMESPACE),
    ...profiles.map((object) => customEntry(PEER, 'clusterprofiles', object)),
    ...properties.map((object) => customEntry(PEER, 'clusterproperties', object)),
  ]);
  const peer = createClient(endpointOf(controlPlane.cluster(PEER)));
  try {
    await eventually('the peer to serve the same', async () => {
      const counts = [
        (await listed(peer.text(`${PROFILES_PATH}?resourceVersion=0`))).length,
        (await listed(peer.text(`${PROPERTIES_PATH}?resourceVersion=0`))).length,
      ];
      if (counts[0] !== profiles.length || counts[1] !== properties.length) throw new Error(counts.join(' and '));
    });
  } finally {
    peer.close();
  }
}

function publishedDefinition(resource: string): JsonObject {
  const file = new URL(`../../../deploy/crds/${resource}.yaml`, import.meta.url);
  return parse(readFileSync(file, 'utf8')) as JsonObject;
}
