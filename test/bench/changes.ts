import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';
import type { Entry } from './etcd-writer.ts';
import { exportEntry, importEntry, MARK_ANNOTATION } from './content.ts';
import type { Patcher } from './patcher.ts';
import { createPatcher } from './patcher.ts';
import { openWatchers } from './watcher.ts';
import type { World } from './world.ts';
import { GROUP_PATH, IMPORTS_PATH, MEMBERS, PEER } from './world.ts';

const ARRIVAL_DEADLINE_MS = 30_000;
const PACE_MS = 5;
const SETTLE_MS = 200;

/** Changes of single imports: of ours by changing the export in its member, of the peer's by changing the object. */
export interface Changes {
  /** Makes so many changes and returns when a watcher has seen them all. */
  readonly ours: (count: number) => Promise<void>;
  readonly peer: (count: number) => Promise<void>;
  /** Makes changes evenly until `durationMs` has passed; returns their number. */
  readonly run: (side: Side, pace: Pace) => Promise<number>;
}

export type Side = 'ours' | 'peer';

export interface Pace {
  readonly perSecond: number;
  readonly durationMs: number;
  /** Requests are what really happens; etcd is for changes whose making should cost the machine nothing. */
  readonly through: 'requests' | 'etcd';
  /** Told the mark of a change just before it is made. */
  readonly onSend?: (mark: string) => void;
}

export function createChanges(world: World): Changes {
  const patchers = createPatchers(world);
  let sequence = 0;
  const next = (side: Side): Change => {
    sequence += 1;
    // Content that an earlier run left behind must not look like this one's.
    const mark = `${process.pid}-${sequence}`;
    // All members take part in turn, and neighbours are not changed together.
    const index = (sequence * 617) % world.names.length;
    return side === 'ours' ? exportChange(world, index, mark) : importChange(world, index, mark);
  };
  const make = ({ through, cluster, path, patch, entry }: Change & Pick<Pace, 'through'>): Promise<void> =>
    through === 'etcd' ? world.writer.put([entry]) : patchers(cluster).patch(path, patch);

  const burst = (side: Side) => async (count: number) => {
    const made = Array.from({ length: count }, () => next(side));
    const waiting = new Set(made.map(({ mark }) => mark));
    const target = side === 'ours' ? world.own : world.peer;
    const onMark = (mark: string): void => void waiting.delete(mark);
    const watcher = await openWatchers(target, IMPORTS_PATH, { count: 1, onMark });
    await world.writer.put(made.map(({ entry }) => entry));
    const end = monotonicMs() + ARRIVAL_DEADLINE_MS;
    while (waiting.size > 0) {
      if (monotonicMs() > end) throw new Error(`${waiting.size} of ${count} changes did not arrive`);
      await delay(PACE_MS);
    }
    watcher.close();
    // What is still done for the changes is not part of what comes next.
    await delay(SETTLE_MS);
  };

  const run = async (side: Side, pace: Pace): Promise<number> => {
    const started = monotonicMs();
    const pending: Promise<void>[] = [];
    let sent = 0;
    for (;;) {
      const elapsed = monotonicMs() - started;
      if (elapsed >= pace.durationMs) break;
      for (; sent < (elapsed / 1000) * pace.perSecond; sent += 1) {
        const change = next(side);
        pace.onSend?.(change.mark);
        pending.push(make({ ...change, through: pace.through }));
      }
      await delay(PACE_MS);
    }
    await Promise.all(pending);
    return sent;
  };
  return { ours: burst('ours'), peer: burst('peer'), run };
}

/** One patcher per cluster, opened when it is first needed. */
function createPatchers(world: World): (cluster: number | typeof PEER) => Patcher {
  const patchers = new Map<number | typeof PEER, Patcher>();
  return (cluster) => {
    const patcher = patchers.get(cluster) ?? createPatcher(cluster === PEER ? world.peer : world.member(cluster));
    patchers.set(cluster, patcher);
    return patcher;
  };
}

/** One change, as a request to a kube-apiserver or as what to put into etcd. */
interface Change {
  readonly mark: string;
  readonly cluster: number | typeof PEER;
  readonly path: string;
  readonly patch: unknown;
  readonly entry: Entry;
}

function exportChange({ names }: World, index: number, mark: string): Change {
  const name = names[index];
  const position = name?.members[0];
  if (name === undefined || position === undefined) throw new Error(`no name ${index}`);
  return {
    mark,
    cluster: position,
    path: `${GROUP_PATH}/namespaces/${name.namespace}/serviceexports/${name.name}`,
    patch: { spec: { exportedAnnotations: { [MARK_ANNOTATION]: mark } } },
    entry: exportEntry(name, { member: MEMBERS[position] ?? '', position }, mark),
  };
}

function importChange({ imports }: World, index: number, mark: string): Change {
  const listed = imports[index];
  if (listed === undefined) throw new Error(`no import ${index}`);
  const { namespace, name } = listed.metadata;
  return {
    mark,
    cluster: PEER,
    path: `${GROUP_PATH}/namespaces/${namespace}/serviceimports/${name}`,
    patch: { metadata: { annotations: { [MARK_ANNOTATION]: mark } } },
    entry: importEntry(PEER, listed, mark),
  };
}
