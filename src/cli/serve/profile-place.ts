import type { Config } from '../../config/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import { createNamespaceWatch } from '../../hub/index.ts';
import type { Revision } from '../../kube/revision.ts';
import { createProfileRecords, readKeptProfiles, restoredObjects } from '../../profiles/index.ts';
import type { KeptProfiles, ProfileRecords } from '../../profiles/index.ts';
import type { StoredObject } from '../../store/types.ts';
import { schedule } from './clockwork.ts';
import type { HubAccess } from './hub-access.ts';
import type { InventoryNamespaces } from './profile-runtime.ts';
import { inventoryNamespaces } from './profile-runtime.ts';

/** What the store begins with, and where profiles may be. */
export interface ProfileStart {
  readonly records: ProfileRecords;
  readonly kept: KeptProfiles;
  /** Profiles that did not change keep the versions that they had before our restart. */
  readonly initial: ReadonlyMap<string, readonly StoredObject[]>;
  readonly startRevision: Revision;
  readonly namespaces: InventoryNamespaces;
  readonly stop: () => void;
}

export interface ProfileStartDeps {
  readonly config: Config;
  readonly hub: HubAccess | undefined;
  readonly durable: DurableStore;
  /** The line of revisions begins above it. */
  readonly mark: Revision;
}

export async function startProfiles({ config, hub, durable, mark }: ProfileStartDeps): Promise<ProfileStart> {
  const names = inventoryNamespaces(config);
  const records = createProfileRecords(durable);
  const kept = await readKeptProfiles(records);
  const objects = restoredObjects(kept);
  const startRevision = objects.reduce((highest, { revision }) => (revision > highest ? revision : highest), mark);
  const namespaces = hub === undefined ? EVERY_NAMESPACE : await watchNamespaces(hub, names);
  return { records, kept, initial: new Map([['clusterprofiles', objects]]), startRevision, ...namespaces };
}

type Watched = Pick<ProfileStart, 'namespaces' | 'stop'>;

/** Without a hub nobody else has namespaces. */
const EVERY_NAMESPACE: Watched = { namespaces: { has: () => true, onChange: () => undefined }, stop: () => undefined };

async function watchNamespaces(hub: HubAccess, namespaces: readonly string[]): Promise<Watched> {
  const listeners: (() => void)[] = [];
  const watch = createNamespaceWatch({
    ...{ connection: hub.connection, namespaces, schedule },
    onChange: () => {
      for (const tell of listeners) tell();
    },
  });
  await watch.start();
  const onChange = (listener: () => void): void => void listeners.push(listener);
  return { namespaces: { has: watch.has, onChange }, stop: watch.stop };
}
