import type {
  AccessEntry,
  ClusterSetView,
  IdentityVerdict,
  JoinedState,
  ProfileFacts,
  ProfileSettings,
  SettingFault,
} from '../../clusterset/index.ts';
import { judgeIdentities } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import type { MemberObservation } from '../../kube/member-health.ts';
import { keyOf, keyString } from '../../kube/object.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Members } from '../../members/index.ts';
import { tellsIdentity } from './identity-events.ts';
import { type AccessOptions, authorityFileOf, memberAccess, withAuthority } from './member-access.ts';
import type { MemberIds } from './member-ids.ts';
import type { Registrations, UsableRegistration } from './registrations.ts';

const JOINED: Readonly<Record<string, JoinedState>> = {
  IdentityMismatch: 'identityMismatch',
  DuplicateMember: 'duplicateMember',
  IsHub: 'isHub',
};

const NOTHING_OBSERVED: MemberObservation = {
  health: undefined,
  isConfirmed: false,
  isForbiddenProperties: undefined,
};

export interface ProfileFactsDeps {
  readonly members: Pick<Members, 'status' | 'observation'>;
  readonly identities: Pick<ClusterSetView['facts'], 'knownIdentities' | 'identityProblems'>;
  readonly registrationOf: Registrations['registrationOf'];
  readonly memberIds: MemberIds;
  readonly access: AccessOptions;
  /** The last usable text of a file with a certificate authority; undefined until there was one. */
  readonly authorityText: (path: string) => string | undefined;
  /** Whether they are shown under the older name, too. */
  readonly isMirrored: boolean;
}

/** What profiles are computed from, as of now. */
export interface ProfileFactsBook {
  /** Takes in what a member tells; true if profiles of other members may change with it. */
  readonly apply: (event: MemberEvent) => boolean;
  /** Has identities judged anew, when they are asked for next. */
  readonly identitiesChanged: () => void;
  readonly factsOf: (cluster: ClusterId) => ProfileFacts | undefined;
}

type RegisteredFacts = Pick<ProfileFacts, 'accessProviders' | 'settings' | 'memberId'>;

interface KnownAccess {
  /** The text that came from a file. */
  readonly authority: string | undefined;
  readonly entries: readonly AccessEntry[];
}

interface Properties {
  readonly objects: Map<string, KubeObject>;
  isRead: boolean;
}

export function createProfileFacts(deps: ProfileFactsDeps): ProfileFactsBook {
  const properties = new Map<ClusterId, Properties>();
  const accesses = new WeakMap<UsableRegistration, KnownAccess>();
  let identities: ReadonlyMap<ClusterId, IdentityVerdict> | undefined;
  const accessOf = (cluster: ClusterId, registration: UsableRegistration): readonly AccessEntry[] | undefined => {
    const file = authorityFileOf(registration);
    const authority = file === undefined ? undefined : deps.authorityText(file);
    // Without it consumers would trust somebody else.
    if (file !== undefined && authority === undefined) return undefined;
    const known = accesses.get(registration);
    if (known !== undefined && known.authority === authority) return known.entries;
    const complete = authority === undefined ? registration : withAuthority(registration, authority);
    const entries = memberAccess(cluster, complete, deps.access);
    accesses.set(registration, { authority, entries });
    return entries;
  };
  const registeredFacts = (cluster: ClusterId, identity: string | undefined): RegisteredFacts => {
    const registration = deps.registrationOf(cluster);
    // Where nobody knows whether an id was given, none is derived.
    if (registration === undefined) {
      const { memberId } = deps.memberIds.decide(cluster, { given: undefined, derived: undefined });
      return { accessProviders: undefined, settings: undefined, memberId };
    }
    const { profile } = registration;
    const { memberId, fault } = deps.memberIds.decide(cluster, { given: profile.memberId, derived: identity });
    return { accessProviders: accessOf(cluster, registration), settings: withFault(profile, fault), memberId };
  };
  return {
    apply: (event) => {
      if (event.type === 'left') properties.delete(event.cluster);
      else if (!('resource' in event) || event.resource !== 'clusterproperties') return false;
      else takeIn(properties, event);
      if (!tellsIdentity(event)) return false;
      identities = undefined;
      return true;
    },
    identitiesChanged: () => {
      identities = undefined;
    },
    factsOf: (cluster) => {
      const status = deps.members.status(cluster);
      if (status === undefined) return undefined;
      const own = properties.get(cluster);
      const { health, isConfirmed, isForbiddenProperties } = deps.members.observation(cluster) ?? NOTHING_OBSERVED;
      const joined = JOINED[status.reason ?? ''] ?? (isConfirmed ? 'registered' : undefined);
      identities ??= judgeIdentities(deps.identities.knownIdentities(), deps.identities.identityProblems());
      return {
        cluster,
        joined,
        ...{ fingerprint: status.fingerprint, version: status.version, lastContactMs: status.lastContactMs },
        ...{ health, isForbiddenProperties },
        properties: own?.isRead === true ? [...own.objects.values()] : undefined,
        identity: identities.get(cluster),
        ...registeredFacts(cluster, isAccepted(joined) ? status.fingerprint : undefined),
        isMirrored: deps.isMirrored,
      };
    },
  };
}

/** Only a cluster that was accepted, in this life or an earlier one, has an identity to issue an id from. */
function isAccepted(joined: JoinedState | undefined): boolean {
  return joined === 'registered' || joined === undefined;
}

function withFault(
  { isGiven, displayName, faults }: ProfileSettings,
  fault: SettingFault | undefined,
): ProfileSettings {
  return { isGiven, displayName, faults: fault === undefined ? faults : [...faults, fault] };
}

function takeIn(
  properties: Map<ClusterId, Properties>,
  event: Extract<MemberEvent, { readonly resource: unknown }>,
): void {
  const own = properties.get(event.cluster) ?? { objects: new Map<string, KubeObject>(), isRead: false };
  properties.set(event.cluster, own);
  if (event.type === 'synced') {
    own.isRead = true;
    return;
  }
  for (const object of event.applied) own.objects.set(keyString(keyOf(object)), object);
  for (const key of event.deleted) own.objects.delete(keyString(key));
}
