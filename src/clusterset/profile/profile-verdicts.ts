import { DOMAIN } from '../../kube/domain.ts';
import type { MemberHealth } from '../../kube/member-health.ts';
import type { JoinedState, ProfileFacts } from './profile-facts.ts';
import type { SelectedProperties } from './profile-properties.ts';

export const HEALTHY_CONDITION = 'ControlPlaneHealthy';
export const JOINED_CONDITION = 'Joined';
export const IDENTITY_CONDITION = `${DOMAIN}/IdentityUnique`;
export const SETTINGS_CONDITION = `${DOMAIN}/SettingsApplied`;
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
export function healthVerdict({ health, joined }: JudgedFacts, before: Verdict | undefined): Verdict {
  const observed = joined === 'identityMismatch' ? LOST : health;
  if (observed === undefined && before !== undefined) return before;
  return { type: HEALTHY_CONDITION, ...(observed ?? NEVER_CONTACTED) };
}

export function joinedVerdict({ joined }: JudgedFacts): Verdict {
  return { type: JOINED_CONDITION, ...JOINED[joined] };
}

/** Facts of a member of which it is decided whether it belongs here. */
export type JudgedFacts = ProfileFacts & { readonly joined: JoinedState };

/** While the member has not answered in this life, what was found out in an earlier one (and is shown as `before`) counts. */
export function judgeJoined(facts: ProfileFacts, before: readonly Verdict[]): JudgedFacts {
  const reason = before.find(({ type }) => type === JOINED_CONDITION)?.reason;
  const known = JOINED_STATES.find((state) => JOINED[state].reason === reason);
  return { ...facts, joined: facts.joined ?? known ?? (facts.fingerprint === undefined ? 'pending' : 'registered') };
}

const JOINED_STATES: readonly JoinedState[] = ['registered', 'pending', 'identityMismatch', 'duplicateMember', 'isHub'];

export function leavingVerdict(): Verdict {
  return { type: JOINED_CONDITION, ...LEAVING };
}

/** While the member's properties were not read in this life, what was said of its identity stays. */
export function identityVerdict(
  { identity, properties }: ProfileFacts,
  before: Verdict | undefined,
): Verdict | undefined {
  if (identity === undefined) return properties === undefined ? before : undefined;
  const { isUnique, reason, message } = identity;
  return { type: IDENTITY_CONDITION, status: isUnique ? 'True' : 'False', reason, message };
}

/** Nothing is told of the settings of a member of which nothing was said. */
export function settingsVerdict({ settings }: ProfileFacts, before: Verdict | undefined): Verdict | undefined {
  if (settings === undefined) return before;
  const [fault] = settings.faults;
  if (fault === undefined) {
    return settings.isGiven ? { type: SETTINGS_CONDITION, status: 'True', reason: 'Applied', message: '' } : undefined;
  }
  const message = settings.faults.map((one) => one.message).join('; ');
  return { type: SETTINGS_CONDITION, status: 'False', reason: fault.reason, message };
}

const FORBIDDEN = 'Forbidden';

/** `selected` undefined: the properties are not known (any more); then, and until they can be read again, `before` stays. */
export function propertiesVerdict(
  { isForbiddenProperties }: ProfileFacts,
  { selected, before }: { readonly selected: SelectedProperties | undefined; readonly before: Verdict | undefined },
): Verdict | undefined {
  if (isForbiddenProperties === true) {
    const message = 'our account may not read the ClusterProperties of the member; what was known of them is shown';
    return { type: PROPERTIES_CONDITION, status: 'Unknown', reason: FORBIDDEN, message };
  }
  const stillForbidden = isForbiddenProperties === undefined && before?.reason === FORBIDDEN;
  if (selected === undefined || stillForbidden) return before;
  if (selected.incomplete !== undefined) return { type: PROPERTIES_CONDITION, status: 'False', ...selected.incomplete };
  return { type: PROPERTIES_CONDITION, status: 'True', reason: 'Complete', message: '' };
}
