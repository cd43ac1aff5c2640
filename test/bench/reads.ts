import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Endpoint } from './client.ts';
import { createClient } from './client.ts';
import type { Changes } from './changes.ts';
import { median, withProgress } from './clock.ts';
import { cpuMs, peakRssBytes, resetPeakRss, rssBytes } from './processes.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';
import { IMPORTS_PATH } from './world.ts';

const MIB = 1024 * 1024;
/** CPU time is counted in steps of 10 ms: enough requests for some hundred ms. */
const OWN_LISTS = 20;
const PEER_LISTS = 4;
const CHANGED_LISTS = 5;
const MEMORY_LISTS = 5;
const MEMORY_PAUSE_MS = 200;
const GETS = 4000;
/** Both sides are measured warm: V8 compiles what it has seen often. */
const GET_WARM_UP = 4000;

export interface ListForm {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ratioMax: number;
}

export const LIST_FORMS: readonly ListForm[] = [
  { name: 'JSON', headers: { Accept: 'application/json' }, ratioMax: 1 / 25 },
  { name: 'JSON, gzip', headers: { Accept: 'application/json', 'Accept-Encoding': 'gzip' }, ratioMax: 1 / 15 },
  {
    name: 'Table',
    headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    ratioMax: 1 / 20,
  },
  {
    name: 'metadata',
    headers: { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json' },
    ratioMax: 1 / 20,
  },
];

/** One server as the reads see it; `pids` are all processes that work on an answer, the first one is measured. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly pid: number;
  /** The hub in front of us. */
  readonly proxyPid?: number;
  readonly lists: number;
}

export interface Cost {
  readonly cpuMs: number;
  readonly proxyCpuMs: number;
  readonly wallMs: number;
  readonly bytes: number;
}

export type Step = () => Promise<{ readonly bytes: number; readonly wallMs: number }>;

interface ListCost extends Cost {
  readonly extraBytes: number;
}

interface Targets {
  readonly own: Target;
  readonly hub: Target;
  readonly peer: Target;
}

function targetsOf(world: World): Targets {
  const own: Target = { endpoint: world.own, pid: world.ownPid(), lists: OWN_LISTS };
  const hub: Target = {
    endpoint: world.throughHub,
    pid: world.ownPid(),
    proxyPid: world.hubPid(),
    lists: OWN_LISTS / 2,
  };
  const peer: Target = { endpoint: world.peer, pid: world.peerPid(), lists: PEER_LISTS };
  return { own, hub, peer };
}

/** LIST of everything in each form, with nothing changing and with changes in between. */
export async function measureLists(world: World, changes: Changes): Promise<readonly Row[]> {
  const { own, hub, peer } = targetsOf(world);
  const rows: Row[] = [];
  for (const form of LIST_FORMS) {
    const costs = await withProgress(`LIST ${form.name}`, async () => ({
      own: await listCost(own, form),
      hub: await listCost(hub, form),
      peer: await listCost(peer, form),
    }));
    rows.push(...listRows(form, costs));
  }
  for (const form of LIST_FORMS) {
    const costs = await withProgress(`LIST ${form.name} with changes between`, async () => ({
      own: await changedListCost(own, form, changes.ours),
      peer: await changedListCost({ ...peer, lists: 2 }, form, changes.peer),
    }));
    rows.push({
      measure: `LIST ${form.name}, 100 changes before each: CPU`,
      unit: 'ms',
      ours: costs.own.cpuMs,
      peer: costs.peer.cpuMs,
      aim: { type: 'ratio', max: form.ratioMax },
      note: wallNote(costs.own, costs.peer),
    });
  }
  return rows;
}

function listRows(form: ListForm, costs: { own: ListCost; hub: ListCost; peer: ListCost }): readonly Row[] {
  const { own, hub, peer } = costs;
  const aim = { type: 'ratio', max: form.ratioMax } as const;
  const sizes = `${(own.bytes / MIB).toFixed(1)} MiB, peer ${(peer.bytes / MIB).toFixed(1)} MiB`;
  return [
    {
      ...{ measure: `LIST ${form.name}: CPU`, unit: 'ms', ours: own.cpuMs, peer: peer.cpuMs, aim },
      note: `${wallNote(own, peer)}; ${sizes}`,
    },
    {
      ...{ measure: `LIST ${form.name} through the hub: CPU`, unit: 'ms', ours: hub.cpuMs, peer: peer.cpuMs, aim },
      note: `${wallNote(hub, peer)}; the hub itself ${hub.proxyCpuMs.toFixed(0)} ms`,
    },
    {
      ...{ measure: `LIST ${form.name}: temporary memory`, unit: 'MB' },
      ours: own.extraBytes / MIB,
      peer: peer.extraBytes / MIB,
      aim: { type: 'atMost', max: own.bytes / MIB / 5 },
    },
  ];
}

