import { createHash } from 'node:crypto';
import type { JsonObject } from '../kube/object.ts';
import type { AuthorizationDecision, Authorize, RequestAction, RequestUser } from '../kube/request-user.ts';
import { objectAt, textAt } from './hub-request.ts';
import { createReviewCache } from './review-cache.ts';
import type { ReviewDeps } from './reviews.ts';
import { createReview } from './reviews.ts';
import { createSharedAnswers } from './shared-answers.ts';

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const ALLOWED_TTL_MS = 10_000;
const DENIED_TTL_MS = 10_000;
const ENTRIES_MAX = 8192;
/** What the caller chooses freely (names, paths) above this size is asked each time. */
const CACHED_ATTRIBUTES_BYTES_MAX = 10_000;
const ALWAYS_ALLOWED_GROUP = 'system:masters';
const ALWAYS_ALLOWED_PATHS = new Set(['/healthz', '/livez', '/readyz']);

/** Asks the hub whether a user may do something; what cannot be asked is an error, never allowed. */
export function createAuthorizer(deps: ReviewDeps): Authorize {
  const review = createReview(deps);
  const limits = { clock: deps.clock, entriesMax: ENTRIES_MAX };
  const allowed = createReviewCache<AuthorizationDecision>({ ...limits, ttlMs: ALLOWED_TTL_MS });
  const denied = createReviewCache<AuthorizationDecision>({ ...limits, ttlMs: DENIED_TTL_MS });
  const share = createSharedAnswers<AuthorizationDecision>({
    get: (key) => allowed.get(key) ?? denied.get(key),
    set: (key, value) => (value.type === 'allow' ? allowed : denied).set(key, value),
  });
  return (user, action) => {
    if (isAlwaysAllowed(user, action)) return Promise.resolve({ type: 'allow' });
    const attributes = attributesOf(action);
    const spec = { ...subjectOf(user), ...attributes };
    const small = Buffer.byteLength(JSON.stringify(attributes)) <= CACHED_ATTRIBUTES_BYTES_MAX;
    const key = createHash('sha256').update(JSON.stringify(spec)).digest('base64');
    return share(key, async () => {
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
      const answer = await review(PATH, body);
      const value = answer.ok ? decide(answer.value) : unavailable(answer.error.message);
      return { value, cacheable: small && value.type !== 'error' };
    });
  };
}

/** As every delegating API server: the superuser group and the health paths need no review. */
function isAlwaysAllowed(user: RequestUser, action: RequestAction): boolean {
  if (user.groups.includes(ALWAYS_ALLOWED_GROUP)) return true;
  return action.type === 'nonResource' && ALWAYS_ALLOWED_PATHS.has(action.path);
}

/** Keys in a fixed order: the text of the specification is the cache's key. */
function subjectOf(user: RequestUser): JsonObject {
  const extra = Object.entries(user.extra).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    user: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

function attributesOf(action: RequestAction): JsonObject {
  if (action.type === 'nonResource') return { nonResourceAttributes: { path: action.path, verb: action.verb } };
  return {
    resourceAttributes: {
      namespace: action.namespace,
      verb: action.verb,
      group: action.group,
      version: action.version,
      resource: action.resource,
      subresource: action.subresource,
      name: action.name,
    },
  };
}

function decide(review: JsonObject): AuthorizationDecision {
  const status = objectAt(review, 'status');
  const isDenied = status['denied'] === true;
  if (status['allowed'] === true) return isDenied ? unavailable('it was both allowed and denied') : { type: 'allow' };
  return { type: 'deny', reason: textAt(status, 'reason') ?? '' };
}

function unavailable(message: string): AuthorizationDecision {
  return { type: 'error', message: `SubjectAccessReview failed: ${message}` };
}
