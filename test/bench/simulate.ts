import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../e2e/support/clusterset.ts';
import type { Endpoint } from './client.ts';
import { createClient } from './client.ts';
import { median, monotonicMs, withProgress } from './clock.ts';
import type { ExportedName } from './content.ts';
import { cpuMs } from './processes.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';
import { GROUP_PATH, MEMBERS } from './world.ts';

const QUESTIONS = 2000;
/** Both sides are measured warm: V8 compiles what it has seen often. */
const WARM_UP = 1000;
const MANIFESTS = 1000;

interface Question {
  readonly path: string;
  readonly body: string;
}

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** What it costs to ask what if, beside a dry run of a kube-apiserver, which knows only its own cluster. */
export async function measureSimulations(world: World): Promise<readonly Row[]> {
  const costs = await withProgress('simulations', async () => ({
    own: await costOf(world.own, world.ownPid(), (index) => simulation(world, index)),
    hub: await costOf(world.throughHub, world.ownPid(), (index) => simulation(world, index)),
    peer: await costOf(world.peer, world.peerPid(), (index) => dryRunCreate(world, index)),
  }));
  const peer = costs.peer.cpuMs * 1000;
  const wall = (cost: Cost): string =>
    `wall ${cost.wallMs.toFixed(2)} ms, peer ${costs.peer.wallMs.toFixed(2)} ms; peer: create ServiceImport with dryRun=All`;
  const aim = { type: 'ratio', max: 1 } as const;
  return [
    { ...{ measure: 'Simulation: CPU', unit: 'µs', ours: costs.own.cpuMs * 1000, peer, aim }, note: wall(costs.own) },
    {
      ...{ measure: 'Simulation through the hub: CPU', unit: 'µs', ours: costs.hub.cpuMs * 1000, peer, aim },
      note: wall(costs.hub),
    },
    await withProgress(`simulate ${MANIFESTS} manifests`, () => commandRow(world)),
  ];
}

async function costOf(endpoint: Endpoint, pid: number, question: (index: number) => Question): Promise<Cost> {
  const client = createClient(endpoint);
  const ask = async (index: number): Promise<number> => {
    const { path, body } = question(index);
    const answer = await client.post(path, body);
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}`);
    return answer.wallMs;
  };
  try {
    for (let index = 0; index < WARM_UP; index += 1) await ask(index);
    const before = cpuMs(pid);
    const walls: number[] = [];
    for (let index = 0; index < QUESTIONS; index += 1) walls.push(await ask(WARM_UP + index));
    return { cpuMs: (cpuMs(pid) - before) / QUESTIONS, wallMs: median(walls) };
  } finally {
    client.close();
  }
}

/** Another member wants to export the name with another port. */
function simulation({ names }: World, index: number): Question {
  // A stride that visits all names: neighbours say nothing about each other.
  const name = names[(index * 617) % names.length];
  if (name === undefined) throw new Error('there are no names');
  const at = { namespace: name.namespace, name: name.name };
  const spec = {
    cluster: otherMember(name),
    serviceExport: { object: exportOf(name) },
    service: { object: { apiVersion: 'v1', kind: 'Service', metadata: at, spec: { ports: [{ port: 8080 }] } } },
  };
  return {
    path: `${GROUP_PATH}/namespaces/${at.namespace}/serviceimports/${at.name}/simulation`,
    body: JSON.stringify({ spec }),
  };
}

function exportOf({ namespace, name }: ExportedName): object {
  return { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata: { namespace, name } };
}

function otherMember({ members }: ExportedName): string {
  return MEMBERS.find((_, position) => !members.includes(position)) ?? MEMBERS[0];
}

/** What kube-apiserver itself offers to those who ask what if: a create that is only decoded, validated and admitted. */
function dryRunCreate({ imports }: World, index: number): Question {
  const { metadata, spec } = imports[(index * 617) % imports.length] ?? { metadata: { namespace: '' }, spec: {} };
  const { namespace } = metadata;
  const body = {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    metadata: { namespace, name: `new-${index}` },
    spec,
  };
  return { path: `${GROUP_PATH}/namespaces/${namespace}/serviceimports?dryRun=All`, body: JSON.stringify(body) };
}

async function commandRow({ controlPlane, names }: World): Promise<Row> {
  const file = join(controlPlane.directory, 'manifests.json');
  const items = names.slice(0, MANIFESTS).map(exportOf);
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const kubeconfig = controlPlane.cluster('hub').adminKubeconfig;
  const started = monotonicMs();
  const { code, stderr } = await runProgram([
    'simulate',
    '-f',
    file,
    '--cluster',
    MEMBERS[0],
    '--kubeconfig',
    kubeconfig,
  ]);
  const wallMs = monotonicMs() - started;
  if (code !== 0 && code !== 3) throw new Error(`simulate ended with ${code}: ${stderr}`);
  return {
    ...{ measure: `simulate of ${items.length} manifests through the hub: wall`, unit: 's', ours: wallMs / 1000 },
    ...{ peer: undefined, aim: { type: 'atMost', max: 15 } },
    note: 'from the start of the command to its end',
  };
}
