import type { MemberObject, ObjectChange } from '../kube/object-change.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import type { Revision } from '../kube/revision.ts';

/** One object at one revision, in the storage version, with metadata.resourceVersion already set to `revision`. */
export interface StoredObject {
  readonly key: ObjectKey;
  readonly revision: Revision;
  readonly object: KubeObject;
  /** What the change that led here said of its origin, and since which revision that is so. */
  readonly origin?: Origin;
}

/**
 * The state of a member's object that a projected object shows. The projected object also changes for reasons of its
 * own, so its revisions from `since` on all show this state.
 */
export interface Origin {
  readonly state: string;
  readonly since: Revision;
  /** What is shown, where the change said it; kept as long as the history keeps what shows it. */
  readonly shows?: MemberObject;
}

/** A committed change. `current` of a DELETED event is the last content at the deletion's own revision. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly revision: Revision;
  readonly current: StoredObject;
  readonly previous: StoredObject | undefined;
}

/** All objects of one resource (one namespace, if asked) in key order, true at `revision`. */
export interface Snapshot {
  readonly revision: Revision;
  readonly items: readonly StoredObject[];
  /** Those of `items` that have this value of a label; undefined where that is not known without looking at each. */
  readonly withLabel?: (label: string, value: string) => readonly StoredObject[] | undefined;
}

/** Why a revision cannot be served: too old or of another incarnation; or above the current one. */
export type RevisionProblem =
  | { readonly type: 'expired'; readonly oldest: Revision; readonly current: Revision }
  | { readonly type: 'future'; readonly current: Revision };

export interface Scope {
  readonly resource: string;
  /** '' means all namespaces. */
  readonly namespace: string;
}

/** Receives the events of one commit, in revision order. Called synchronously: must only queue. */
export type EventSink = (events: readonly StoreEvent[]) => void;

export interface Subscription {
  readonly close: () => void;
}

export interface StoreReader {
  /** The revision of the latest commit of any resource. */
  current(): Revision;
  get(resource: string, key: ObjectKey): StoredObject | undefined;
  list(scope: Scope): Snapshot;
  /** The state exactly at `revision`, rebuilt from history (Exact reads, continue tokens). */
  listAt(scope: Scope, revision: Revision): Outcome<Snapshot, RevisionProblem>;
  /** Delivers what happened after `from` (synchronously, before it returns), then every later commit. */
  subscribe(scope: Scope, from: Revision, sink: EventSink): Outcome<Subscription, RevisionProblem>;
  /** Resolves true when a commit reaches `revision`, false when `timeoutMs` passes first. */
  waitFor(revision: Revision, timeoutMs: number): Promise<boolean>;
}

export interface StoreWriter {
  /** One consecutive range of revisions that becomes visible at once; returns what really changed. */
  commit(changes: readonly ObjectChange[]): readonly StoreEvent[];
}

/** Figures for /metrics. */
export interface StoreFigures {
  readonly revision: Revision;
  readonly resources: readonly {
    readonly resource: string;
    readonly objects: number;
    readonly historyEvents: number;
    readonly historyBytes: number;
    /** Events dropped for want of room before they were as old as clients may expect (a counter). */
    readonly historyTrimmedEarly: number;
    readonly subscriptions: number;
  }[];
}
