import type { KubeConnection, KubeResponse } from '../connection/types.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { parseObjectBody } from './answers.ts';
import type { Failure } from './failure.ts';
import { parseHttpFailure, toFailure } from './failure.ts';

const PROBE_TIMEOUT_MS = 5_000;
/** The clock is compared with the middle of a call: one that took longer tells too little of it. */
const SKEW_CALL_MS_MAX = 2_000;

const PROBE_BYTES_MAX = 256 * 1024;

const GIT_VERSION = /^v[0-9][-+.0-9A-Za-z]{0,62}$/;
const UID = /^[\x21-\x7e]{1,128}$/;

export interface ProbeResult {
  /** gitVersion; undefined when the member does not tell. */
  readonly version: string | undefined;
  /** Seconds by which the member's clock is ahead of ours. */
  readonly clockSkewSeconds: number | undefined;
}

/** Asks a member whether it is ready. `/version` alone is enough where `/readyz` may not be read. */
export async function probeMember(
  connection: KubeConnection,
  clock: () => number,
  signal: AbortSignal,
): Promise<Outcome<ProbeResult, Failure>> {
  const sentMs = clock();
  const ready = await get(connection, '/readyz', signal);
  const clockSkewSeconds = ready.ok ? skewSeconds(ready.value, sentMs, clock()) : undefined;
  const readyFailure = ready.ok ? notReady(ready.value) : ready.error;
  if (readyFailure !== undefined) return failed(readyFailure);
  const version = await get(connection, '/version', signal);
  if (!version.ok) return version;
  if (version.value.status === 200) return succeeded({ version: gitVersion(version.value), clockSkewSeconds });
  const mustAnswer = ready.ok && ready.value.status !== 200;
  return mustAnswer ? failed(httpFailure(version.value)) : succeeded({ version: undefined, clockSkewSeconds });
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
