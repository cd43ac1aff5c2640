import type {
  AccessEntry,
  ClusterSetView,
  IdentityVerdict,
  JoinedState,
  ProfileFacts,
} from '../../clusterset/index.ts';
import { judgeIdentities } from '../../clusterset/index.ts';
import type { ConnectionSettings } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import type { MemberObservation } from '../../kube/member-health.ts';
import { keyOf, keyString } from '../../kube/object.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Members } from '../../members/index.ts';
import { tellsIdentity } from './identity-events.ts';
import { memberAccess } from './member-access.ts';

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
  /** How a member is reached; undefined while its registration cannot be read. */
  readonly settingsOf: (cluster: ClusterId) => ConnectionSettings | undefined;
  /** Name of the access provider under which members are published; '' publishes none. */
  readonly accessProvider: string;
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

interface Properties {
  readonly objects: Map<string, KubeObject>;
  isRead: boolean;
}

export function createProfileFacts(deps: ProfileFactsDeps): ProfileFactsBook {
  const properties = new Map<ClusterId, Properties>();
  const accesses = new WeakMap<ConnectionSettings, readonly AccessEntry[]>();
  let identities: ReadonlyMap<ClusterId, IdentityVerdict> | undefined;
  const accessOf = (cluster: ClusterId): readonly AccessEntry[] | undefined => {
    const settings = deps.settingsOf(cluster);
    if (settings === undefined) return undefined;
    const access = accesses.get(settings) ?? memberAccess(settings, deps.accessProvider, cluster);
    accesses.set(settings, access);
    return access;
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
      identities ??= judgeIdentities(deps.identities.knownIdentities(), deps.identities.identityProblems());
      return {
        cluster,
        joined: JOINED[status.reason ?? ''] ?? (isConfirmed ? 'registered' : undefined),
        ...{ fingerprint: status.fingerprint, version: status.version, lastContactMs: status.lastContactMs },
        ...{ health, isForbiddenProperties },
        properties: own?.isRead === true ? [...own.objects.values()] : undefined,
        identity: identities.get(cluster),
        ...{ accessProviders: accessOf(cluster), isMirrored: deps.isMirrored },
        displayName: undefined,
        memberId: undefined,
      };
    },
  };
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
