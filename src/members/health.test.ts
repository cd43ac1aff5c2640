import { describe, expect, test } from 'vitest';
import type { HealthState } from './health.ts';
import { NOTHING_OBSERVED, observe } from './health.ts';
import type { ProbeObservation } from './probe-observation.ts';

const READY: ProbeObservation = { type: 'ready', stale: [] };
const SILENT: ProbeObservation = { type: 'silent' };
const TROUBLE: ProbeObservation = { type: 'notReady', failedChecks: ['ping'] };

/** Observations 10 s apart. */
function after(...observations: readonly ProbeObservation[]): HealthState {
  return observations.reduce(
    (state, observation, index) => observe(state, observation, index * 10_000),
    NOTHING_OBSERVED,
  );
}

describe('the health of a control plane', () => {
  test('is not decided before the first answer', () => {
    expect(after().health).toBeUndefined();
    expect(after(SILENT, SILENT).health).toBeUndefined();
  });

  test('is good at once', () => {
    expect(after(READY).health).toEqual({ status: 'True', reason: 'APIServerReady', message: '' });
    expect(after(TROUBLE, TROUBLE, READY).health?.status).toBe('True');
  });

  test.each<[string, ProbeObservation, string]>([
    ['checks that fail', { type: 'notReady', failedChecks: ['a', 'b'] }, 'False APIServerNotReady failed checks: a, b'],
    [
      'etcd among them',
      { type: 'notReady', failedChecks: ['etcd', 'ping'] },
      'False EtcdUnhealthy failed checks: etcd, ping',
    ],
    ['no check named', { type: 'notReady', failedChecks: [] }, 'False APIServerNotReady the API server is not ready'],
    ['401', { type: 'unauthorized' }, 'Unknown ProbeUnauthorized the member refuses'],
    ['403', { type: 'forbidden' }, 'Unknown ProbeForbidden our account'],
    ['a proxy', { type: 'proxied' }, 'Unknown ProxyError something in front'],
    ['a wrong certificate', { type: 'untrusted' }, 'Unknown TLSVerificationFailed the certificate'],
    ['no credentials', { type: 'noCredentials' }, 'Unknown CredentialPluginFailed there are no'],
    ['no way to reach it', { type: 'unusable' }, 'Unknown RegistrationInvalid what registers the member'],
  ])('%s counts when it is seen twice in a row', (_title, observation, expected) => {
    expect(after(READY, observation).health?.status).toBe('True');
    expect(after(READY, observation, READY, observation).health?.status).toBe('True');
    const { health } = after(READY, observation, observation);
    expect(`${health?.status ?? ''} ${health?.reason ?? ''} ${health?.message ?? ''}`).toContain(expected);
  });

  test.each<[ProbeObservation, string]>([
    [SILENT, 'MemberUnreachable'],
    [{ type: 'throttled' }, 'ProbeThrottled'],
  ])('%o counts after 40 s and three probes', (observation, reason) => {
    const five = [observation, observation, observation, observation, observation];
    expect(after(READY, ...five.slice(1)).health?.status).toBe('True');
    expect(after(READY, ...five).health).toMatchObject({ status: 'Unknown', reason });
    const late = observe(observe(after(READY), observation, 10_000), observation, 90_000);
    expect(late.health?.status).toBe('True');
    expect(observe(late, observation, 90_000).health?.status).toBe('Unknown');
  });

  test('an answer of any other kind ends the silence', () => {
    expect(after(READY, SILENT, SILENT, SILENT, SILENT, TROUBLE, SILENT).health?.status).toBe('True');
  });

  test('controllers whose Leases are not renewed make it unhealthy', () => {
    expect(after({ type: 'ready', stale: ['kube-scheduler'] }).health).toMatchObject({
      status: 'False',
      reason: 'SchedulerStale',
    });
    expect(after({ type: 'ready', stale: ['kube-controller-manager', 'kube-scheduler'] }).health).toEqual({
      status: 'False',
      reason: 'ControllerManagerStale',
      message: 'the Lease of kube-controller-manager and kube-scheduler is not renewed',
    });
  });
});
