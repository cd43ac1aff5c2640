import type { SettingFault } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';

export interface MemberIdsDeps {
  /** The id that profiles of the member are served with; undefined without one. */
  readonly servedId: (cluster: ClusterId) => string | undefined;
  readonly isRegistered: (cluster: ClusterId) => boolean;
  /** Ids of profiles that were kept over our restart. */
  readonly kept: Iterable<readonly [ClusterId, string]>;
  /** Why the id that was given is not used: told when it becomes so, or is so for another reason. */
  readonly onFault: (cluster: ClusterId, fault: SettingFault) => void;
}

export interface WantedId {
  /** By whoever registered the member. */
  readonly given: string | undefined;
  /** From the identity of the cluster itself; undefined until it was accepted. */
  readonly derived: string | undefined;
}

export interface DecidedId {
  readonly memberId: string | undefined;
  readonly fault: SettingFault | undefined;
}

/** Which member has which id: an id belongs to the first that has it, and a member keeps the one that it has. */
export interface MemberIds {
  readonly decide: (cluster: ClusterId, wanted: WantedId) => DecidedId;
}

export function createMemberIds(deps: MemberIdsDeps): MemberIds {
  /** What each member has or is about to have: profiles that are only about to be made are in no store yet. */
  const claims = new Map<ClusterId, string>(deps.kept);
  const told = new Map<ClusterId, string>();
  const otherHolder = (id: string, cluster: ClusterId): ClusterId | undefined => {
    for (const [other, claimed] of claims) {
      if (!deps.isRegistered(other) && deps.servedId(other) === undefined) forget(other);
      else if (claimed === id && other !== cluster) return other;
    }
    return undefined;
  };
  const forget = (cluster: ClusterId): void => {
    claims.delete(cluster);
    told.delete(cluster);
  };
  const chooseDerived = (cluster: ClusterId, derived: string | undefined, fault?: SettingFault): DecidedId => {
    const had = deps.servedId(cluster);
    if (had !== undefined) return { memberId: had, fault };
    const rival = derived === undefined ? undefined : otherHolder(derived, cluster);
    if (derived === undefined || rival === undefined) return { memberId: derived, fault };
    return { memberId: undefined, fault: fault ?? duplicateFault(derived, rival) };
  };
  const choose = (cluster: ClusterId, { given, derived }: WantedId): DecidedId => {
    if (given === undefined) return chooseDerived(cluster, derived);
    const holder = otherHolder(given, cluster);
    if (holder !== undefined) return chooseDerived(cluster, derived, duplicateFault(given, holder));
    const had = deps.servedId(cluster) ?? given;
    return { memberId: had, fault: had === given ? undefined : keptFault(given, had) };
  };
  return {
    decide: (cluster, wanted) => {
      const decided = choose(cluster, wanted);
      const { fault } = decided;
      if (fault !== undefined && told.get(cluster) !== fault.message) deps.onFault(cluster, fault);
      if (fault === undefined) told.delete(cluster);
      else told.set(cluster, fault.message);
      if (decided.memberId === undefined) claims.delete(cluster);
      else claims.set(cluster, decided.memberId);
      return decided;
    },
  };
}

function duplicateFault(id: string, holder: ClusterId): SettingFault {
  return { reason: 'DuplicateMemberID', message: `member id "${id}" is that of member "${holder}" already` };
}

/** Consumers know the member by it (KEP-4322): another id would be another member. */
function keptFault(given: string, had: string): SettingFault {
  const message = `member id "${given}" was given later: profiles keep "${had}" until the member is registered anew`;
  return { reason: 'MemberIDKept', message };
}
