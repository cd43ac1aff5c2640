import { describe, expect, test } from 'vitest';
import { isStaleLease, observeAnswer, observeFailure } from './probe-observation.ts';

const answer = (
  status: number,
  text: string,
  headers: Record<string, string> = {},
): Parameters<typeof isStaleLease>[0] => ({
  status,
  headers,
  body: Buffer.from(text),
});
const STATUS = '{"kind":"Status","code":503}';

describe('what an answer of a health endpoint says', () => {
  test.each([
    [answer(200, 'ok'), 'ready'],
    [answer(401, ''), 'unauthorized'],
    [answer(403, ''), 'forbidden'],
    [answer(404, ''), 'forbidden'],
    [answer(429, ''), 'throttled'],
    [answer(500, ''), 'notReady'],
    [answer(503, STATUS), 'notReady'],
    [answer(503, '<html>'), 'proxied'],
    [answer(502, ''), 'proxied'],
    [answer(302, ''), 'proxied'],
  ])('%o is %s', (response, type) => {
    expect(observeAnswer(response, []).type).toBe(type);
  });

  test('failed checks are told sorted, once, and as far as they look like names', () => {
    const text =
      '[+]ping ok\n[-]poststarthook/b failed: reason withheld\n[-]etcd failed: reason withheld\n[-]etcd failed\n[-]a b failed\n';
    expect(observeAnswer(answer(500, text), [])).toEqual({
      type: 'notReady',
      failedChecks: ['etcd', 'poststarthook/b'],
    });
  });

  test('no more checks are told than anybody reads', () => {
    const text = Array.from({ length: 500 }, (_, index) => `[-]check-${index} failed`).join('\n');
    expect(observeAnswer(answer(500, text), [])).toMatchObject({ failedChecks: { length: 20 } });
  });
});

describe('a failed call', () => {
  test.each([
    ['Timeout', 'silent'],
    ['Unreachable', 'silent'],
    ['CertificateInvalid', 'untrusted'],
    ['CredentialsUnavailable', 'noCredentials'],
    ['RegistrationInvalid', 'unusable'],
  ] as const)('%s is %s', (failure, type) => {
    expect(observeFailure({ type: 'connection', failure, message: '' }).type).toBe(type);
  });
});

describe('a Lease', () => {
  const lease = (renewTime: string): string => JSON.stringify({ spec: { renewTime, leaseDurationSeconds: 15 } });
  const date = 'Sun, 01 Feb 2026 00:01:00 GMT';

  test.each([
    ['renewed within three durations', answer(200, lease('2026-02-01T00:00:15.000000Z'), { date }), false],
    ['not renewed for longer', answer(200, lease('2026-02-01T00:00:14.000000Z'), { date }), true],
    ['without a time of the member', answer(200, lease('2026-02-01T00:00:00.000000Z')), false],
    ['that may not be read', answer(403, lease('2026-02-01T00:00:00.000000Z'), { date }), false],
    ['that is none', answer(200, '{"spec":{"renewTime":5}}', { date }), false],
  ])('%s', (_title, response, isStale) => {
    expect(isStaleLease(response)).toBe(isStale);
  });
});
