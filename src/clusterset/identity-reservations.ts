import type { ClusterId } from '../kube/cluster-id.ts';
import type { KnownIdentity } from './member-identity.ts';

/** Who a member is about to become, by a write that was judged and let through. */
export interface IdentityClaim {
  readonly cluster: ClusterId;
  /** '' when it will have none. */
  readonly clusterID: string;
  readonly clusterSet: string;
}

/**
 * A write that neither failed nor was seen in its member for so long counts no longer: more than it can be under way (34 s),
 * so that none arrives after its reservation is over.
 */
export const RESERVATION_MS = 40_000;
/** Members whose identity is being changed at once; further changes are refused until some are over. */
export const RESERVATIONS_MAX = 1_000;

export type TakenClaim =
  /** `undo` is for a write that did nothing; otherwise the member's own state ends the reservation. */
  | { readonly type: 'taken'; readonly undo: () => void }
  /** The same member is about to become somebody else. */
  | { readonly type: 'busy' }
  /** Another member is about to take this id in this ClusterSet. */
  | { readonly type: 'held'; readonly by: ClusterId }
  | { readonly type: 'full' };

/**
 * What keeps two writes at once from giving two members of a ClusterSet one id (KEP-2149): each is noted in the very turn
 * in which it is judged, and is looked at by all that are judged before the members tell of it. No lock is held while
 * anybody waits.
 */
export interface IdentityReservations {
  readonly take: (claim: IdentityClaim) => TakenClaim;
  /** Whether the member was let through to become this already. */
  readonly holds: (claim: IdentityClaim) => boolean;
  readonly pending: () => readonly IdentityClaim[];
  /** Members told of themselves: what they show by now ends here, before they may change again. */
  readonly look: () => void;
}

export interface IdentityReservationsDeps {
  /** Milliseconds that never step back. */
  readonly monotonic: () => number;
  readonly known: (cluster: ClusterId) => KnownIdentity;
}

interface Entry {
  readonly claim: IdentityClaim;
  /** Writes under way that lead there: the first failure says nothing about the others. */
  takers: number;
  deadlineMs: number;
}

export function createIdentityReservations({ monotonic, known }: IdentityReservationsDeps): IdentityReservations {
  const entries = new Map<ClusterId, Entry>();
  const dropEnded = (): void => {
    for (const [cluster, { claim, deadlineMs }] of entries) {
      if (deadlineMs <= monotonic() || isSame(claim, known(cluster))) entries.delete(cluster);
    }
  };
  const release = (entry: Entry): void => {
    entry.takers -= 1;
    const { cluster } = entry.claim;
    if (entry.takers === 0 && entries.get(cluster) === entry) entries.delete(cluster);
  };
  return {
    take: (claim) => {
      dropEnded();
      const own = entries.get(claim.cluster);
      if (own !== undefined && !isSame(own.claim, claim)) return { type: 'busy' };
      const holder = own === undefined ? holderOf(entries, claim) : undefined;
      if (holder !== undefined) return { type: 'held', by: holder };
      if (own === undefined && entries.size >= RESERVATIONS_MAX) return { type: 'full' };
      const entry = own ?? { claim, takers: 0, deadlineMs: 0 };
      entry.takers += 1;
      entry.deadlineMs = monotonic() + RESERVATION_MS;
      entries.set(claim.cluster, entry);
      return { type: 'taken', undo: once(() => release(entry)) };
    },
    holds: (claim) => {
      dropEnded();
      const own = entries.get(claim.cluster);
      return own !== undefined && isSame(own.claim, claim);
    },
    pending: () => {
      dropEnded();
      return [...entries.values()].map(({ claim }) => claim);
    },
    look: dropEnded,
  };
}

function holderOf(entries: ReadonlyMap<ClusterId, Entry>, wanted: IdentityClaim): ClusterId | undefined {
  if (wanted.clusterID === '' || wanted.clusterSet === '') return undefined;
  return [...entries.values()].find(({ claim }) => isSame(claim, wanted))?.claim.cluster;
}

function isSame(a: Omit<IdentityClaim, 'cluster'>, b: Omit<IdentityClaim, 'cluster'>): boolean {
  return a.clusterID === b.clusterID && a.clusterSet === b.clusterSet;
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    run();
  };
}
