import type { HubObjects } from './hub-objects.ts';
import { indexName, ownerOfChunk, parseIndex } from './hub-objects.ts';

/** Removes chunks that no index names. Never rejects: what is left over costs room, nothing else. */
export interface HubSweeper {
  /** What earlier processes left behind; tried again at the next call if it fails. */
  readonly sweepOnce: () => Promise<void>;
  /** These, and those that could not be removed before. */
  readonly remove: (names: readonly string[]) => Promise<void>;
}

/** Beyond it names are forgotten and found again by the sweep of the next start. */
const LEFTOVER_NAMES_MAX = 1000;

export function createHubSweeper(objects: HubObjects): HubSweeper {
  const leftovers = new Set<string>();
  let sweeping: Promise<void> | undefined;

  const remove = async (names: readonly string[]): Promise<void> => {
    for (const name of names) leftovers.add(name);
    for (const name of [...leftovers]) {
      try {
        await objects.remove(name);
        leftovers.delete(name);
      } catch {
        if (leftovers.size > LEFTOVER_NAMES_MAX) leftovers.delete(name);
      }
    }
  };

  const sweep = async (): Promise<void> => {
    try {
      await remove(await findOrphans(objects));
    } catch {
      sweeping = undefined;
    }
  };

  return {
    sweepOnce: () => (sweeping ??= sweep()),
    remove,
  };
}

async function findOrphans(objects: HubObjects): Promise<readonly string[]> {
  const generations = new Map<string, string | undefined>();
  const orphans: string[] = [];
  for (const name of await objects.listNames()) {
    const owner = ownerOfChunk(name);
    if (owner === undefined) continue;
    if (!generations.has(owner.record)) {
      const index = await objects.get(indexName(owner.record));
      generations.set(owner.record, index === undefined ? undefined : parseIndex(index).generation);
    }
    if (generations.get(owner.record) !== owner.generation) orphans.push(name);
  }
  return orphans;
}
