import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';
import type { Entry } from './etcd-writer.ts';
import { exportEntry, importEntry } from './content.ts';
import { openWatchers } from './watcher.ts';
import type { World } from './world.ts';
import { IMPORTS_PATH, MEMBERS, PEER } from './world.ts';

const ARRIVAL_DEADLINE_MS = 30_000;
const PACE_MS = 5;

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
  /** Told the mark of a change just before it is made. */
  readonly onSend?: (mark: string) => void;
}

export function createChanges(world: World): Changes {
  let sequence = 0;
  const entry = (side: Side): { readonly mark: string; readonly entry: Entry } => {
    sequence += 1;
    const mark = `${sequence}`;
    // All members take part in turn, and neighbours are not changed together.
    const index = (sequence * 617) % world.names.length;
    return { mark, entry: side === 'ours' ? exportAt(world, index, mark) : importAt(world, index, mark) };
  };
  const burst = (side: Side) => async (count: number) => {
    const made = Array.from({ length: count }, () => entry(side));
    const waiting = new Set(made.map(({ mark }) => mark));
    const target = side === 'ours' ? world.own : world.peer;
    const onMark = (mark: string): void => void waiting.delete(mark);
    const watcher = await openWatchers(target, IMPORTS_PATH, { count: 1, onMark });
    await world.writer.put(made.map((one) => one.entry));
    const end = monotonicMs() + ARRIVAL_DEADLINE_MS;
    while (waiting.size > 0) {
      if (monotonicMs() > end) throw new Error(`${waiting.size} of ${count} changes did not arrive`);
      await delay(10);
    }
    watcher.close();
  };
  const run = async (side: Side, pace: Pace): Promise<number> => {
    const started = monotonicMs();
    const pending: Promise<void>[] = [];
    let sent = 0;
    for (;;) {
      const elapsed = monotonicMs() - started;
      if (elapsed >= pace.durationMs) break;
      for (; sent < (elapsed / 1000) * pace.perSecond; sent += 1) {
        const made = entry(side);
        pace.onSend?.(made.mark);
        pending.push(world.writer.put([made.entry]));
      }
      await delay(PACE_MS);
    }
    await Promise.all(pending);
    return sent;
  };
  return { ours: burst('ours'), peer: burst('peer'), run };
}

function exportAt({ names }: World, index: number, mark: string): Entry {
  const name = names[index];
  const position = name?.members[0];
  if (name === undefined || position === undefined) throw new Error(`no name ${index}`);
  return exportEntry(name, { member: MEMBERS[position] ?? '', position }, mark);
}

function importAt({ imports }: World, index: number, mark: string): Entry {
  const listed = imports[index];
  if (listed === undefined) throw new Error(`no import ${index}`);
  return importEntry(PEER, listed, mark);
}
