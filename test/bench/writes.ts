import { setTimeout as delay } from 'node:timers/promises';
import { median, monotonicMs, percentile, withProgress } from './clock.ts';
import { cpuMs } from './processes.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';
import type { WriteTarget, WriteTargets, WriteVerb } from './write-target.ts';
import { openWriteTargets, WRITE_VERBS } from './write-target.ts';

/** In each round, every verb is done on so many objects by each target in turn. */
interface Level {
  readonly parallel: number;
  readonly objects: number;
  readonly rounds: number;
}

const LEVELS: readonly Level[] = [
  { parallel: 1, objects: 24, rounds: 5 },
  { parallel: 8, objects: 96, rounds: 5 },
  { parallel: 64, objects: 256, rounds: 3 },
];
/** Both sides are measured warm: V8 compiles what it has seen often. */
const WARM_UP: Level = { parallel: 8, objects: 256, rounds: 1 };
/** No further round of a level begins after this, but for the second. */
const LEVEL_MS_MAX = 40_000;
const ROUNDS_MIN = 2;
/** What is still done for a batch after its last answer belongs to it. */
const SETTLE_MS = 30;

type Side = 'own' | 'hub' | 'member';
/** Every side is first, second and last in turn. */
const ORDERS: readonly (readonly Side[])[] = [
  ['member', 'own', 'hub'],
  ['own', 'hub', 'member'],
  ['hub', 'member', 'own'],
];

/** One verb on all objects of a round, by one target. */
interface Batch {
  readonly latenciesMs: readonly number[];
  readonly cpuMs: number;
  readonly proxyCpuMs: number;
  /** Of the member, whoever is asked. */
  readonly memberCpuMs: number;
}

type Batches = Readonly<Record<Side, Batch[]>>;

/** Writes of exports through our server beside the same writes to the member itself. */
export async function measureWrites(world: World): Promise<readonly Row[]> {
  const targets = await withProgress('starting a member whose etcd waits for the disk', () => openWriteTargets(world));
  try {
    await withProgress('writes, warming up', () => measureLevel(targets, WARM_UP));
    const rows: Row[] = [];
    for (const level of LEVELS) {
      const name = `writes, ${level.parallel} in parallel`;
      const measured = await withProgress(name, (note) => measureLevel(targets, level, note));
      for (const verb of WRITE_VERBS) rows.push(...verbRows(`${verb}, ${level.parallel} in parallel`, measured[verb]));
    }
    return rows;
  } finally {
    targets.close();
  }
}

type Measured = Readonly<Record<WriteVerb, Batches>>;

async function measureLevel(
  targets: WriteTargets,
  level: Level,
  note: (text: string) => void = () => undefined,
): Promise<Measured> {
  const none = (): Batches => ({ own: [], hub: [], member: [] });
  const measured: Measured = { create: none(), update: none(), patch: none(), apply: none(), delete: none() };
  const started = monotonicMs();
  for (let round = 0; round < level.rounds; round += 1) {
    if (round >= ROUNDS_MIN && monotonicMs() - started > LEVEL_MS_MAX) break;
    note(`round ${round + 1} of ${level.rounds}`);
    for (const [place, verb] of WRITE_VERBS.entries()) {
      for (const side of ORDERS[(round + place) % ORDERS.length] ?? []) {
        measured[verb][side].push(await runBatch(targets[side], { verb, level, memberPid: targets.memberPid }));
      }
    }
  }
  return measured;
}

interface BatchOptions {
  readonly verb: WriteVerb;
  readonly level: Level;
  readonly memberPid: number;
}

async function runBatch(target: WriteTarget, { verb, level, memberPid }: BatchOptions): Promise<Batch> {
  const { client, pid, proxyPid } = target;
  const used = (): readonly [number, number, number] => [
    cpuMs(pid),
    proxyPid === undefined ? 0 : cpuMs(proxyPid),
    cpuMs(memberPid),
  ];
  const latenciesMs: number[] = [];
  const before = used();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < level.objects) {
      const index = next;
      next += 1;
      const { text, wallMs } = await client.send(target.request(verb, index));
      latenciesMs.push(wallMs);
      target.answered(index, text);
    }
  };
  await Promise.all(Array.from({ length: level.parallel }, work));
  await delay(SETTLE_MS);
  const after = used();
  return {
    latenciesMs,
    cpuMs: after[0] - before[0],
    proxyCpuMs: after[1] - before[1],
    memberCpuMs: after[2] - before[2],
  };
}

/** Latency added to the member's own, by us alone and with the hub in front, and the CPU time of one request. */
function verbRows(name: string, { own, hub, member }: Batches): readonly Row[] {
  const p50Ms = median(member.map(p50Of));
  const aim = { type: 'ratio', max: 1 } as const;
  const tail = (side: readonly Batch[]): string =>
    `added p99 ${(p99Of(side) - p99Of(member)).toFixed(1)} ms, member ${p99Of(member).toFixed(1)} ms`;
  const hubUs = perRequestUs(hub, (batch) => batch.proxyCpuMs);
  return [
    {
      ...{ measure: `${name}: added p50`, unit: 'ms', ours: addedP50Ms(own, member), peer: p50Ms, aim },
      note: tail(own),
    },
    {
      ...{
        measure: `${name}, through the hub: added p50`,
        unit: 'ms',
        ours: addedP50Ms(hub, member),
        peer: p50Ms,
        aim,
      },
      note: tail(hub),
    },
    {
      ...{ measure: `${name}: CPU`, unit: 'µs' },
      ours: perRequestUs(own, (batch) => batch.cpuMs),
      peer: perRequestUs(member, (batch) => batch.cpuMs),
      note: `through the hub ${perRequestUs(hub, (batch) => batch.cpuMs).toFixed(0)} µs, the hub itself ${hubUs.toFixed(0)} µs; the member for us ${perRequestUs(own, (batch) => batch.memberCpuMs).toFixed(0)} µs`,
    },
  ];
}

/** The median of the differences within a round: what else the machine does changes from round to round. */
function addedP50Ms(side: readonly Batch[], member: readonly Batch[]): number {
  return median(side.map((batch, round) => p50Of(batch) - p50Of(member[round] ?? batch)));
}

function p50Of({ latenciesMs }: Batch): number {
  return percentile(latenciesMs, 50);
}

function p99Of(batches: readonly Batch[]): number {
  return percentile(
    batches.flatMap(({ latenciesMs }) => latenciesMs),
    99,
  );
}

function perRequestUs(batches: readonly Batch[], used: (batch: Batch) => number): number {
  const requests = batches.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0);
  return (batches.reduce((sum, batch) => sum + used(batch), 0) * 1000) / requests;
}
