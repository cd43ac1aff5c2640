import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { KUBERNETES_VERSION } from '../support/control-plane/recipes.ts';
import { createChanges } from './changes.ts';
import { say } from './clock.ts';
import { measureFanOut, measureMemberToClient } from './fan-out.ts';
import { measureInformers } from './informers.ts';
import { measureInventory } from './inventory/inventory.ts';
import { measureIdle, measureStart } from './life.ts';
import { measureGets, measureLists } from './reads.ts';
import { measureSimulations } from './simulate.ts';
import type { Row } from './table.ts';
import { formatTable, isReached } from './table.ts';
import type { World } from './world.ts';
import { createWorld } from './world.ts';
import { measureWebhooks } from './webhooks.ts';
import { measureWrites } from './writes.ts';

const USAGE = `Usage: npm run bench -- [options]

Measures our server beside a kube-apiserver that serves the same ServiceImports as custom resources.

  --imports N       ServiceImports to serve (default 10000)
  --watchers N      watchers of the fan-out (default 200)
  --informers N     informers through our restart (default 500)
  --members N       members of the inventory (default 200)
  --only PARTS      comma-separated: start, lists, gets, simulate, idle, fan-out, latency, informers, writes,
                    webhooks, inventory (default all)
  --minutes N       give up after so long and print what was measured (default 15)
  --node-args=ARGS  options of Node for our server, separated by blanks: --node-args="--cpu-prof --cpu-prof-dir=DIR"
`;

const PARTS = ['start', 'lists', 'gets', 'simulate', 'idle', 'fan-out', 'latency', 'informers', 'writes'] as const;
/** Needs no world of clusters: its peer is another webhook. */
const WEBHOOKS = 'webhooks';
/** Has a world of its own, with many members. */
const INVENTORY = 'inventory';
const ALL_PARTS: readonly string[] = [...PARTS, WEBHOOKS, INVENTORY];
type Part = (typeof PARTS)[number];

interface Options {
  readonly imports: number;
  readonly watchers: number;
  readonly informers: number;
  readonly members: number;
  readonly minutes: number;
  readonly parts: ReadonlySet<string>;
  readonly nodeArgs: readonly string[];
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      imports: { type: 'string', default: '10000' },
      watchers: { type: 'string', default: '200' },
      informers: { type: 'string', default: '500' },
      members: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '15' },
      only: { type: 'string', default: ALL_PARTS.join(',') },
      'node-args': { type: 'string', default: '' },
    },
  });
  if (values.help) return undefined;
  const parts = new Set(values.only.split(','));
  for (const part of parts) {
    if (!ALL_PARTS.includes(part)) throw new Error(`--only: there is no part "${part}"`);
  }
  return {
    imports: count('imports', values.imports),
    watchers: count('watchers', values.watchers),
    informers: count('informers', values.informers),
    members: count('members', values.members),
    minutes: count('minutes', values.minutes),
    parts,
    nodeArgs: values['node-args'].split(' ').filter((arg) => arg !== ''),
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name}: a whole number above 0 is needed`);
  return value;
}

async function measure(world: World, options: Options, rows: Row[]): Promise<void> {
  const changes = createChanges(world);
  const steps: Readonly<Record<Part, () => Promise<readonly Row[]>>> = {
    start: () => measureStart(world),
    lists: () => measureLists(world, changes),
    gets: () => measureGets(world),
    simulate: () => measureSimulations(world),
    idle: () => measureIdle(world, changes),
    'fan-out': () => measureFanOut(world, changes, options.watchers),
    latency: () => measureMemberToClient(world, changes),
    informers: () => measureInformers(world, options.informers),
    writes: () => measureWrites(world),
  };
  for (const part of PARTS) {
    if (!options.parts.has(part)) continue;
    say(part);
    rows.push(...(await steps[part]()));
  }
}

/** What was measured so far: beside a kube-apiserver, the inventory too, and beside another webhook. */
interface Measured {
  readonly rows: Row[];
  readonly inventoryRows: Row[];
  readonly webhookRows: Row[];
}

function print({ rows, inventoryRows, webhookRows }: Measured, options: Options): void {
  const missed = [...rows, ...inventoryRows, ...webhookRows].filter((row) => isReached(row) === false).length;
  const tables = [
    ...[rows, inventoryRows].filter(({ length }) => length > 0).map((some) => formatTable(some, 'kube-apiserver')),
    ...(webhookRows.length === 0 ? [] : [formatTable(webhookRows, 'controller-runtime')]),
  ];
  const [cpu] = cpus();
  const machine = `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  process.stdout.write(
    `\nMachine: ${machine}, Linux ${kernel}, Node ${process.version}, Kubernetes ${KUBERNETES_VERSION}; servers and clients share it.\n` +
      `${options.imports} ServiceImports from 5 members; the inventory: ${options.members} members. CPU time is that of the serving process; wall times include the client.\n\n` +
      `${tables.join('\n\n')}\n\n${missed === 0 ? 'All aims are reached.' : `${missed} aims are not reached.`}\n`,
  );
}

async function main(options: Options): Promise<void> {
  const measured: Measured = { rows: [], inventoryRows: [], webhookRows: [] };
  let world: World | undefined;
  const timer = setTimeout(() => {
    say(`giving up after ${options.minutes} minutes`);
    print(measured, options);
    process.exit(1);
  }, options.minutes * 60_000);
  try {
    if (options.parts.has(WEBHOOKS)) {
      say(WEBHOOKS);
      measured.webhookRows.push(...(await measureWebhooks()));
    }
    if (options.parts.has(INVENTORY)) {
      say(INVENTORY);
      await measureInventory(options, measured.inventoryRows);
    }
    if (PARTS.some((part) => options.parts.has(part))) {
      world = await createWorld(options);
      await measure(world, options, measured.rows);
    }
  } finally {
    clearTimeout(timer);
    if (Object.values(measured).flat().length > 0) print(measured, options);
    await world?.stop();
  }
}

// Everything that was started is killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const options = readOptions();
if (options === undefined) process.stdout.write(USAGE);
else await main(options);
