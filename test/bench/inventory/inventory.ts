import type { Row } from '../table.ts';
import { measureInventoryChanges } from './changes.ts';
import { measureFlips } from './flips.ts';
import { measureInventoryIdle, measureInventoryStart } from './idle.ts';
import { measureInventoryLists } from './lists.ts';
import type { InventoryOptions } from './world.ts';
import { createInventoryWorld } from './world.ts';

/** Profiles and properties of many members, beside a kube-apiserver that serves the same objects as custom resources. */
export async function measureInventory(options: InventoryOptions, rows: Row[]): Promise<void> {
  const world = await createInventoryWorld(options);
  try {
    rows.push(...(await measureInventoryStart(world)));
    rows.push(...(await measureInventoryIdle(world)));
    rows.push(...(await measureInventoryLists(world)));
    // First, while no profile has used up any of its updates.
    rows.push(...(await measureFlips(world)));
    rows.push(...(await measureInventoryChanges(world)));
  } finally {
    await world.stop();
  }
}
