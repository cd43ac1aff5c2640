import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../client.ts';
import { monotonicMs, withProgress } from '../clock.ts';
import { cpuMs, rssBytes } from '../processes.ts';
import type { Row } from '../table.ts';
import { followEvents } from './events.ts';
import type { InventoryWorld } from './world.ts';
import { awaitShown, PROFILES_PATH, PROPERTIES_PATH } from './world.ts';

const MIB = 1024 * 1024;
/** Three probes of every member. */
const IDLE_MS = 30_000;
/** What members told last is kept seconds after it was shown; that is not part of what comes next. */
const SETTLE_MS = 20_000;
const RSS_MIB_MAX = 400;
const IDLE_PERCENT_MAX = 5;

/** Taking in many members at once, and coming back with all of them. */
export async function measureInventoryStart(world: InventoryWorld): Promise<readonly Row[]> {
  const { joined } = world;
  const own = await withProgress('cold start', () => world.restart());
  await awaitShown(world.own, world.members.length);
  const peer = await withProgress('cold start of the peer', () => world.restartPeer());
  return [
    {
      ...{ measure: `${joined.members} members registered at once: all shown`, unit: 's', ours: joined.wallMs / 1000 },
      ...{ peer: undefined, note: `CPU ${(joined.cpuMs / 1000).toFixed(1)} s` },
    },
    {
      ...{ measure: 'cold start to first answer: wall', unit: 's' },
      ...{ ours: own.wallMs / 1000, peer: peer.wallMs / 1000 },
    },
    {
      ...{ measure: 'cold start to first answer: CPU', unit: 's' },
      ...{ ours: own.cpuMs / 1000, peer: peer.cpuMs / 1000 },
    },
  ];
}

/** Memory in use with all members, and what is done while nobody asks and nothing changes but that members are probed. */
export async function measureInventoryIdle(world: InventoryWorld): Promise<readonly Row[]> {
  await withProgress('everything to be kept', () => delay(SETTLE_MS));
  const rss = { own: rssBytes(world.ownPid()), peer: rssBytes(world.peerPid()) };
  const { percent, events, probes } = await withProgress('idle', () => idle(world));
  const eachKib = (rss.own - world.joined.rssBytesBefore) / world.joined.members / 1024;
  return [
    {
      ...{ measure: 'RSS with all members', unit: 'MB', ours: rss.own / MIB, peer: rss.peer / MIB },
      aim: { type: 'atMost', max: RSS_MIB_MAX },
      note: `some ${eachKib.toFixed(0)} KiB for each member`,
    },
    {
      ...{ measure: 'idle: CPU of one core', unit: '%', ours: percent.own, peer: percent.peer },
      aim: { type: 'atMost', max: IDLE_PERCENT_MAX },
      note: `${probes} probes in ${IDLE_MS / 1000} s; the peer has no members to probe`,
    },
    {
      ...{ measure: 'idle: events of profiles and properties', unit: 'events', ours: events, peer: undefined },
      aim: { type: 'atMost', max: 0 },
    },
  ];
}

async function idle(world: InventoryWorld): Promise<{
  readonly percent: Readonly<Record<'own' | 'peer', number>>;
  readonly events: number;
  readonly probes: number;
}> {
  let events = 0;
  const onEvent = (): void => {
    events += 1;
  };
  const watches = await Promise.all(
    [PROFILES_PATH, PROPERTIES_PATH].map((path) => followEvents(world.own, path, onEvent)),
  );
  const pids = [world.ownPid(), world.peerPid()] as const;
  const probesBefore = await probesSoFar(world);
  const [started, own, peer] = [monotonicMs(), cpuMs(pids[0]), cpuMs(pids[1])];
  await delay(IDLE_MS);
  const elapsedMs = monotonicMs() - started;
  const percent = {
    own: ((cpuMs(pids[0]) - own) / elapsedMs) * 100,
    peer: ((cpuMs(pids[1]) - peer) / elapsedMs) * 100,
  };
  const probes = (await probesSoFar(world)) - probesBefore;
  for (const watch of watches) watch.close();
  return { percent, events, probes };
}

async function probesSoFar({ own }: InventoryWorld): Promise<number> {
  const client = createClient(own);
  const text = await client.text('/metrics');
  client.close();
  const values = [...text.matchAll(/^clusterset_member_probes_total\{[^}]*\} (\d+)$/gm)].map(([, value]) =>
    Number(value),
  );
  return values.reduce((sum, value) => sum + value, 0);
}
