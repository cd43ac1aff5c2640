import type { ClusterId } from '../kube/cluster-id.ts';
import type { Condition } from '../kube/condition.ts';
import { AGREEMENT_MESSAGE, describeConflicts, describeStanding } from './conflict-message.ts';
import { NO_CONFLICTS_REASON } from './conflict-reason.ts';
import type { ServiceMerge } from './merge.ts';

/** A condition without its history. */
export interface ConditionVerdict {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
  /** Generation of the object that was judged; undefined where that object has none. */
  readonly observedGeneration: number | undefined;
}

/** What the next condition of a type needs of the one before. */
export type Transition = Pick<Condition, 'type' | 'status' | 'lastTransitionTime'>;

/** What conditions know of the past and of the present, both given from outside. */
export interface ConditionHistory {
  readonly previous: readonly Transition[];
  /** RFC 3339, UTC, whole seconds. */
  readonly now: string;
}

/** lastTransitionTime moves only with the status; a new reason or message keeps it. */
export function toCondition(verdict: ConditionVerdict, { previous, now }: ConditionHistory): Condition {
  const { type, status, reason, message, observedGeneration } = verdict;
  const before = previous.find((transition) => transition.type === type);
  return {
    type,
    status,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
    reason,
    message,
  };
}

/** The texts of a Conflict condition; they differ between the exports of a name only in the last sentence. */
export interface ConflictVerdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** The Conflict condition of the name as a whole: True on every valid export as soon as two of them disagree. */
export function judgeConflict(merge: ServiceMerge): ConflictVerdict {
  if (merge.conflicts.length === 0) {
    return { status: 'False', reason: NO_CONFLICTS_REASON, message: AGREEMENT_MESSAGE };
  }
  // Several reasons are joined by a comma and nothing else: the pattern for reasons allows no space.
  const reason = merge.conflicts.map((conflict) => conflict.reason).join(',');
  return { status: 'True', reason, message: describeConflicts(merge) };
}

/** The same as seen from one valid export. */
export function conflictFor(verdict: ConflictVerdict, merge: ServiceMerge, cluster: ClusterId): ConflictVerdict {
  if (verdict.status === 'False') return verdict;
  return { ...verdict, message: `${verdict.message} ${describeStanding(merge, cluster)}` };
}
