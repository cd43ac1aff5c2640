import { createHmac, randomBytes } from 'node:crypto';
import type { JsonObject } from '../kube/object.ts';
import type { RequestUser, ReviewToken, TokenDecision } from '../kube/request-user.ts';
import { objectAt, textAt, textsAt } from './hub-request.ts';
import { createReviewCache } from './review-cache.ts';
import type { ReviewDeps } from './reviews.ts';
import { createReview } from './reviews.ts';
import { createSharedAnswers } from './shared-answers.ts';

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const TTL_MS = 10_000;
const ENTRIES_MAX = 8192;
/** Longer than any token that a kube-apiserver accepts in a header. */
const TOKEN_BYTES_MAX = 64 * 1024;
const HASH_KEY_BYTES = 32;

export interface TokenReviewerDeps extends ReviewDeps {
  /** Audiences that a token must have one of; empty: those of the hub's kube-apiserver. */
  readonly audiences: readonly string[];
}

/** Asks the hub whose a bearer token is. Tokens are neither kept nor logged: the cache knows keyed hashes of them. */
export function createTokenReviewer(deps: TokenReviewerDeps): ReviewToken {
  const hashKey = randomBytes(HASH_KEY_BYTES);
  const review = createReview(deps);
  const share = createSharedAnswers<TokenDecision>(
    createReviewCache({ clock: deps.clock, ttlMs: TTL_MS, entriesMax: ENTRIES_MAX }),
  );
  return (token) => {
    if (token === '' || Buffer.byteLength(token) > TOKEN_BYTES_MAX) return Promise.resolve({ type: 'rejected' });
    const key = createHmac('sha256', hashKey).update(token).digest('base64');
    return share(key, async () => {
      const answer = await review(PATH, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(deps.audiences.length === 0 ? {} : { audiences: deps.audiences }) },
      });
      const value = answer.ok ? decide(answer.value, deps.audiences) : refusal(answer.error.message, token);
      return { value, cacheable: value.type !== 'error' };
    });
  };
}

function decide(review: JsonObject, audiences: readonly string[]): TokenDecision {
  const status = objectAt(review, 'status');
  if (status['authenticated'] !== true) return { type: 'rejected' };
  const granted = textsAt(status, 'audiences');
  if (audiences.length > 0 && !audiences.some((audience) => granted.includes(audience))) return { type: 'rejected' };
  const user = parseUser(objectAt(status, 'user'));
  return user === undefined ? { type: 'rejected' } : { type: 'authenticated', user };
}

function parseUser(user: JsonObject): RequestUser | undefined {
  const name = textAt(user, 'username');
  if (name === undefined || name === '') return undefined;
  const extra = objectAt(user, 'extra');
  const uid = textAt(user, 'uid');
  return {
    name,
    uid: uid === '' ? undefined : uid,
    groups: textsAt(user, 'groups'),
    extra: Object.fromEntries(Object.keys(extra).map((key) => [key, textsAt(extra, key)])),
  };
}

/** A server's error text may quote what it was sent. */
function refusal(message: string, token: string): TokenDecision {
  return { type: 'error', message: `TokenReview failed: ${message.replaceAll(token, '<token>')}` };
}
