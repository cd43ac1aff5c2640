import { DOMAIN } from '../../kube/domain.ts';
import type { MemberHealth } from '../../kube/member-health.ts';
import type { JoinedState, ProfileFacts } from './profile-facts.ts';
import type { SelectedProperties } from './profile-properties.ts';

export const HEALTHY_CONDITION = 'ControlPlaneHealthy';
export const JOINED_CONDITION = 'Joined';
export const IDENTITY_CONDITION = `${DOMAIN}/IdentityUnique`;
export const PROPERTIES_CONDITION = `${DOMAIN}/PropertiesComplete`;

/** A condition without its times. */
export interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

const NEVER_CONTACTED: MemberHealth = {
  status: 'Unknown',
  reason: 'NeverContacted',
  message: 'the member has not answered yet',
};

/** The address leads elsewhere: nothing is known of the member itself. */
const LOST: MemberHealth = {
  status: 'Unknown',
  reason: 'MemberUnreachable',
  message: 'another cluster answers at the address of the member',
};

const JOINED: Readonly<Record<JoinedState, Omit<Verdict, 'type'>>> = {
  registered: { status: 'True', reason: 'Registered', message: '' },
  pending: { status: 'False', reason: 'Pending', message: 'the member has not been read yet' },
  identityMismatch: {
    status: 'False',
    reason: 'IdentityMismatch',
    message: 'another cluster answers at the address of the member; register it again if that is intended',
  },
  duplicateMember: {
    status: 'False',
    reason: 'DuplicateMember',
    message: 'the same cluster is registered under another name as well',
  },
  isHub: { status: 'False', reason: 'IsHub', message: 'this is the hub itself, which may not be a member here' },
};

const LEAVING: Omit<Verdict, 'type'> = {
  status: 'False',
  reason: 'Leaving',
  message: 'the member was unregistered; finalizers hold this object',
};

/** Without an observation the health of `before` stays. */
export function healthVerdict({ health, joined }: ProfileFacts, before: Verdict | undefined): Verdict {
  const observed = joined === 'identityMismatch' ? LOST : health;
  if (observed === undefined && before !== undefined) return before;
  return { type: HEALTHY_CONDITION, ...(observed ?? NEVER_CONTACTED) };
}

export function joinedVerdict({ joined }: ProfileFacts): Verdict {
  return { type: JOINED_CONDITION, ...JOINED[joined] };
}

export function leavingVerdict(): Verdict {
  return { type: JOINED_CONDITION, ...LEAVING };
}

export function identityVerdict({ identity }: ProfileFacts): Verdict | undefined {
  if (identity === undefined) return undefined;
  const { isUnique, reason, message } = identity;
  return { type: IDENTITY_CONDITION, status: isUnique ? 'True' : 'False', reason, message };
}

/** `selected` undefined: the properties are not known (any more). */
export function propertiesVerdict(
  { isForbiddenProperties }: ProfileFacts,
  selected: SelectedProperties | undefined,
): Verdict | undefined {
  if (isForbiddenProperties) {
    const message = 'our account may not read the ClusterProperties of the member; what was known of them is shown';
    return { type: PROPERTIES_CONDITION, status: 'Unknown', reason: 'Forbidden', message };
  }
  if (selected === undefined) return undefined;
  if (selected.incomplete !== undefined) return { type: PROPERTIES_CONDITION, status: 'False', ...selected.incomplete };
  return { type: PROPERTIES_CONDITION, status: 'True', reason: 'Complete', message: '' };
}
