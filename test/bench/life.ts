import { setTimeout as delay } from 'node:timers/promises';
import type { Changes } from './changes.ts';
import { withProgress } from './clock.ts';
import { cpuMs, rssBytes } from './processes.ts';
import type { Row } from './table.ts';
import type { Start, World } from './world.ts';

const MIB = 1024 * 1024;
const IDLE_MS = 10_000;
const SETTLE_MS = 3000;
const CHANGES_PER_SECOND = 100;
const RSS_MIB_MAX = 400;

/** Memory in use, and CPU time while nobody asks anything. */
export async function measureIdle(world: World, changes: Changes): Promise<readonly Row[]> {
  const memory = memoryRow('RSS after all lists', world);
  const idle = await withProgress('idle', async () => {
    await delay(SETTLE_MS);
    return share(world, () => delay(IDLE_MS));
  });
  const changing = await withProgress(`nobody asks, ${CHANGES_PER_SECOND} changes/s`, async () => {
    const pace = { perSecond: CHANGES_PER_SECOND, durationMs: IDLE_MS, through: 'etcd' } as const;
    const own = await share(world, () => changes.run('ours', pace));
    const peer = await share(world, () => changes.run('peer', pace));
    return { own: own.own, peer: peer.peer };
  });
  return [
    memory,
    { measure: 'idle: CPU of one core', unit: '%', ours: idle.own, peer: idle.peer },
    {
      measure: `nobody asks, ${CHANGES_PER_SECOND} changes/s: CPU of one core`,
      unit: '%',
      ours: changing.own,
      peer: changing.peer,
      note: 'ours reads and merges them; the peer only takes them up from etcd',
    },
    memoryRow('RSS after changes', world),
  ];
}

export function memoryRow(measure: string, world: World): Row {
  return {
    ...{ measure, unit: 'MB' },
    ours: rssBytes(world.ownPid()) / MIB,
    peer: rssBytes(world.peerPid()) / MIB,
    aim: { type: 'atMost', max: RSS_MIB_MAX },
  };
}

/** Per cent of one core that both servers used during a step. */
async function share(world: World, step: () => Promise<unknown>): Promise<{ own: number; peer: number }> {
  const [ownPid, peerPid] = [world.ownPid(), world.peerPid()];
  const started = performance.now();
  const before = { own: cpuMs(ownPid), peer: cpuMs(peerPid) };
  await step();
  const elapsedMs = performance.now() - started;
  const percent = (used: number): number => (used / elapsedMs) * 100;
  return { own: percent(cpuMs(ownPid) - before.own), peer: percent(cpuMs(peerPid) - before.peer) };
}

/** From the start of the process to its first complete answer; members and etcd keep running. */
export async function measureStart(world: World): Promise<readonly Row[]> {
  const { own, peer, rss } = await withProgress('cold start', async () => {
    await world.stopServer();
    const ownStart: Start = await world.startServer();
    await delay(SETTLE_MS);
    const rssAfter = memoryRow('RSS after the start', world);
    return { own: ownStart, rss: rssAfter, peer: await world.restartPeer() };
  });
  return [
    { measure: 'cold start to first answer: wall', unit: 's', ours: own.wallMs / 1000, peer: peer.wallMs / 1000 },
    { measure: 'cold start to first answer: CPU', unit: 's', ours: own.cpuMs / 1000, peer: peer.cpuMs / 1000 },
    rss,
  ];
}
