import type { KubeConnection } from '../connection/types.ts';
import type { Failure } from './failure.ts';
import type { Refusal } from './member-status.ts';
import { readFingerprint } from './probe.ts';

/** One reading serves all calls that begin within this time: they use the same connections. */
const CONFIRMED_FOR_MS = 1_000;
/** From this age on a reading is renewed while it still serves, so that a stream of writes never waits for one. */
const RENEWED_AFTER_MS = 500;

export interface IdentityDeps {
  readonly clock: () => number;
  readonly connection: () => KubeConnection;
  /** Ends with the connection. */
  readonly signal: () => AbortSignal;
  /** Takes the fingerprint for this member, unless it may not have it. */
  readonly claim: (fingerprint: string) => Refusal | undefined;
  readonly onIdentified: (fingerprint: string) => void;
  readonly onRefused: (refusal: Refusal) => void;
  /** The cluster is the expected one. */
  readonly onConfirmed: () => void;
}

/** Makes sure, before each list and watch, that an address still leads to the cluster that was registered. */
export interface Identity {
  /** Resolves undefined when the cluster is the expected one. */
  readonly confirm: () => Promise<Failure | undefined>;
  /** The connection may lead elsewhere now. */
  readonly invalidate: () => void;
  readonly fingerprint: () => string | undefined;
  /** The cluster answered once as the expected one, over whichever connection. */
  readonly wasConfirmed: () => boolean;
  /** Why the identity could not be read the last time. */
  readonly problem: () => Failure | undefined;
}

interface State {
  expected: string | undefined;
  confirmedMs: number | undefined;
  wasConfirmed: boolean;
  epoch: number;
  inFlight: Promise<Failure | undefined> | undefined;
  problem: Failure | undefined;
}

export function createIdentity(deps: IdentityDeps, expected: string | undefined): Identity {
  const state: State = {
    ...{ expected, confirmedMs: undefined, wasConfirmed: false },
    ...{ epoch: 0, inFlight: undefined, problem: undefined },
  };
  return {
    confirm: () => {
      const ageMs = ageOf(state, deps.clock());
      if (ageMs >= RENEWED_AFTER_MS) state.inFlight ??= begin(deps, state);
      return ageMs >= CONFIRMED_FOR_MS && state.inFlight !== undefined ? state.inFlight : Promise.resolve(undefined);
    },
    invalidate: () => {
      state.epoch += 1;
      state.confirmedMs = undefined;
      state.inFlight = undefined;
    },
    fingerprint: () => state.expected,
    wasConfirmed: () => state.wasConfirmed,
    problem: () => state.problem,
  };
}

/** A clock that was set back says nothing about the age of a reading. */
function ageOf({ confirmedMs }: State, nowMs: number): number {
  return confirmedMs === undefined || nowMs < confirmedMs ? Infinity : nowMs - confirmedMs;
}

/** Nobody need wait for a renewal: that it throws, which is a bug, is told to the next one who waits for a reading. */
function begin(deps: IdentityDeps, state: State): Promise<Failure | undefined> {
  const reading = read(deps, state);
  reading.catch(() => undefined);
  return reading;
}

async function read(deps: IdentityDeps, state: State): Promise<Failure | undefined> {
  const { epoch } = state;
  const isReplaced = (): boolean => state.epoch !== epoch;
  const answer = await readFingerprint(deps.connection(), deps.signal()).finally(() => {
    if (!isReplaced()) state.inFlight = undefined;
  });
  if (isReplaced()) return { type: 'connection', failure: 'Aborted', message: 'the connection was replaced' };
  state.problem = answer.ok ? undefined : answer.error;
  return answer.ok ? judge(deps, state, answer.value) : answer.error;
}

function judge(deps: IdentityDeps, state: State, fingerprint: string): Failure | undefined {
  const refusal = mismatch(state.expected, fingerprint) ?? deps.claim(fingerprint);
  if (refusal !== undefined) {
    state.confirmedMs = undefined;
    deps.onRefused(refusal);
    return { type: 'malformed', message: refusal.message };
  }
  state.confirmedMs = deps.clock();
  state.wasConfirmed = true;
  const isNew = state.expected === undefined;
  state.expected = fingerprint;
  if (isNew) deps.onIdentified(fingerprint);
  deps.onConfirmed();
  return undefined;
}

function mismatch(expected: string | undefined, fingerprint: string): Refusal | undefined {
  if (expected === undefined || expected === fingerprint) return undefined;
  return {
    reason: 'IdentityMismatch',
    message: 'another cluster answers at this address; register the member again if that is intended',
  };
}
