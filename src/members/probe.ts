import type { KubeConnection, KubeResponse } from '../connection/types.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { parseObjectBody } from './answers.ts';
import type { Failure } from './failure.ts';
import { parseHttpFailure, toFailure } from './failure.ts';
import type { Controller, ProbeObservation } from './probe-observation.ts';
import { CONTROLLERS, isStaleLease, observeAnswer, observeFailure } from './probe-observation.ts';

const PROBE_TIMEOUT_MS = 5_000;
/** The clock is compared with the middle of a call: one that took longer tells too little of it. */
const SKEW_CALL_MS_MAX = 2_000;

/** The version changes when the member is upgraded, which breaks connections: it is asked for by so many probes' first. */
const VERSION_ONCE_IN_PROBES = 6;
/** Leases of controllers that were renewed are asked for by so many probes' first: a holder is missed after 45 s at best. */
const LEASES_ONCE_IN_PROBES = 3;

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

const PROBE_BYTES_MAX = 256 * 1024;

const GIT_VERSION = /^v[0-9][-+.0-9A-Za-z]{0,62}$/;
const UID = /^[\x21-\x7e]{1,128}$/;

export interface ProbeResult {
  /** gitVersion; undefined when the member does not tell. */
  readonly version: string | undefined;
  /** Seconds by which the member's clock is ahead of ours. */
  readonly clockSkewSeconds: number | undefined;
}

export interface Probe {
  readonly result: Outcome<ProbeResult, Failure>;
  /** How the control plane looks. */
  readonly observation: ProbeObservation;
}

export interface ProbeDeps {
  readonly connection: KubeConnection;
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** What needs not be asked again for some probes. */
interface Known {
  version: string | undefined;
  versionProbes: number;
  leaseProbes: number;
}

/**
 * Asks a member whether it is ready, each time it is called. `/version` alone is enough where `/readyz` may not be read. What
 * hardly changes is asked for now and then, but always after a probe that found anything amiss.
 */
export function createProbe(deps: ProbeDeps): () => Promise<Probe> {
  let known = nothingKnown();
  return async () => {
    const probe = await probeMember(deps, known);
    if (!probe.result.ok || probe.observation.type !== 'ready' || probe.observation.stale.length > 0) {
      known = nothingKnown();
    }
    return probe;
  };
}

function nothingKnown(): Known {
  return { version: undefined, versionProbes: 0, leaseProbes: 0 };
}

async function probeMember(deps: ProbeDeps, known: Known): Promise<Probe> {
  const sentMs = deps.clock();
  const ready = await get(deps.connection, '/readyz', deps.signal);
  const receivedMs = deps.clock();
  const observation = await observe(deps, ready, known);
  if (!ready.ok) return { result: ready, observation };
  const refusal = notReady(ready.value);
  const clockSkewSeconds = skewSeconds(ready.value, sentMs, receivedMs);
  if (refusal !== undefined) return { result: failed(refusal), observation };
  const version = await versionOf(deps, ready.value, known);
  return { result: version.ok ? succeeded({ version: version.value, clockSkewSeconds }) : version, observation };
}

async function versionOf(
  { connection, signal }: ProbeDeps,
  ready: KubeResponse,
  known: Known,
): Promise<Outcome<string | undefined, Failure>> {
  known.versionProbes = (known.versionProbes + 1) % VERSION_ONCE_IN_PROBES;
  // Where /readyz does not answer, this tells whether the member is there.
  if (known.version !== undefined && known.versionProbes !== 1 && ready.status === 200) return succeeded(known.version);
  const version = await get(connection, '/version', signal);
  if (!version.ok) return version;
  if (version.value.status !== 200)
    return ready.status === 200 ? succeeded(undefined) : failed(httpFailure(version.value));
  known.version = gitVersion(version.value);
  return succeeded(known.version);
}

/** An API server without `/readyz` has the older `/healthz`. */
async function observe(
  deps: ProbeDeps,
  ready: Outcome<KubeResponse, Failure>,
  known: Known,
): Promise<ProbeObservation> {
  const isOld = ready.ok && ready.value.status === 404;
  const health = isOld ? await get(deps.connection, '/healthz', deps.signal) : ready;
  if (!health.ok) return observeFailure(health.error);
  return observeAnswer(health.value, health.value.status === 200 ? await staleControllers(deps, known) : []);
}

/**
 * A Lease that is not there or may not be read says nothing. One after the other: a second socket, in use for this alone,
 * would be idle for too long to be kept, so that each time cost a handshake.
 */
async function staleControllers({ connection, signal }: ProbeDeps, known: Known): Promise<readonly Controller[]> {
  known.leaseProbes = (known.leaseProbes + 1) % LEASES_ONCE_IN_PROBES;
  if (known.leaseProbes !== 1) return [];
  const stale: Controller[] = [];
  for (const controller of CONTROLLERS) {
    const lease = await get(connection, `${LEASES}/${controller}`, signal);
    if (lease.ok && isStaleLease(lease.value)) stale.push(controller);
  }
  return stale;
}

/** The identity of a cluster for its whole life: the uid of its namespace kube-system. */
export async function readFingerprint(
  connection: KubeConnection,
  signal: AbortSignal,
): Promise<Outcome<string, Failure>> {
  const response = await get(connection, '/api/v1/namespaces/kube-system', signal);
  if (!response.ok) return response;
  if (response.value.status !== 200) return failed(httpFailure(response.value));
  const namespace = parseObjectBody(response.value.body);
  const metadata = namespace?.['metadata'];
  const uid = isJsonObject(metadata) && metadata['name'] === 'kube-system' ? metadata['uid'] : undefined;
  return typeof uid === 'string' && UID.test(uid)
    ? succeeded(uid)
    : failed({ type: 'malformed', message: 'the answer is not the namespace kube-system' });
}

async function get(
  connection: KubeConnection,
  path: string,
  signal: AbortSignal,
): Promise<Outcome<KubeResponse, Failure>> {
  const limits = { timeoutMs: PROBE_TIMEOUT_MS, bodyBytesMax: PROBE_BYTES_MAX, signal };
  const headers = { accept: 'application/json, */*' };
  try {
    return succeeded(await connection.request({ method: 'GET', path, headers, ...limits }));
  } catch (error) {
    return failed(toFailure(error));
  }
}

/** 403 and 404 say only that this path is not for us. */
function notReady(response: KubeResponse): Failure | undefined {
  return [200, 403, 404].includes(response.status) ? undefined : httpFailure(response);
}

function httpFailure(response: KubeResponse): Failure {
  return parseHttpFailure(response.status, response.headers, response.body);
}

function gitVersion(response: KubeResponse): string | undefined {
  const version = parseObjectBody(response.body)?.['gitVersion'];
  return typeof version === 'string' && GIT_VERSION.test(version) ? version : undefined;
}

/** The Date header has whole seconds: its middle is compared with the middle of the call. */
function skewSeconds(response: KubeResponse, sentMs: number, receivedMs: number): number | undefined {
  if (receivedMs - sentMs > SKEW_CALL_MS_MAX) return undefined;
  const date = Date.parse(response.headers.date ?? '');
  return Number.isNaN(date) ? undefined : Math.round((date + 500 - (sentMs + receivedMs) / 2) / 1000);
}
