import type { MemberResource } from '../kube/member-event.ts';
import { MEMBER_RESOURCES } from './member-resource.ts';

/** How many objects may be held: of one resource by all members, and of all resources by one member. */
export interface ObjectLimits {
  readonly objectsMax: Readonly<Record<MemberResource, number>>;
  readonly memberObjectsMax: number;
}

/** The stated size of one process: 200 members, 50,000 exports, 500,000 Services in all. */
export const DEFAULT_OBJECT_LIMITS: ObjectLimits = {
  objectsMax: {
    serviceexports: 50_000,
    services: 500_000,
    namespaces: 200_000,
    clusterproperties: 20_000,
    endpointslices: 200_000,
  },
  memberObjectsMax: 250_000,
};

/** Counts what all members hold, so that one of them cannot fill the process. */
export interface ObjectBudget {
  /** Sets what a member holds of a resource; false, and nothing is set, when that would be too much. Less is always granted. */
  readonly hold: (member: string, resource: MemberResource, objects: number) => boolean;
  readonly release: (member: string) => void;
}

export function createObjectBudget(limits: ObjectLimits): ObjectBudget {
  const totals = new Map<MemberResource, number>();
  const perMember = new Map<string, { all: number; held: Map<MemberResource, number> }>();
  return {
    hold: (member, resource, objects) => {
      const own = perMember.get(member) ?? { all: 0, held: new Map<MemberResource, number>() };
      const added = objects - (own.held.get(resource) ?? 0);
      const total = (totals.get(resource) ?? 0) + added;
      const isTooMuch = total > limits.objectsMax[resource] || own.all + added > limits.memberObjectsMax;
      if (added > 0 && isTooMuch) return false;
      totals.set(resource, total);
      own.held.set(resource, objects);
      own.all += added;
      perMember.set(member, own);
      return true;
    },
    release: (member) => {
      const held = perMember.get(member)?.held;
      perMember.delete(member);
      for (const resource of MEMBER_RESOURCES) {
        totals.set(resource, (totals.get(resource) ?? 0) - (held?.get(resource) ?? 0));
      }
    },
  };
}
