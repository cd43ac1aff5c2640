import type { KubeConnection } from '../connection/index.ts';
import type { JsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import type { HubFailure, HubRequest } from './hub-request.ts';
import { askHub } from './hub-request.ts';
import type { LeaseObservation } from './lease-record.ts';
import { decideLease, markOf, observeLease, parseLease, writeLease } from './lease-record.ts';

/** Others take over after this long without a sign of life. */
const LEASE_DURATION_SECONDS = 40;
/** A released lease is free at once; the shortest legal duration says so to every implementation. */
const RELEASED_DURATION_SECONDS = 1;
const REQUEST_TIMEOUT_MS = 5_000;

export interface LeaseObjectDeps {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  /** Epoch milliseconds, only for the timestamps in the Lease. */
  readonly clock: () => number;
  /** Milliseconds that never step back, for all durations. */
  readonly monotonic: () => number;
  readonly mark: () => string | undefined;
}

export interface HeldLease {
  /** As the hub has it. */
  readonly lease: JsonObject;
  readonly transitions: number;
  readonly acquiredMs: number;
  /** When the write that proved it was sent, on the monotonic clock. */
  readonly provedAtMs: number;
}

export type LeaseAttempt =
  | { readonly type: 'held'; readonly held: HeldLease; readonly previousMark: string | undefined }
  | { readonly type: 'other'; readonly holder: string }
  | { readonly type: 'failed'; readonly problem: string };

export interface LeaseObject {
  /** One try to obtain the lease. */
  acquire(): Promise<LeaseAttempt>;
  /** One try to prove that it is still ours. */
  renew(held: HeldLease): Promise<LeaseAttempt>;
  /** Frees the lease if it is ours; a failure only means that the next holder waits longer. */
  release(held: HeldLease): Promise<void>;
}

/** The Lease object on the hub: single tries, without timers or state of the holder. */
export function createLeaseObject(deps: LeaseObjectDeps): LeaseObject {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${deps.namespace}/leases`;
  let observation: LeaseObservation | undefined;

  const ask = (request: Omit<HubRequest, 'path'>, name: string): Promise<Outcome<JsonObject, HubFailure>> =>
    askHub(deps.connection, { ...request, path: `${path}${name}`, timeoutMs: REQUEST_TIMEOUT_MS });

  /** Creates or replaces; the hub refuses with 409 when somebody else wrote in between. */
  const write = async (current: JsonObject | undefined, terms: LeaseTerms): Promise<LeaseAttempt> => {
    const provedAtMs = deps.monotonic();
    const body = writeLease(current ?? emptyLease(deps), {
      holder: deps.identity,
      durationSeconds: LEASE_DURATION_SECONDS,
      renewedMs: deps.clock(),
      ...terms,
    });
    const answer = await (current === undefined
      ? ask({ method: 'POST', body }, '')
      : ask({ method: 'PUT', body }, `/${deps.name}`));
    if (!answer.ok) return { type: 'failed', problem: answer.error.message };
    const held = { lease: answer.value, transitions: terms.transitions, acquiredMs: terms.acquiredMs, provedAtMs };
    return { type: 'held', held, previousMark: current === undefined ? undefined : markOf(current) };
  };

  /** Looks what is there and writes if that is allowed. `own` is what must still be ours; undefined: nothing yet. */
  const tryFromStart = async (own: LeaseTerms | undefined): Promise<LeaseAttempt> => {
    const answer = await ask({ method: 'GET' }, `/${deps.name}`);
    const terms = own ?? { transitions: 0, acquiredMs: deps.clock(), mark: undefined };
    if (!answer.ok) {
      return answer.error.status === 404 ? write(undefined, terms) : { type: 'failed', problem: answer.error.message };
    }
    observation = observeLease(observation, parseLease(answer.value), deps.monotonic());
    const step = decideLease(observation, deps.identity, deps.monotonic());
    const { holder } = observation.record;
    if (step.type === 'wait' || (own !== undefined && holder !== deps.identity)) return { type: 'other', holder };
    return write(answer.value, { ...terms, transitions: step.transitions });
  };

  return {
    acquire: () => tryFromStart(undefined),
    renew: async (held) => {
      const terms = { transitions: held.transitions, acquiredMs: held.acquiredMs, mark: deps.mark() };
      const attempt = await write(held.lease, terms);
      return attempt.type === 'failed' ? tryFromStart(terms) : attempt;
    },
    release: async (held) => {
      const answer = await ask({ method: 'GET' }, `/${deps.name}`);
      if (!answer.ok || parseLease(answer.value).holder !== deps.identity) return;
      const body = writeLease(answer.value, {
        holder: '',
        durationSeconds: RELEASED_DURATION_SECONDS,
        transitions: held.transitions,
        acquiredMs: held.acquiredMs,
        renewedMs: deps.clock(),
        mark: deps.mark(),
      });
      await ask({ method: 'PUT', body }, `/${deps.name}`);
    },
  };
}

interface LeaseTerms {
  readonly transitions: number;
  readonly acquiredMs: number;
  readonly mark: string | undefined;
}

function emptyLease(deps: LeaseObjectDeps): JsonObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: deps.namespace, name: deps.name },
  };
}
