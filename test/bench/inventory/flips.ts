import { setTimeout as delay } from 'node:timers/promises';
import { isJsonList, isJsonObject, textAt } from '../../../src/kube/object.ts';
import type { JsonObject } from '../../../src/kube/object.ts';
import { monotonicMs, withProgress } from '../clock.ts';
import { createPatcher } from '../patcher.ts';
import { cpuMs } from '../processes.ts';
import type { Row } from '../table.ts';
import { MARKED_PATH, markOf } from './changes.ts';
import { followEvents } from './events.ts';
import type { BenchMember } from './stand-ins.ts';
import type { InventoryWorld } from './world.ts';
import { PROFILES_PATH } from './world.ts';

const FLIPS = 100;
const FLIPPING_MS = 60_000;
/** KEP-4322 §Scalability Implication: 10 at once, and one each 30 s. */
const BUDGET_EVENTS_MAX = 12;
/** The next update after the budget is empty. */
const LAST_STATE_S_MAX = 30;
const LAST_STATE_DEADLINE_MS = 45_000;
/** Members that lose their health once and get it back. */
const OUTAGES_MAX = 100;
/** From one member to the next. */
const OUTAGE_STEP_MS = 50;
/** Trouble is believed when two probes in a row have seen it. */
const OUTAGE_MS = 30_000;

/** What was seen of one profile. */
interface Seen {
  events: number;
  last: JsonObject;
}

/**
 * For one minute, all at once: a property of one member is changed 100 times, the health of another one flips 100 times,
 * and 100 more members lose their health once and get it back.
 */
export async function measureFlips(world: InventoryWorld): Promise<readonly Row[]> {
  const [changing] = world.real;
  const [flapping, ...others] = world.standIns;
  if (changing === undefined || flapping === undefined) throw new Error('there are too few members');
  const failing = others.slice(0, OUTAGES_MAX);
  const seen = new Map<string, Seen>();
  const watch = await followEvents(world.own, PROFILES_PATH, ({ object }) => {
    const name = textAt(object, 'metadata', 'name') ?? '';
    seen.set(name, { events: (seen.get(name)?.events ?? 0) + 1, last: object });
  });
  const [started, cpuBefore] = [monotonicMs(), cpuMs(world.ownPid())];
  const last = await withProgress(`${FLIPS} flips in ${FLIPPING_MS / 1000} s`, async () => {
    const [value] = await Promise.all([
      changeOften(changing),
      flipOften(world, flapping),
      outages(world, failing),
      delay(FLIPPING_MS),
    ]);
    return value;
  });
  const percent = ((cpuMs(world.ownPid()) - cpuBefore) / (monotonicMs() - started)) * 100;
  const changes = seen.get(changing.name)?.events ?? 0;
  const flips = seen.get(flapping.name)?.events ?? 0;
  const lastMs = await withProgress('the last state', () => untilShown(seen, changing, last));
  watch.close();
  return [
    {
      ...{ measure: `a property changed ${FLIPS} times in 60 s: events of the profile`, unit: 'events' },
      ...{ ours: changes, peer: undefined, aim: { type: 'atMost', max: BUDGET_EVENTS_MAX } },
    },
    {
      ...{ measure: 'the last of these values: shown after', unit: 's', ours: lastMs / 1000, peer: undefined },
      aim: { type: 'atMost', max: LAST_STATE_S_MAX },
    },
    {
      ...{ measure: `health flipped ${FLIPS} times in 60 s: events of the profile`, unit: 'events' },
      ...{ ours: flips, peer: undefined, aim: { type: 'atMost', max: BUDGET_EVENTS_MAX } },
      note: 'probed every 10 s; trouble counts when it is seen twice in a row',
    },
    outageRow(seen, failing),
    { measure: 'all of this at once: CPU of one core', unit: '%', ours: percent, peer: undefined },
  ];
}

function outageRow(seen: ReadonlyMap<string, Seen>, failing: readonly BenchMember[]): Row {
  const events = failing.reduce((sum, { name }) => sum + (seen.get(name)?.events ?? 0), 0);
  const healthy = failing.filter(({ name }) => isHealthy(seen.get(name)?.last)).length;
  return {
    ...{ measure: `${failing.length} members not ready for ${OUTAGE_MS / 1000} s: events of their profiles` },
    ...{ unit: 'events', ours: events, peer: undefined, aim: { type: 'atMost', max: 2 * failing.length } },
    note: `two for each are needed; ${healthy} are shown as healthy again`,
  };
}

/** Gives the last value. */
async function changeOften({ endpoint }: BenchMember): Promise<string> {
  const patcher = createPatcher(endpoint);
  let value = '';
  await evenly(async (index) => {
    value = `flip-${process.pid}-${index}`;
    await patcher.patch(MARKED_PATH, { spec: { value } });
  });
  patcher.close();
  return value;
}

async function flipOften({ setReady }: InventoryWorld, { name }: BenchMember): Promise<void> {
  await evenly((index) => setReady(name, index % 2 === 1));
}

async function evenly(step: (index: number) => Promise<void>): Promise<void> {
  const started = monotonicMs();
  for (let index = 0; index < FLIPS; index += 1) {
    await step(index);
    await delay(Math.max(0, started + ((index + 1) * FLIPPING_MS) / FLIPS - monotonicMs()));
  }
}

async function outages({ setReady }: InventoryWorld, members: readonly BenchMember[]): Promise<void> {
  const outage = async ({ name }: BenchMember, index: number): Promise<void> => {
    await delay(index * OUTAGE_STEP_MS);
    await setReady(name, false);
    await delay(OUTAGE_MS);
    await setReady(name, true);
  };
  await Promise.all(members.map(outage));
}

async function untilShown(seen: ReadonlyMap<string, Seen>, { name }: BenchMember, value: string): Promise<number> {
  const started = monotonicMs();
  while (monotonicMs() - started < LAST_STATE_DEADLINE_MS) {
    const last = seen.get(name)?.last;
    if (last !== undefined && markOf(last) === value) break;
    await delay(100);
  }
  return monotonicMs() - started;
}

function isHealthy(profile: JsonObject | undefined): boolean {
  const status = profile?.['status'];
  const conditions = isJsonObject(status) ? status['conditions'] : undefined;
  return (
    isJsonList(conditions) &&
    conditions.some((one) => textAt(one, 'type') === 'ControlPlaneHealthy' && textAt(one, 'status') === 'True')
  );
}
