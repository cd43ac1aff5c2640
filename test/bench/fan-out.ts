import { setTimeout as delay } from 'node:timers/promises';
import type { Changes, Side } from './changes.ts';
import type { Endpoint } from './client.ts';
import { monotonicMs, percentile, withProgress } from './clock.ts';
import { cpuMs, rssBytes } from './processes.ts';
import type { Row } from './table.ts';
import { openWatchers } from './watcher.ts';
import type { World } from './world.ts';
import { GROUP_PATH, IMPORTS_PATH, MEMBERS } from './world.ts';

const MIB = 1024 * 1024;
const WATCHED_MS = 8000;
const WARM_UP_MS = 2000;
const SETTLE_MS = 1000;
const WRITES_PER_SECOND = 100;
const MEMBER_EVENTS_PER_SECOND = 200;
const EXPORTS_PATH = `${GROUP_PATH}/serviceexports`;

interface FanOut {
  readonly cpuUsPerEvent: number;
  readonly deliveredShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMib: number;
}

/** Many watchers of everything, while single objects change. */
export async function measureFanOut(world: World, changes: Changes, watchers: number): Promise<readonly Row[]> {
  const result = await withProgress(`${watchers} watchers, ${WRITES_PER_SECOND} changes/s`, async () => ({
    own: await fanOut(changes, { side: 'ours', endpoint: world.own, pid: world.ownPid(), watchers }),
    peer: await fanOut(changes, { side: 'peer', endpoint: world.peer, pid: world.peerPid(), watchers }),
  }));
  const { own, peer } = result;
  const name = `${watchers} watchers, ${WRITES_PER_SECOND} changes/s`;
  const share = (side: FanOut): string => `${(side.deliveredShare * 100).toFixed(1)} %`;
  return [
    {
      ...{ measure: `${name}: CPU per delivered event`, unit: 'µs', ours: own.cpuUsPerEvent, peer: peer.cpuUsPerEvent },
      aim: { type: 'ratio', max: 1 / 4 },
      note: `delivered ${share(own)}, peer ${share(peer)}; both with all they do for the changes themselves`,
    },
    {
      ...{ measure: `${name}: write to client, p50`, unit: 'ms', ours: own.p50Ms, peer: peer.p50Ms },
      note: 'ours: by way of the member',
    },
    {
      ...{ measure: `${name}: write to client, p99`, unit: 'ms', ours: own.p99Ms, peer: peer.p99Ms },
      aim: { type: 'ratio', max: 1 },
    },
    { measure: `${name}: RSS`, unit: 'MB', ours: own.rssMib, peer: peer.rssMib },
  ];
}

interface FanOutTarget {
  readonly side: Side;
  readonly endpoint: Endpoint;
  readonly pid: number;
  readonly watchers: number;
}

async function fanOut(changes: Changes, target: FanOutTarget): Promise<FanOut> {
  const { side, endpoint, pid, watchers } = target;
  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  let delivered = 0;
  const onMark = (mark: string): void => {
    const sent = sentAt.get(mark);
    if (sent === undefined) return;
    delivered += 1;
    latencies.push(monotonicMs() - sent);
  };
  const opened = await openWatchers(endpoint, IMPORTS_PATH, { count: watchers, onMark });
  try {
    const pace = { perSecond: WRITES_PER_SECOND, through: 'requests' } as const;
    await changes.run(side, { ...pace, durationMs: WARM_UP_MS });
    await delay(SETTLE_MS);
    const before = cpuMs(pid);
    const onSend = (mark: string): void => void sentAt.set(mark, monotonicMs());
    const sent = await changes.run(side, { ...pace, durationMs: WATCHED_MS, onSend });
    await delay(SETTLE_MS);
    return {
      cpuUsPerEvent: ((cpuMs(pid) - before) * 1000) / Math.max(1, delivered),
      deliveredShare: delivered / (sent * watchers),
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
      rssMib: rssBytes(pid) / MIB,
    };
  } finally {
    opened.close();
  }
}

/** From the moment a watcher of the member itself sees a change to the moment a watcher of ours sees the import. */
export async function measureMemberToClient(world: World, changes: Changes): Promise<readonly Row[]> {
  const name = `member event to client event, ${MEMBER_EVENTS_PER_SECOND} events/s`;
  const latencies = await withProgress(name, async () => {
    const seenAt = new Map<string, number>();
    const measured: number[] = [];
    const sent = new Set<string>();
    const members = await Promise.all(
      MEMBERS.map((_, position) =>
        openWatchers(world.member(position), EXPORTS_PATH, {
          count: 1,
          onMark: (mark) => void seenAt.set(mark, monotonicMs()),
        }),
      ),
    );
    const client = await openWatchers(world.own, IMPORTS_PATH, {
      count: 1,
      onMark: (mark) => {
        const now = monotonicMs();
        // Our answer can be read before the member's own: then it took no time at all.
        if (sent.has(mark)) measured.push(now - (seenAt.get(mark) ?? now));
      },
    });
    // Members on machines of their own would not take processor time from us.
    const pace = { perSecond: MEMBER_EVENTS_PER_SECOND, through: 'etcd' } as const;
    await changes.run('ours', { ...pace, durationMs: WARM_UP_MS });
    await changes.run('ours', {
      ...pace,
      durationMs: WATCHED_MS,
      onSend: (mark) => void sent.add(mark),
    });
    await delay(SETTLE_MS);
    for (const watch of [...members, client]) watch.close();
    return measured;
  });
  return [
    { measure: `${name}: p50`, unit: 'ms', ours: percentile(latencies, 50), peer: undefined },
    {
      ...{ measure: `${name}: p99`, unit: 'ms', ours: percentile(latencies, 99), peer: undefined },
      aim: { type: 'atMost', max: 50 },
    },
  ];
}
