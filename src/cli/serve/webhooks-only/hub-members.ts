import type { ProfileRow } from '../../../clusterset/index.ts';
import type { ClusterId } from '../../../kube/cluster-id.ts';
import { compareKeys, keyString, type ObjectKey } from '../../../kube/object.ts';
import type { StaleMembers } from '../../../members/index.ts';
import type { ServedProfile } from '../../../resources/index.ts';

/** Whether the hub reaches a member, as it said last. */
export type Standing =
  | { readonly type: 'live' }
  /** `lastContactMs` undefined: there was no contact yet. */
  | { readonly type: 'stale'; readonly lastContactMs: number | undefined };

/**
 * What the hub says of its members as such: by their profiles, of which there is one in each inventory, and by the warning
 * that comes with every list. The warning is what the hub itself judges by at that moment, but names only some where many
 * are stale; of the others their newest profile tells.
 */
export interface HubMembers {
  /** `row` undefined: there is no such profile (any more). */
  readonly put: (key: ObjectKey, row: ProfileRow | undefined) => void;
  /** The hub is asked which members are stale; `report` is its answer. */
  readonly asked: () => void;
  readonly report: (stale: StaleMembers) => void;
  /** Of all members, the own one included, in the order in which the hub lists them. */
  readonly profiles: () => readonly ServedProfile[];
  /** The hub knows all of the member: what it does not show of it is not there. */
  readonly isRead: (cluster: ClusterId) => boolean;
  readonly standing: (cluster: ClusterId) => Standing;
}

interface Profile {
  readonly key: ObjectKey;
  readonly row: ProfileRow;
}

const LIVE: Standing = { type: 'live' };

export function createHubMembers(): HubMembers {
  const held = new Map<string, Profile>();
  const byCluster = new Map<ClusterId, Map<string, ProfileRow>>();
  let stale: StaleMembers | undefined;
  let questions = 0;
  /** Of whom something was told that the latest report may not know yet: after which question. */
  const news = new Map<ClusterId, number>();
  let listed: readonly ServedProfile[] | undefined;
  const newest = (cluster: ClusterId): ProfileRow | undefined =>
    [...(byCluster.get(cluster)?.values() ?? [])].reduce<ProfileRow | undefined>(
      (best, row) => (best === undefined || row.revision > best.revision ? row : best),
      undefined,
    );
  return {
    put: (key, row) => {
      const id = keyString(key);
      const before = held.get(id)?.row.cluster;
      if (before !== undefined) forget(byCluster, before, id);
      listed = undefined;
      held.delete(id);
      if (row === undefined) return;
      held.set(id, { key, row });
      news.set(row.cluster, questions);
      const rows = byCluster.get(row.cluster) ?? new Map<string, ProfileRow>();
      byCluster.set(row.cluster, rows.set(id, row));
    },
    asked: () => {
      questions += 1;
    },
    report: (told) => {
      stale = told;
      for (const [cluster, question] of news) if (question < questions) news.delete(cluster);
    },
    profiles: () => (listed ??= listProfiles(held)),
    isRead: (cluster) => {
      if (stale === undefined || news.has(cluster)) return false;
      const profile = newest(cluster);
      const mayBeMeant = stale.hasMore && (profile === undefined || standingBy(profile).type === 'stale');
      if (!mayBeMeant && !stale.lastContactsMs.has(cluster)) return true;
      // What can be reached, and is stale all the same, was not read in full.
      return profile?.membership === 'member' && profile.lost !== undefined;
    },
    standing: (cluster) => {
      if (stale?.lastContactsMs.has(cluster) === true) {
        return { type: 'stale', lastContactMs: stale.lastContactsMs.get(cluster) };
      }
      if (stale?.hasMore === false) return LIVE;
      const profile = newest(cluster);
      return profile === undefined ? LIVE : standingBy(profile);
    },
  };
}

function standingBy({ membership, lost }: ProfileRow): Standing {
  if (lost !== undefined) return { type: 'stale', lastContactMs: lost.lastContactMs };
  return membership === 'unread' ? { type: 'stale', lastContactMs: undefined } : LIVE;
}

function forget(byCluster: Map<ClusterId, Map<string, ProfileRow>>, cluster: ClusterId, id: string): void {
  const rows = byCluster.get(cluster);
  rows?.delete(id);
  if (rows?.size === 0) byCluster.delete(cluster);
}

function listProfiles(held: ReadonlyMap<string, Profile>): readonly ServedProfile[] {
  return [...held.values()]
    .map(({ key, row }) => ({ ...key, memberId: row.memberId }))
    .sort((a, b) => compareKeys(a, b));
}
