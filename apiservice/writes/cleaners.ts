import { methodNotAllowed } from '../../src/kube/api-errors.ts';
import type { RequestUser } from '../../src/kube/request-user.ts';
import type { ResourceRequest } from '../types.ts';

/**
 * Controllers of a hub that remove or edit objects by themselves: the namespace controller and the garbage collector,
 * under their own accounts, or under the one of kube-controller-manager when it does not use them.
 */
const CLEANERS: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:namespace-controller',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:kube-controller-manager',
]);

/** Nothing that happens on a hub by itself may touch a member: what is shown here belongs to member clusters. */
export function refuseCleaners({ served, verb }: ResourceRequest, user: RequestUser): void {
  if (!CLEANERS.has(user.name)) return;
  const { group, definition } = served;
  const message = `${definition.resource} belong to member clusters: the controllers of this cluster neither delete nor change them`;
  throw methodNotAllowed({ group, resource: definition.resource }, verb, message);
}
