import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint } from './client.ts';
import { monotonicMs, withProgress } from './clock.ts';
import { cpuMs, peakRssBytes, resetPeakRss } from './processes.ts';
import type { Row } from './table.ts';
import { openWatcher, watchFromNow } from './watcher.ts';
import type { World } from './world.ts';
import { IMPORTS_PATH } from './world.ts';

const MIB = 1024 * 1024;
const DEADLINE_MS = 180_000;
/** A kube-apiserver needs minutes for hundreds: a few tell what one costs. */
const PEER_INFORMERS_MAX = 10;
/** client-go waits 0.8 s and more between attempts, with jitter. */
const RETRY_MS = 800;
const RETRY_JITTER_MS = 800;
const WATCH_LIST = `${IMPORTS_PATH}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;

interface Informers {
  readonly synced: () => number;
  readonly close: () => void;
  readonly bytes: () => number;
}

/**
 * As client-go does it: a lost watch is resumed from the last revision; if that is gone, everything is read anew by
 * WatchList. What is received is counted and not kept.
 */
async function openInformers(endpoint: Endpoint, count: number): Promise<Informers> {
  const resume = await watchFromNow(endpoint, IMPORTS_PATH);
  let closed = false;
  let synced = 0;
  let bytes = 0;
  const current = new Set<() => void>();
  const follow = (path: string, first?: () => void): void => {
    if (closed) return;
    let next = path;
    const watcher = openWatcher(endpoint, path, {
      ...(first === undefined ? {} : { onOpen: first }),
      onSynced: () => {
        synced += 1;
      },
      onGone: () => {
        next = WATCH_LIST;
        watcher.close();
      },
      onClose: () => {
        bytes += watcher.bytes();
        current.delete(watcher.close);
        const waitMs = next === path ? RETRY_MS + Math.random() * RETRY_JITTER_MS : 0;
        setTimeout(() => follow(next), waitMs);
      },
    });
    current.add(watcher.close);
  };
  for (let index = 0; index < count; index += 1) await new Promise<void>((resolve) => follow(resume, resolve));
  return {
    synced: () => synced,
    bytes: () => bytes,
    close: () => {
      closed = true;
      for (const close of current) close();
    },
  };
}

/** All clients of a server lose it at once and read everything anew. */
export async function measureInformers(world: World, count: number): Promise<readonly Row[]> {
  const name = `${count} informers through a restart`;
  const own = await withProgress(name, async (note) => {
    const informers = await openInformers(world.own, count);
    try {
      await world.stopServer();
      const started = monotonicMs();
      await world.startServer();
      const cpuBefore = cpuMs(world.ownPid());
      resetPeakRss(world.ownPid());
      await allSynced(informers, count, note);
      return {
        seconds: (monotonicMs() - started) / 1000,
        cpuMsEach: (cpuMs(world.ownPid()) - cpuBefore) / count,
        peakMib: peakRssBytes(world.ownPid()) / MIB,
      };
    } finally {
      informers.close();
    }
  });
  const peerCount = Math.min(count, PEER_INFORMERS_MAX);
  const peer = await withProgress(`${peerCount} informers of the peer`, (note) => syncPeer(world, peerCount, note));
  return [
    {
      measure: `${name}: all synced`,
      unit: 's',
      ours: own.seconds,
      peer: undefined,
      note: 'from the start of the process',
    },
    {
      ...{ measure: `${name}: CPU per informer`, unit: 'ms', ours: own.cpuMsEach, peer: peer.cpuMsEach },
      note: `peer: ${peerCount} informers, without a restart`,
    },
    { measure: `${name}: peak RSS`, unit: 'MB', ours: own.peakMib, peer: undefined },
  ];
}

async function syncPeer(
  world: World,
  count: number,
  note: (text: string) => void,
): Promise<{ readonly cpuMsEach: number }> {
  const before = cpuMs(world.peerPid());
  let synced = 0;
  const onSynced = (): void => {
    synced += 1;
  };
  const watchers = Array.from({ length: count }, () => openWatcher(world.peer, WATCH_LIST, { onSynced }));
  try {
    await allSynced({ synced: () => synced }, count, note);
    return { cpuMsEach: (cpuMs(world.peerPid()) - before) / count };
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

async function allSynced(
  informers: Pick<Informers, 'synced'>,
  count: number,
  note: (text: string) => void,
): Promise<void> {
  const end = monotonicMs() + DEADLINE_MS;
  while (informers.synced() < count) {
    if (monotonicMs() > end) throw new Error(`only ${informers.synced()} of ${count} informers were synced in time`);
    note(`${informers.synced()} synced`);
    await delay(50);
  }
}
