import { forbidden, internalError, quoted } from '../../src/kube/api-errors.ts';
import type { ApiStatusError } from '../../src/kube/api-status.ts';
import { exhausted } from '../../src/kube/outcome.ts';
import type { Authorize, RequestAction, RequestUser } from '../../src/kube/request-user.ts';

/** The group that is allowed everything, as in every kube-apiserver. */
export const PRIVILEGED_GROUP = 'system:masters';
/** Open to everybody, exactly these: probes have no credentials. Named checks below them are not. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** undefined allows; otherwise the 403 or 500 to answer. An authorizer that cannot be asked never allows. */
export type AuthorizationFilter = (user: RequestUser, action: RequestAction) => Promise<ApiStatusError | undefined>;

export function createAuthorizationFilter(authorize: Authorize): AuthorizationFilter {
  return async (user, action) => {
    if (isPrivileged(user)) return undefined;
    if (action.type === 'nonResource' && OPEN_PATHS.has(action.path)) return undefined;
    const decision = await authorize(user, action);
    switch (decision.type) {
      case 'allow':
        return undefined;
      case 'deny':
        return refusal(user, action, decision.reason);
      case 'error':
        return internalError('the authorizer could not be asked', new Error(decision.message));
      default:
        return exhausted(decision);
    }
  };
}

export function isPrivileged(user: RequestUser): boolean {
  return user.groups.includes(PRIVILEGED_GROUP);
}

function refusal(user: RequestUser, action: RequestAction, reason: string): ApiStatusError {
  const sentence = withoutMarkup(describe(user, action));
  const because = reason === '' ? sentence : `${sentence}: ${reason}`;
  if (action.type === 'nonResource') return forbidden({ group: '', resource: '' }, '', because);
  return forbidden({ group: action.group, resource: action.resource }, action.name, because);
}

function describe(user: RequestUser, action: RequestAction): string {
  const who = `User ${quoted(user.name)} cannot ${action.verb}`;
  if (action.type === 'nonResource') return `${who} path ${quoted(action.path)}`;
  const resource = action.subresource === '' ? action.resource : `${action.resource}/${action.subresource}`;
  const where = action.namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(action.namespace)}`;
  return `${who} resource ${quoted(resource)} in API group ${quoted(action.group)} ${where}`;
}

/** Names come from the caller: nothing in the sentence may read as HTML. */
function withoutMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
