import type { ObjectChange } from '../kube/object-change.ts';
import type { ObjectKey } from '../kube/object.ts';
import type { Revision } from '../kube/revision.ts';
import type { StoredObject, StoreEvent } from './types.ts';

/** What one commit changed, as every process that follows the engine is told. Never empty. */
export interface Commit {
  /** The last revision of the commit; from now on lists and bookmarks of all resources carry it. */
  readonly revision: Revision;
  /** In revision order; each event has its own revision, none is above the commit's. */
  readonly events: readonly StoreEvent[];
}

/**
 * What puts changes in order and gives them revisions. Serving (lists, history, watches) builds on `follow` alone and
 * never on what `commit` returns, so it works the same when another process made the change: an engine on etcd commits
 * through etcd and tells its followers what its own watch of etcd delivers.
 *
 * An engine promises: followers hear every commit exactly once, in order; when a follower is called, `get`, `entries`
 * and `current` already show the commit; an object's revision never decreases, not over restarts either.
 */
export interface StoreEngine {
  current(): Revision;
  /** Whether a revision comes from a line that this engine's history goes back on, as far as the number can tell. */
  isOwn(revision: Revision): boolean;
  get(resource: string, key: ObjectKey): StoredObject | undefined;
  /** All objects of a resource, in no particular order. */
  entries(resource: string): Iterable<StoredObject>;
  /** How many objects `entries` yields. */
  size(resource: string): number;
  /** Applies the changes that alter something; returns those as events for the caller's information. */
  commit(changes: readonly ObjectChange[]): readonly StoreEvent[];
  /** Registers a follower for as long as the engine lives. Followers must not commit. */
  follow(follower: (commit: Commit) => void): void;
}
