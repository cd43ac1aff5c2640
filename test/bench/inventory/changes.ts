import { setTimeout as delay } from 'node:timers/promises';
import { isJsonList, isJsonObject, textAt } from '../../../src/kube/object.ts';
import type { JsonObject } from '../../../src/kube/object.ts';
import type { Endpoint } from '../client.ts';
import { monotonicMs, percentile, withProgress } from '../clock.ts';
import type { Patcher } from '../patcher.ts';
import { createPatcher } from '../patcher.ts';
import { cpuMs } from '../processes.ts';
import type { Row } from '../table.ts';
import { MARKED_PROPERTY } from './content.ts';
import { followEvents } from './events.ts';
import type { BenchMember } from './stand-ins.ts';
import type { InventoryWorld } from './world.ts';
import { PROFILES_PATH, PROPERTIES_PATH } from './world.ts';

export const MARKED_PATH = `${PROPERTIES_PATH}/${MARKED_PROPERTY}`;
const WARM_UP_MS = 2000;
const CHANGING_MS = 8000;
const REAL_CHANGES_PER_SECOND = 20;
const ALL_CHANGES_PER_SECOND = 100;
const SETTLE_MS = 2000;
const PACE_MS = 5;
/** As for the events of other kinds. */
const ROW_P99_MS_MAX = 50;
/** Changes of one member are gathered for 50 ms. */
const PROFILE_P99_MS_MAX = 200;

/** When marks were sent, and when they were first seen in one place. */
type Times = Map<string, number>;

/** From a change of a property in its member to the events of its row and of the profile. */
export async function measureInventoryChanges(world: InventoryWorld): Promise<readonly Row[]> {
  return [...(await measureReal(world)), ...(await measureAll(world))];
}

/** In real members, beside a watch of the member itself. */
async function measureReal(world: InventoryWorld): Promise<readonly Row[]> {
  const name = `property changed in a real member, ${REAL_CHANGES_PER_SECOND} changes/s`;
  const { sent, seen } = await withProgress(name, () =>
    change(
      { members: world.real, perSecond: REAL_CHANGES_PER_SECOND },
      {
        row: [{ endpoint: world.own, path: PROPERTIES_PATH }],
        hub: [{ endpoint: world.throughHub, path: PROPERTIES_PATH }],
        member: world.real.map(({ endpoint }) => ({ endpoint, path: PROPERTIES_PATH })),
      },
    ),
  );
  const [row, hub, member] = [since(sent, seen.row), since(sent, seen.hub), since(sent, seen.member)];
  const added = since(seen.member, seen.row);
  return [
    {
      ...{ measure: `${name}: request to event, p50`, unit: 'ms', ours: p(row, 50), peer: p(member, 50) },
      note: `through the hub ${p(hub, 50).toFixed(1)} ms; peer: a watch of the member itself`,
    },
    {
      ...{ measure: `${name}: request to event, p99`, unit: 'ms', ours: p(row, 99), peer: p(member, 99) },
      note: `through the hub ${p(hub, 99).toFixed(1)} ms; ${arrived(sent, seen.row)}`,
    },
    {
      ...{ measure: `${name}: member event to ours, p99`, unit: 'ms', ours: p(added, 99), peer: undefined },
      ...{ aim: { type: 'atMost', max: ROW_P99_MS_MAX }, note: `p50 ${p(added, 50).toFixed(1)} ms` },
    },
  ];
}

/** In all members, so that no profile has more changes than may be shown at once. */
async function measureAll(world: InventoryWorld): Promise<readonly Row[]> {
  const name = `properties of all members, ${ALL_CHANGES_PER_SECOND} changes/s`;
  const { sent, seen, cpuPercent } = await withProgress(name, () =>
    change(
      // The first one has flipped its health before, and may have no updates left.
      { members: world.standIns.slice(1), perSecond: ALL_CHANGES_PER_SECOND, pid: world.ownPid() },
      {
        row: [{ endpoint: world.own, path: PROPERTIES_PATH }],
        profile: [{ endpoint: world.own, path: PROFILES_PATH }],
      },
    ),
  );
  const [row, profile] = [since(sent, seen.row), since(sent, seen.profile)];
  return [
    {
      ...{ measure: `${name}: request to event, p99`, unit: 'ms', ours: p(row, 99), peer: undefined },
      aim: { type: 'atMost', max: ROW_P99_MS_MAX },
      note: `p50 ${p(row, 50).toFixed(1)} ms; ${arrived(sent, seen.row)}`,
    },
    {
      ...{
        measure: `${name}: request to event of the profile, p99`,
        unit: 'ms',
        ours: p(profile, 99),
        peer: undefined,
      },
      aim: { type: 'atMost', max: PROFILE_P99_MS_MAX },
      note: `p50 ${p(profile, 50).toFixed(1)} ms; ${arrived(sent, seen.profile)}`,
    },
    { measure: `${name}: CPU of one core`, unit: '%', ours: cpuPercent, peer: undefined },
  ];
}

