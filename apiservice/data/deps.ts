import type { StoreReader } from '../../src/store/types.ts';
import type { ClusterSetFreshness } from '../types.ts';
import type { EncodedBodies } from './encode.ts';
import type { DataLimits } from './limits.ts';
import type { GroupVersionResource } from './view.ts';

/** Calls back once after `delayMs`, unless the returned function is called before. */
export type Timer = (callback: () => void, delayMs: number) => () => void;

/** Why a watch ended that neither the client nor its timeout ended. */
export type WatchCutReason = 'queue' | 'expired' | 'drain';

/** What is counted; called with sums, never once per event and watcher. */
export interface DataMetrics {
  /** Events of these sizes (bytes on the wire) were each written to `watchers` clients. */
  readonly watchEvents: (of: GroupVersionResource, sizesBytes: readonly number[], watchers: number) => void;
  readonly watchersChanged: (of: GroupVersionResource, by: 1 | -1) => void;
  readonly watchCut: (of: GroupVersionResource, reason: WatchCutReason) => void;
  readonly listBytesInFlight: (bytes: number) => void;
  /** The initial events that a client asked for were all made. */
  readonly watchListTook: (of: GroupVersionResource, scope: 'cluster' | 'namespace', seconds: number) => void;
  readonly listRefused: (of: GroupVersionResource) => void;
}

export interface DataDeps {
  readonly store: StoreReader;
  readonly cache: EncodedBodies;
  readonly freshness: ClusterSetFreshness;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly timer: Timer;
  readonly limits: DataLimits;
  /** Aborted when the process shuts down: all watches end. */
  readonly drain: AbortSignal;
  readonly metrics: DataMetrics;
}

/** The timer of the process; it does not keep the process alive. */
export const nodeTimer: Timer = (callback, delayMs) => {
  const timeout = setTimeout(callback, delayMs);
  timeout.unref();
  return () => clearTimeout(timeout);
};