function wallNote(ours: Cost, peer: Cost): string {
  return `wall ${ours.wallMs.toFixed(0)} ms, peer ${peer.wallMs.toFixed(0)} ms`;
}

async function listCost(target: Target, form: ListForm): Promise<ListCost> {
  const client = createClient(target.endpoint);
  try {
    // The first lists fill caches and warm the code up.
    for (let index = 0; index < 3; index += 1) await list(client, form);
    const step = (): ReturnType<Step> => list(client, form);
    const cost = await costOf(target, target.lists, step);
    return { ...cost, extraBytes: await extraBytes(target, step) };
  } finally {
    client.close();
  }
}

export async function costOf(target: Target, count: number, step: Step): Promise<Cost> {
  const { pid, proxyPid } = target;
  const before = cpuMs(pid);
  const proxyBefore = proxyPid === undefined ? 0 : cpuMs(proxyPid);
  const walls: number[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const answer = await step();
    walls.push(answer.wallMs);
    bytes = answer.bytes;
  }
  return {
    cpuMs: (cpuMs(pid) - before) / count,
    proxyCpuMs: proxyPid === undefined ? 0 : (cpuMs(proxyPid) - proxyBefore) / count,
    wallMs: median(walls),
    bytes,
  };
}

/** How far memory grows above what is in use before, in one request. */
async function extraBytes({ pid }: Target, step: Step): Promise<number> {
  const grown: number[] = [];
  for (let index = 0; index < MEMORY_LISTS; index += 1) {
    await delay(MEMORY_PAUSE_MS);
    resetPeakRss(pid);
    const before = rssBytes(pid);
    await step();
    grown.push(Math.max(0, peakRssBytes(pid) - before));
  }
  return median(grown);
}

/** 100 changes, all arrived, then one LIST; only the LIST counts. */
async function changedListCost(
  target: Target,
  form: ListForm,
  change: (count: number) => Promise<void>,
): Promise<Cost> {
  const client = createClient(target.endpoint);
  const costs: Cost[] = [];
  try {
    await list(client, form);
    for (let index = 0; index < Math.min(target.lists, CHANGED_LISTS); index += 1) {
      await change(100);
      costs.push(await costOf(target, 1, () => list(client, form)));
    }
  } finally {
    client.close();
  }
  const mean = costs.reduce((sum, cost) => sum + cost.cpuMs, 0) / costs.length;
  const [first] = costs;
  if (first === undefined) throw new Error('no list was measured');
  return { ...first, cpuMs: mean, wallMs: median(costs.map(({ wallMs }) => wallMs)) };
}

async function list(client: Client, { headers }: ListForm): Promise<{ bytes: number; wallMs: number }> {
  const answer = await client.get(IMPORTS_PATH, headers);
  if (answer.status !== 200) throw new Error(`LIST answered ${answer.status}`);
  return answer;
}

export async function measureGets(world: World): Promise<readonly Row[]> {
  const targets = targetsOf(world);
  const costs = await withProgress('GET by name', async () => ({
    own: await getCost(world, targets.own),
    hub: await getCost(world, targets.hub),
    peer: await getCost(world, targets.peer),
  }));
  const aim = { type: 'ratio', max: 1 / 4 } as const;
  const peer = costs.peer.cpuMs * 1000;
  const wall = (ours: Cost): string => `wall ${ours.wallMs.toFixed(2)} ms, peer ${costs.peer.wallMs.toFixed(2)} ms`;
  return [
    { measure: 'GET by name: CPU', unit: 'µs', ours: costs.own.cpuMs * 1000, peer, aim, note: wall(costs.own) },
    {
      ...{ measure: 'GET by name through the hub: CPU', unit: 'µs', ours: costs.hub.cpuMs * 1000, peer, aim },
      note: `${wall(costs.hub)}; the hub itself ${(costs.hub.proxyCpuMs * 1000).toFixed(0)} µs`,
    },
  ];
}

async function getCost({ imports }: World, target: Target): Promise<Cost> {
  const client = createClient(target.endpoint);
  let next = 0;
  const get = async (): Promise<{ bytes: number; wallMs: number }> => {
    // A stride that visits all names: neighbours say nothing about each other.
    next = (next + 617) % imports.length;
    const { namespace = '', name = '' } = imports[next]?.metadata ?? {};
    const path = IMPORTS_PATH.replace('/serviceimports', `/namespaces/${namespace}/serviceimports/${name}`);
    const answer = await client.get(path, { Accept: 'application/json' });
    if (answer.status !== 200) throw new Error(`GET answered ${answer.status}`);
    return answer;
  };
  try {
    for (let index = 0; index < GET_WARM_UP; index += 1) await get();
    return await costOf(target, GETS, get);
  } finally {
    client.close();
  }
}
