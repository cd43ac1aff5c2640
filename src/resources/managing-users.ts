import type { RequestUser } from '../kube/request-user.ts';
import type { AdmissionPolicy } from './admission.ts';

/** Components of Kubernetes that act for nobody: the garbage collector and the namespace controller run as the first. */
const SYSTEM_USERS: readonly string[] = ['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver'];

/** Of every service account in kube-system, where the controllers of Kubernetes have theirs. */
const SYSTEM_GROUP = 'system:serviceaccounts:kube-system';

/** Users of Kubernetes itself, whom no rule about writers and no webhook of ours may stop. */
export function isSystemUser({ name, groups }: RequestUser): boolean {
  return SYSTEM_USERS.includes(name) || groups.includes(SYSTEM_GROUP);
}

/** The same in CEL, of `request.userInfo`. */
export const IS_SYSTEM_USER_CEL =
  `request.userInfo.username in [${SYSTEM_USERS.map((name) => `'${name}'`).join(', ')}]` +
  ` || (has(request.userInfo.groups) && '${SYSTEM_GROUP}' in request.userInfo.groups)`;

/** `mayManage` in the CEL of a policy that needs controllers; users of Kubernetes itself are not judged at all. */
export const CEL_MAY_MANAGE =
  '(request.userInfo.username in variables.controllers || request.userInfo.username in variables.administrators)';

/**
 * Whether what belongs to the MCS implementation may be written by this user. While no controller is named everybody may:
 * the implementation cannot be told from others.
 */
export function mayManage(user: RequestUser, { controllers, administrators }: AdmissionPolicy): boolean {
  return (
    controllers.length === 0 ||
    controllers.includes(user.name) ||
    administrators.includes(user.name) ||
    isSystemUser(user)
  );
}
