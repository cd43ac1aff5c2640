import type { MemberStatus } from '../kube/member-event.ts';
import { isRefused } from './member-status.ts';

export interface InitialSyncFacts {
  /** Registration sources that have not reported their members once. */
  readonly sourcesPending: number;
  readonly statuses: readonly MemberStatus[];
  /** Since the process started. */
  readonly elapsedMs: number;
  readonly initialSyncMs: number;
}

/**
 * Whether answers may be given. Before that an empty list would only be ignorance, and others would delete things
 * because of it. Once over it stays over (`wasOver`): a member that joins later is a stale member, not a new beginning.
 */
export function isInitialSyncOver(wasOver: boolean, facts: InitialSyncFacts): boolean {
  if (wasOver || facts.elapsedMs >= facts.initialSyncMs) return true;
  return facts.sourcesPending === 0 && facts.statuses.every(isSettled);
}

function isSettled(status: MemberStatus): boolean {
  return status.synced || status.phase === 'left' || isRefused(status);
}
