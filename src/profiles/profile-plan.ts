import type { ProfileFacts, ProfileRecord, PropertySelection } from '../clusterset/index.ts';
import { leavingVerdict, nextShown, NO_OVERLAY, NOTHING_SHOWN } from '../clusterset/index.ts';
import { formatTime } from '../kube/time.ts';

/** What becomes of one profile. */
export type ProfilePlan =
  | { readonly type: 'nothing' }
  | { readonly type: 'create'; readonly record: ProfileRecord }
  /** A change of what is computed: counts against the budget of updates. */
  | { readonly type: 'update'; readonly record: ProfileRecord }
  /** Finalizers hold it: it is served as being deleted. */
  | { readonly type: 'leave'; readonly record: ProfileRecord }
  | { readonly type: 'remove' };

export interface PlanContext {
  readonly namespace: string;
  readonly manager: string;
  readonly selection: PropertySelection;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly newUid: () => string;
}

/** Whether there is to be a profile; `unknown`: one that exists stays, none is made. */
export type Wanted = { readonly type: 'yes'; readonly facts: ProfileFacts } | { readonly type: 'no' | 'unknown' };

const NOTHING: ProfilePlan = { type: 'nothing' };

export function planProfile(record: ProfileRecord | undefined, wanted: Wanted, context: PlanContext): ProfilePlan {
  if (record === undefined) return wanted.type === 'yes' ? create(wanted.facts, context) : NOTHING;
  if (wanted.type === 'unknown') return NOTHING;
  const isHeld = record.overlay.finalizers.length > 0;
  const isEnding = mustGo(record, wanted, context);
  if (isEnding && !isHeld) return { type: 'remove' };
  if (isEnding && record.deletionTimestamp === undefined) return leave(record, wanted, context);
  return wanted.type === 'yes' ? update(record, wanted.facts, context) : NOTHING;
}

function mustGo(record: ProfileRecord, wanted: Wanted, { manager }: PlanContext): boolean {
  return record.deletionTimestamp !== undefined || wanted.type === 'no' || record.manager !== manager;
}

function create(facts: ProfileFacts, context: PlanContext): ProfilePlan {
  const { namespace, manager, nowMs, newUid } = context;
  const record: ProfileRecord = {
    namespace,
    manager,
    uid: newUid(),
    creationTimestamp: formatTime(nowMs),
    generation: 1,
    displayName: facts.settings?.displayName ?? facts.cluster,
    givenDisplayName: facts.settings?.displayName,
    memberId: facts.memberId,
    deletionTimestamp: undefined,
    resourceVersion: undefined,
    overlay: NO_OVERLAY,
    shown: nextShown(NOTHING_SHOWN, facts, { ...context, isLeaving: false }),
  };
  return { type: 'create', record };
}

function update(record: ProfileRecord, facts: ProfileFacts, context: PlanContext): ProfilePlan {
  const isLeaving = record.deletionTimestamp !== undefined;
  const shown = nextShown(record.shown, facts, { ...context, isLeaving });
  const memberId = record.memberId ?? facts.memberId;
  const naming = namingOf(record, facts);
  const isRenamed = naming.displayName !== record.displayName;
  // Who gave a name is kept with the next change that can be seen: it is none by itself.
  if (shown === record.shown && memberId === record.memberId && !isRenamed) return NOTHING;
  const generation = isRenamed ? record.generation + 1 : record.generation;
  return { type: 'update', record: { ...record, shown, memberId, generation, ...naming } };
}

/**
 * The display name belongs to whoever changed it last, a client or the registration. Where the registration takes its name
 * back, the profile is called as its member again.
 */
function namingOf(
  { displayName, givenDisplayName }: ProfileRecord,
  { cluster, settings }: ProfileFacts,
): Pick<ProfileRecord, 'displayName' | 'givenDisplayName'> {
  const given = settings === undefined ? givenDisplayName : settings.displayName;
  if (given === givenDisplayName) return { displayName, givenDisplayName };
  const withoutGiven = displayName === givenDisplayName ? cluster : displayName;
  return { displayName: given ?? withoutGiven, givenDisplayName: given };
}

/** Kubernetes counts the beginning of a deletion as a change of what is wanted. */
function leave(record: ProfileRecord, wanted: Wanted, context: PlanContext): ProfilePlan {
  const shown =
    wanted.type === 'yes'
      ? nextShown(record.shown, wanted.facts, { ...context, isLeaving: true })
      : withLeaving(record, context);
  const deletionTimestamp = formatTime(context.nowMs);
  return { type: 'leave', record: { ...record, shown, generation: record.generation + 1, deletionTimestamp } };
}

/** Nothing is known of the member any more: all but the condition stays. */
function withLeaving({ shown }: ProfileRecord, context: PlanContext): ProfileRecord['shown'] {
  const leaving = leavingVerdict();
  const conditions = shown.conditions.map((condition) => {
    if (condition.type !== leaving.type) return condition;
    const lastTransitionTime =
      condition.status === leaving.status ? condition.lastTransitionTime : formatTime(context.nowMs);
    return { ...leaving, lastTransitionTime };
  });
  return { ...shown, conditions };
}
