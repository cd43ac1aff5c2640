import type { ProfileRecord } from '../clusterset/index.ts';
import { profileObject } from '../clusterset/index.ts';
import type { DurableError } from '../durable/index.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { keyOf } from '../kube/object.ts';
import { formatRevision } from '../kube/revision.ts';
import type { StoredObject } from '../store/types.ts';
import type { ProfileRecords } from './profile-records.ts';
import { keptRevision } from './profile-records.ts';

/** What was kept of the profiles over our restart. */
export interface KeptProfiles {
  readonly profiles: ReadonlyMap<ClusterId, readonly ProfileRecord[]>;
  /** Members whose record exists and cannot be read. */
  readonly unread: readonly ClusterId[];
  /** Whether it is known which records there are. */
  readonly isListed: boolean;
  readonly problems: readonly DurableError[];
}

/** Reads all records, one after another. Never throws: what cannot be read is not served, and no new one takes its place. */
export async function readKeptProfiles(records: ProfileRecords): Promise<KeptProfiles> {
  const clusters = await records.list();
  if (!clusters.ok) return { profiles: new Map(), unread: [], isListed: false, problems: [clusters.error] };
  const profiles = new Map<ClusterId, readonly ProfileRecord[]>();
  const unread: ClusterId[] = [];
  const problems: DurableError[] = [];
  for (const cluster of clusters.value) {
    const read = await records.read(cluster);
    if (read.ok) profiles.set(cluster, read.value ?? []);
    else {
      unread.push(cluster);
      problems.push(read.error);
    }
  }
  return { profiles, unread, isListed: true, problems };
}

/** The objects that go on being served under the versions that they had. */
export function restoredObjects({ profiles }: KeptProfiles): readonly StoredObject[] {
  return [...profiles].flatMap(([cluster, records]) =>
    records.flatMap((record) => {
      const revision = keptRevision(record);
      if (revision === undefined) return [];
      const object = profileObject(cluster, record);
      const metadata = { ...object.metadata, resourceVersion: formatRevision(revision) };
      return [{ key: keyOf(object), revision, object: { ...object, metadata } }];
    }),
  );
}
