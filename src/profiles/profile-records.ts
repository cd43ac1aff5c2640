import { createHash } from 'node:crypto';
import type { ProfileRecord } from '../clusterset/index.ts';
import { parseProfileRecords, profileObject } from '../clusterset/index.ts';
import type { DurableError, SmallRecord } from '../durable/index.ts';
import { readSmallRecord, toDurableError, writeSmallRecord } from '../durable/index.ts';
import type { DurableStore } from '../durable/types.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import { isJsonObject } from '../kube/object.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { Revision } from '../kube/revision.ts';
import { parseRevision } from '../kube/revision.ts';

/** Bytes of JSON in the record of one member: its profiles in all inventory namespaces. */
const PROFILE_RECORD_BYTES_MAX = 16 * 1024 * 1024;
const NAME_PREFIX = 'profile-';

function recordOf(cluster: ClusterId): SmallRecord<readonly ProfileRecord[]> {
  return {
    name: `${NAME_PREFIX}${cluster}`,
    kind: { name: 'cluster-profiles', format: 1 },
    bytesMax: PROFILE_RECORD_BYTES_MAX,
    parse: (value) => {
      if (!isJsonObject(value) || value['cluster'] !== cluster) return undefined;
      const records = parseProfileRecords(value['profiles']);
      const digests: readonly unknown[] = Array.isArray(value['digests']) ? value['digests'] : [];
      // A version is good only for the very content that was served under it: another program may compose another one.
      return records?.map((record, index) =>
        digests[index] === digestOf(profileObject(cluster, record))
          ? record
          : { ...record, resourceVersion: undefined },
      );
    },
  };
}

/** The profiles of each member, kept whole and atomically. Nothing here rejects. */
export interface ProfileRecords {
  /** Undefined if there never were any. */
  readonly read: (cluster: ClusterId) => Promise<Outcome<readonly ProfileRecord[] | undefined, DurableError>>;
  /** Keeps the profiles of one member, all of them; none removes the record. */
  readonly write: (cluster: ClusterId, profiles: readonly ProfileRecord[]) => Promise<Outcome<undefined, DurableError>>;
  /** The members that have records. */
  readonly list: () => Promise<Outcome<readonly ClusterId[], DurableError>>;
}

export function createProfileRecords(store: DurableStore): ProfileRecords {
  return {
    read: (cluster) => readSmallRecord(store, recordOf(cluster)),
    write: (cluster, profiles) => writeProfiles(store, cluster, profiles),
    list: () => listProfileClusters(store),
  };
}

async function writeProfiles(
  store: DurableStore,
  cluster: ClusterId,
  profiles: readonly ProfileRecord[],
): Promise<Outcome<undefined, DurableError>> {
  const record = recordOf(cluster);
  if (profiles.length > 0) {
    const digests = profiles.map((profile) => digestOf(profileObject(cluster, profile)));
    const value: object = { cluster, profiles, digests };
    return writeSmallRecord<object>(store, { ...record, parse: () => undefined }, value);
  }
  try {
    await store.remove(record.name);
    return succeeded(undefined);
  } catch (error) {
    return failed(toDurableError(error, `remove record ${record.name}`));
  }
}

async function listProfileClusters(store: DurableStore): Promise<Outcome<readonly ClusterId[], DurableError>> {
  try {
    const names = await store.list(NAME_PREFIX);
    const clusters = names.map((name) => parseClusterId(name.slice(NAME_PREFIX.length)));
    return succeeded(clusters.flatMap((cluster) => (cluster.ok ? [cluster.value] : [])));
  } catch (error) {
    return failed(toDurableError(error, 'list records'));
  }
}

/** Under which revision a profile goes on being served; undefined: it gets a new one. */
export function keptRevision({ resourceVersion }: ProfileRecord): Revision | undefined {
  return resourceVersion === undefined ? undefined : parseRevision(resourceVersion);
}

function digestOf(object: KubeObject): string {
  return createHash('sha256').update(JSON.stringify(object)).digest('hex');
}
