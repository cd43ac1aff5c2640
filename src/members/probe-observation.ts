import type { ConnectionFailure, KubeResponse } from '../connection/types.ts';
import { parseJson } from '../kube/json.ts';
import { compareText, isJsonObject } from '../kube/object.ts';
import { parseTimeSeconds } from '../kube/time.ts';
import { parseObjectBody } from './answers.ts';
import type { Failure } from './failure.ts';

/** What one look at a member's control plane showed. */
export type ProbeObservation =
  /** `stale`: which controllers have not renewed their Lease for long. */
  | { readonly type: 'ready'; readonly stale: readonly Controller[] }
  | { readonly type: 'notReady'; readonly failedChecks: readonly string[] }
  | { readonly type: 'unauthorized' }
  | { readonly type: 'forbidden' }
  /** Something in front of the API server answered. */
  | { readonly type: 'proxied' }
  | { readonly type: 'throttled' }
  | { readonly type: 'untrusted' }
  | { readonly type: 'noCredentials' }
  /** What registers the member cannot be used. */
  | { readonly type: 'unusable' }
  | { readonly type: 'silent' };

export const CONTROLLERS = ['kube-controller-manager', 'kube-scheduler'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** A Lease that was not renewed for so many of its durations has no living holder. */
const LEASE_DURATIONS_MAX = 3;
/** Failed checks that are told; a member could name any number. */
const CHECKS_SHOWN_MAX = 20;
/** Of one failed check; upstream has names of half this length. */
const FAILED_CHECK = /^\[-\]([!-~]{1,120}) failed/;
const GATEWAY_ERRORS: readonly number[] = [502, 503, 504];

/** What the answer of a health endpoint says; `stale` counts only if that is good. */
export function observeAnswer(response: KubeResponse, stale: readonly Controller[]): ProbeObservation {
  const { status, body } = response;
  if (status === 200) return { type: 'ready', stale };
  if (status === 401) return { type: 'unauthorized' };
  if (status === 403 || status === 404) return { type: 'forbidden' };
  if (status === 429) return { type: 'throttled' };
  if (GATEWAY_ERRORS.includes(status) && !isStatus(body)) return { type: 'proxied' };
  return status >= 500 ? { type: 'notReady', failedChecks: failedChecks(body.toString('utf8')) } : { type: 'proxied' };
}

const OBSERVED: Readonly<Record<ConnectionFailure, ProbeObservation>> = {
  CertificateInvalid: { type: 'untrusted' },
  CertificateExpired: { type: 'untrusted' },
  CredentialsUnavailable: { type: 'noCredentials' },
  RegistrationInvalid: { type: 'unusable' },
  Unreachable: { type: 'silent' },
  Timeout: { type: 'silent' },
  Aborted: { type: 'silent' },
  Broken: { type: 'silent' },
  BodyTooLarge: { type: 'silent' },
};

export function observeFailure(failure: Failure): ProbeObservation {
  return failure.type === 'connection' ? OBSERVED[failure.failure] : { type: 'silent' };
}

/** Whether the answer is a Lease whose holder is gone, by the member's own clock. Anything else tells nothing. */
export function isStaleLease({ status, headers, body }: KubeResponse): boolean {
  const spec = status === 200 ? parseObjectBody(body)?.['spec'] : undefined;
  if (!isJsonObject(spec)) return false;
  const { renewTime, leaseDurationSeconds } = spec;
  const renewed = typeof renewTime === 'string' ? parseTimeSeconds(renewTime) : undefined;
  const now = parseTimeSeconds(headers.date);
  if (renewed === undefined || now === undefined || typeof leaseDurationSeconds !== 'number') return false;
  return now - renewed > LEASE_DURATIONS_MAX * leaseDurationSeconds;
}

/** Sorted and without repetition, so that the same trouble always reads the same. */
function failedChecks(text: string): readonly string[] {
  const names = text.split('\n').flatMap((line) => FAILED_CHECK.exec(line)?.[1] ?? []);
  return [...new Set(names)].sort(compareText).slice(0, CHECKS_SHOWN_MAX);
}

function isStatus(body: Buffer): boolean {
  try {
    const value = parseJson(body.toString('utf8'));
    return isJsonObject(value) && value['kind'] === 'Status';
  } catch {
    return false;
  }
}