interface Watched {
  readonly endpoint: Endpoint;
  readonly path: string;
}

interface Changing {
  readonly members: readonly BenchMember[];
  readonly perSecond: number;
  /** Whose CPU time is measured. */
  readonly pid?: number;
}

interface Changed<K extends string> {
  readonly sent: Times;
  readonly seen: Readonly<Record<K, Times>>;
  readonly cpuPercent: number;
}

/** Changes the marked property of each member in turn; gives when each mark was first seen in each place. */
async function change<K extends string>(
  { members, perSecond, pid }: Changing,
  places: Readonly<Record<K, readonly Watched[]>>,
): Promise<Changed<K>> {
  const seen = {} as Record<K, Times>;
  const watches: { readonly close: () => void }[] = [];
  for (const place of Object.keys(places) as K[]) {
    const times: Times = new Map();
    seen[place] = times;
    for (const { endpoint, path } of places[place]) {
      watches.push(
        await followEvents(endpoint, path, ({ atMs, object }) => {
          const mark = markOf(object);
          if (mark !== undefined && !times.has(mark)) times.set(mark, atMs);
        }),
      );
    }
  }
  const patchers = members.map(({ endpoint }) => createPatcher(endpoint));
  const run = paced(patchers, perSecond);
  await run(WARM_UP_MS, () => undefined);
  await delay(SETTLE_MS);
  const sent: Times = new Map();
  const before = pid === undefined ? 0 : cpuMs(pid);
  await run(CHANGING_MS, (mark) => void sent.set(mark, monotonicMs()));
  const used = pid === undefined ? 0 : cpuMs(pid) - before;
  await delay(SETTLE_MS);
  for (const { close } of [...watches, ...patchers]) close();
  return { sent, seen, cpuPercent: (used / CHANGING_MS) * 100 };
}

/** Neighbours in time are changes of different members. */
function paced(
  patchers: readonly Patcher[],
  perSecond: number,
): (durationMs: number, onSend: (mark: string) => void) => Promise<void> {
  let sequence = 0;
  return async (durationMs, onSend) => {
    const started = monotonicMs();
    const pending: Promise<void>[] = [];
    let sent = 0;
    for (;;) {
      const elapsed = monotonicMs() - started;
      if (elapsed >= durationMs) break;
      for (; sent < (elapsed / 1000) * perSecond; sent += 1) {
        const mark = `sent-${process.pid}-${sequence}`;
        const patcher = patchers[sequence % patchers.length];
        sequence += 1;
        onSend(mark);
        if (patcher !== undefined) pending.push(patcher.patch(MARKED_PATH, { spec: { value: mark } }));
      }
      await delay(PACE_MS);
    }
    await Promise.all(pending);
  };
}

/** The value of the marked property, in a row, in a profile or in the member's own object. */
export function markOf(object: JsonObject): string | undefined {
  const properties = isJsonObject(object['status']) ? object['status']['properties'] : undefined;
  if (!isJsonList(properties)) {
    return textAt(object, 'metadata', 'name')?.endsWith(MARKED_PROPERTY) === true
      ? textAt(object, 'spec', 'value')
      : undefined;
  }
  return textAt(
    properties.find((property) => textAt(property, 'name') === MARKED_PROPERTY),
    'value',
  );
}

/** Of each mark that was seen in both places. */
function since(from: Times, to: Times): readonly number[] {
  return [...from].flatMap(([mark, atMs]) => {
    const seenMs = to.get(mark);
    return seenMs === undefined ? [] : [Math.max(0, seenMs - atMs)];
  });
}

function arrived(sent: Times, seen: Times): string {
  const count = [...sent.keys()].filter((mark) => seen.has(mark)).length;
  return `${count} of ${sent.size} changes were seen`;
}

function p(values: readonly number[], percent: number): number {
  return percentile(values, percent);
}
