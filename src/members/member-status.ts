import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberPhase, MemberResource, MemberStatus } from '../kube/member-event.ts';
import type { Failure } from './failure.ts';
import { failureReason } from './failure.ts';

/** Why a member that answers is not used. */
export type RefusalReason = 'DuplicateMember' | 'IsHub' | 'IdentityMismatch' | 'TooLarge';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** All that a member's status is computed from. */
export interface MemberFacts {
  readonly cluster: ClusterId;
  readonly hasLeft: boolean;
  readonly refusal: Refusal | undefined;
  /** The member as a whole cannot be reached or asked. */
  readonly contactProblem: Failure | undefined;
  /** In the order in which they are told. */
  readonly resourceProblems: readonly { readonly resource: MemberResource; readonly failure: Failure }[];
  /** Why the newest form of its registration cannot be used; an earlier one stands. */
  readonly registrationProblem: string | undefined;
  /** Every resource had a first complete state, live or restored. */
  readonly isSynced: boolean;
  /** Every resource has a complete state that came from the member itself in this life. */
  readonly isCurrent: boolean;
  readonly invalidObjects: number;
  readonly invalidExample: string | undefined;
  readonly lastContactMs: number | undefined;
  readonly fingerprint: string | undefined;
  readonly version: string | undefined;
  readonly clockSkewSeconds: number | undefined;
  /** 0 while the clock counts as right. */
  readonly coarseSkewSeconds: number;
}

interface Trouble {
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

const NO_TROUBLE: Trouble = { reason: undefined, message: undefined };

export function computeStatus(facts: MemberFacts): MemberStatus {
  const hindrance = hindranceOf(facts);
  const { reason, message } = hindrance ?? flaw(facts);
  return {
    cluster: facts.cluster,
    phase: phaseOf(facts, hindrance !== undefined),
    synced: facts.isSynced,
    lastContactMs: facts.lastContactMs,
    fingerprint: facts.fingerprint,
    version: facts.version,
    reason,
    message,
    clockSkewSeconds: facts.clockSkewSeconds,
  };
}

/** Refused members are settled: nobody waits for their content. */
export function isRefused(status: MemberStatus): boolean {
  return REFUSALS.has(status.reason ?? '');
}

const REFUSALS: ReadonlySet<string> = new Set<RefusalReason>([
  'DuplicateMember',
  'IsHub',
  'IdentityMismatch',
  'TooLarge',
]);

/** Equal in everything that is told to people; the time of contact moves all the time. */
export function isSameStatus(a: MemberStatus, b: MemberStatus): boolean {
  return (
    a.phase === b.phase &&
    a.synced === b.synced &&
    a.fingerprint === b.fingerprint &&
    a.version === b.version &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.clockSkewSeconds === b.clockSkewSeconds
  );
}

function phaseOf(facts: MemberFacts, isHindered: boolean): MemberPhase {
  if (facts.hasLeft) return 'left';
  if (!facts.isSynced) return 'pending';
  return isHindered ? 'stale' : 'live';
}

/** What keeps the member from being live, the most telling first. */
function hindranceOf(facts: MemberFacts): Trouble | undefined {
  if (facts.refusal !== undefined) return facts.refusal;
  if (facts.contactProblem !== undefined) return troubleOf(facts.contactProblem, 'namespaces');
  const first = facts.resourceProblems[0];
  if (first !== undefined) return troubleOf(first.failure, first.resource);
  if (facts.isSynced && facts.isCurrent) return undefined;
  return { reason: 'Syncing', message: 'the first complete state is being read' };
}

function troubleOf(failure: Failure, resource: MemberResource): Trouble {
  return { reason: failureReason(failure, resource), message: failure.message };
}

/** A live member may be reached by an old registration, hold objects that we had to drop, or have a wrong clock. */
function flaw(facts: MemberFacts): Trouble {
  const flaws = [registrationFlaw(facts), invalidity(facts), clockFlaw(facts)].filter((one) => one !== undefined);
  const [first = NO_TROUBLE] = flaws;
  return flaws.length < 2 ? first : { ...first, message: flaws.map(({ message }) => message).join('; ') };
}

function registrationFlaw({ registrationProblem }: MemberFacts): Trouble | undefined {
  return registrationProblem === undefined
    ? undefined
    : { reason: 'RegistrationInvalid', message: `its registration cannot be used any more: ${registrationProblem}` };
}

function invalidity({ invalidObjects, invalidExample }: MemberFacts): Trouble | undefined {
  if (invalidObjects === 0) return undefined;
  const example = invalidExample === undefined ? '' : `, for example ${invalidExample}`;
  return { reason: 'InvalidObjects', message: `${invalidObjects} malformed objects are not shown${example}` };
}

function clockFlaw({ coarseSkewSeconds }: MemberFacts): Trouble | undefined {
  if (coarseSkewSeconds === 0) return undefined;
  const direction = coarseSkewSeconds > 0 ? 'ahead of' : 'behind';
  return { reason: 'ClockSkew', message: `its clock is about ${Math.abs(coarseSkewSeconds)} s ${direction} ours` };
}
