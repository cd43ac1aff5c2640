import type { HealthReason, MemberHealth } from '../kube/member-health.ts';
import type { Controller, ProbeObservation } from './probe-observation.ts';

/** One answer that is no good may come from a server of several that is just shutting down. */
const SAME_IN_A_ROW_MIN = 2;
/** A member that does not answer keeps its health for this long: consumers rebuild all they have when it changes. */
const SILENCE_MS_MIN = 40_000;
/** So many probes in a row must have had no answer. */
const SILENT_PROBES_MIN = 3;

const REASON_OF_CONTROLLER: Readonly<Record<Controller, HealthReason>> = {
  'kube-controller-manager': 'ControllerManagerStale',
  'kube-scheduler': 'SchedulerStale',
};

/** What probes have shown so far; a value that `observe` replaces. */
export interface HealthState {
  /** Undefined until something was decided. */
  readonly health: MemberHealth | undefined;
  /** What waits to be seen once more. */
  readonly suspected: ProbeObservation['type'] | undefined;
  readonly inARow: number;
  /** Since when no probe had an answer that says how the control plane is; undefined after one that did. */
  readonly silentSinceMs: number | undefined;
  readonly silentProbes: number;
}

export const NOTHING_OBSERVED: HealthState = {
  health: undefined,
  suspected: undefined,
  inARow: 0,
  silentSinceMs: undefined,
  silentProbes: 0,
};

/**
 * Takes one observation in. A good answer counts at once; trouble that was answered must be seen twice in a row; silence
 * must last.
 */
export function observe(state: HealthState, observation: ProbeObservation, nowMs: number): HealthState {
  const told = verdictOf(observation);
  if (observation.type === 'ready') return { ...NOTHING_OBSERVED, health: told };
  if (isSilence(observation)) return afterSilence(state, told, nowMs);
  const inARow = state.suspected === observation.type ? state.inARow + 1 : 1;
  const health = inARow >= SAME_IN_A_ROW_MIN ? told : state.health;
  return { health, suspected: observation.type, inARow, silentSinceMs: undefined, silentProbes: 0 };
}

function isSilence({ type }: ProbeObservation): boolean {
  return type === 'silent' || type === 'throttled';
}

function afterSilence(state: HealthState, told: MemberHealth, nowMs: number): HealthState {
  const silentSinceMs = state.silentSinceMs ?? nowMs;
  const silentProbes = state.silentProbes + 1;
  const isLong = silentProbes >= SILENT_PROBES_MIN && nowMs - silentSinceMs >= SILENCE_MS_MIN;
  return { health: isLong ? told : state.health, suspected: undefined, inARow: 0, silentSinceMs, silentProbes };
}

/** What is told where nobody can say how the control plane is. */
const UNKNOWN = {
  unauthorized: ['ProbeUnauthorized', 'the member refuses our credentials'],
  forbidden: ['ProbeForbidden', 'our account may not read the health endpoints of the member'],
  proxied: ['ProxyError', 'something in front of the API server answers with an error'],
  throttled: ['ProbeThrottled', 'the member answers that it has too many requests'],
  untrusted: ['TLSVerificationFailed', 'the certificate of the member is not accepted'],
  noCredentials: ['CredentialPluginFailed', 'there are no usable credentials for the member'],
  unusable: ['RegistrationInvalid', 'what registers the member cannot be used'],
  silent: ['MemberUnreachable', 'the member does not answer'],
} as const satisfies Record<
  Exclude<ProbeObservation['type'], 'ready' | 'notReady'>,
  readonly [reason: HealthReason, message: string]
>;

function verdictOf(observation: ProbeObservation): MemberHealth {
  if (observation.type === 'ready') return readyVerdict(observation.stale);
  if (observation.type === 'notReady') return notReadyVerdict(observation.failedChecks);
  const [reason, message] = UNKNOWN[observation.type];
  return verdict('Unknown', reason, message);
}

function readyVerdict(stale: readonly Controller[]): MemberHealth {
  const [first] = stale;
  if (first === undefined) return verdict('True', 'APIServerReady', '');
  const names = stale.join(' and ');
  return verdict('False', REASON_OF_CONTROLLER[first], `the Lease of ${names} is not renewed`);
}

function notReadyVerdict(failedChecks: readonly string[]): MemberHealth {
  const message =
    failedChecks.length === 0 ? 'the API server is not ready' : `failed checks: ${failedChecks.join(', ')}`;
  const reason = failedChecks.some((check) => check === 'etcd') ? 'EtcdUnhealthy' : 'APIServerNotReady';
  return verdict('False', reason, message);
}

function verdict(status: MemberHealth['status'], reason: HealthReason, message: string): MemberHealth {
  return { status, reason, message };
}
