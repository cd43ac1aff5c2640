import type { KubeConnection } from '../connection/index.ts';
import type { JsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed } from '../kube/outcome.ts';
import type { HubFailure } from './hub-request.ts';
import { askHub } from './hub-request.ts';

/** All tries of one review together; a request waits no longer than this for its reviewer. */
const REVIEW_TIMEOUT_MS = 10_000;
/** The same steps as kube-apiserver's delegated authentication and authorization. */
const TRIES_MAX = 5;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_FACTOR = 1.5;
const BACKOFF_JITTER = 0.2;
const REVIEWS_IN_FLIGHT_MAX = 64;
const REVIEWS_WAITING_MAX = 4096;
const CREATED = '201';
const NO_ANSWER = '<error>';
const RETRIED_STATUSES = new Set([429, 500, 502, 503, 504]);

export interface ReviewDeps {
  readonly connection: KubeConnection;
  readonly clock: () => number;
  readonly random: () => number;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Told of every try: the status of the answer, or `<error>` when there was none. */
  readonly onAnswered?: (code: string) => void;
}

export type Review = (path: string, body: JsonObject) => Promise<Outcome<JsonObject, HubFailure>>;

/** Creates review objects on the hub: bounded in number, retried while the hub has a moment of trouble. */
export function createReview(deps: ReviewDeps): Review {
  const gate = createGate();
  return async (path, body) => {
    if (!(await gate.enter())) {
      return failed({ status: undefined, message: `more than ${REVIEWS_WAITING_MAX} reviews are waiting` });
    }
    try {
      return await tryRepeatedly(deps, path, body);
    } finally {
      gate.leave();
    }
  };
}

async function tryRepeatedly(
  deps: ReviewDeps,
  path: string,
  body: JsonObject,
): Promise<Outcome<JsonObject, HubFailure>> {
  const deadlineMs = deps.clock() + REVIEW_TIMEOUT_MS;
  let backoffMs = BACKOFF_FIRST_MS;
  for (let attempt = 1; ; attempt++) {
    const timeoutMs = Math.min(REVIEW_TIMEOUT_MS, Math.max(1, deadlineMs - deps.clock()));
    const answer = await askHub(deps.connection, { method: 'POST', path, body, timeoutMs });
    deps.onAnswered?.(answer.ok ? CREATED : String(answer.error.status ?? NO_ANSWER));
    if (answer.ok || !isTransient(answer.error) || attempt === TRIES_MAX) return answer;
    const delayMs = backoffMs * (1 + BACKOFF_JITTER * deps.random());
    if (deps.clock() + delayMs >= deadlineMs) return answer;
    await deps.sleep(delayMs);
    backoffMs *= BACKOFF_FACTOR;
  }
}

function isTransient(failure: HubFailure): boolean {
  return failure.status === undefined || RETRIED_STATUSES.has(failure.status);
}

/** Lets a bounded number in, lets a bounded number wait in order, and turns the others away. */
function createGate(): { enter(): Promise<boolean>; leave(): void } {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    enter: async () => {
      if (inside < REVIEWS_IN_FLIGHT_MAX) {
        inside += 1;
        return true;
      }
      if (waiting.length >= REVIEWS_WAITING_MAX) return false;
      // The one who leaves hands its place over, so `inside` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
      return true;
    },
    leave: () => {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    },
  };
}
