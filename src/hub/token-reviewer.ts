import { createHmac, randomBytes } from 'node:crypto';
import type { JsonObject } from '../kube/object.ts';
import type { RequestUser } from '../kube/request-user.ts';
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

/** `error` means that the hub could not be asked: the request is refused, never anonymous. */
export type TokenDecision = RequestUser | 'unauthenticated' | 'error';

export interface TokenReviewerDeps extends ReviewDeps {
  /** Audiences that a token must have one of; empty: those of the hub's kube-apiserver. */
  readonly audiences: readonly string[];
  /** Why the hub could not be asked, for our log; never holds a token. */
  readonly onError: (message: string) => void;
}

/** Asks the hub whose a bearer token is. Tokens are neither kept nor logged: the cache knows keyed hashes of them. */
export function createTokenReviewer(deps: TokenReviewerDeps): (token: string) => Promise<TokenDecision> {
  const hashKey = randomBytes(HASH_KEY_BYTES);
  const review = createReview(deps);
  const share = createSharedAnswers<TokenDecision>(
    createReviewCache({ clock: deps.clock, ttlMs: TTL_MS, entriesMax: ENTRIES_MAX }),
  );
  return (token) => {
    if (token === '' || Buffer.byteLength(token) > TOKEN_BYTES_MAX) return Promise.resolve('unauthenticated');
    const key = createHmac('sha256', hashKey).update(token).digest('base64');
    return share(key, async () => {
      const answer = await review(PATH, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(deps.audiences.length === 0 ? {} : { audiences: deps.audiences }) },
      });
      if (answer.ok) return { value: decide(answer.value, deps.audiences), cacheable: true };
      // A server's error text may quote what it was sent.
      deps.onError(`TokenReview failed: ${answer.error.message.replaceAll(token, '<token>')}`);
      return { value: 'error', cacheable: false };
    });
  };
}

function decide(review: JsonObject, audiences: readonly string[]): TokenDecision {
  const status = objectAt(review, 'status');
  if (status['authenticated'] !== true) return 'unauthenticated';
  const granted = textsAt(status, 'audiences');
  if (audiences.length > 0 && !audiences.some((audience) => granted.includes(audience))) return 'unauthenticated';
  return parseUser(objectAt(status, 'user')) ?? 'unauthenticated';
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
