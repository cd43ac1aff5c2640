import type { ProfileFacts, ProfileRecord, PropertySelection, UpdateBudget } from '../clusterset/index.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import type { StoreReader, StoreWriter } from '../store/types.ts';
import type { ProfileRecords } from './profile-records.ts';

export const PROFILES = 'clusterprofiles';

export interface ProfilesLog {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

export interface ProfilesDeps {
  readonly records: ProfileRecords;
  readonly writer: StoreWriter;
  readonly store: Pick<StoreReader, 'get'>;
  readonly namespaces: readonly string[];
  readonly manager: string;
  readonly selection: PropertySelection;
  /** Whether the hub has the namespace; undefined while that is not known. */
  readonly hasNamespace: (namespace: string) => boolean | undefined;
  /** Undefined for a member that is not registered. */
  readonly factsOf: (cluster: ClusterId) => ProfileFacts | undefined;
  /** False while some registered members may not be known yet. */
  readonly isComplete: () => boolean;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  readonly newUid: () => string;
  readonly log: ProfilesLog;
}

/** The profiles of one member and what is kept of them. */
export interface Held {
  readonly cluster: ClusterId;
  records: ReadonlyMap<string, ProfileRecord>;
  readonly budgets: Map<string, UpdateBudget>;
  /** The record was read, or there is none. */
  isRead: boolean;
  /** What is kept is not what is served. */
  isUnsaved: boolean;
  failures: number;
  /** The end of the latest work on this member. */
  turn: Promise<void>;
  isWaiting: boolean;
  /** When this member is looked at next, and how to keep that from happening. */
  planned: { readonly dueMs: number; readonly cancel: () => void } | undefined;
}

export function newHeldMember(cluster: ClusterId, records: readonly ProfileRecord[], isRead: boolean): Held {
  return {
    cluster,
    records: new Map(records.map((record) => [record.namespace, record])),
    budgets: new Map(),
    isRead,
    isUnsaved: false,
    failures: 0,
    turn: Promise.resolve(),
    isWaiting: false,
    planned: undefined,
  };
}
