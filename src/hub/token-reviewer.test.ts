import { describe, expect, it } from 'vitest';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime } from '../../test/support/manual-time.ts';
import { createTokenReviewer } from './token-reviewer.ts';

const TTL_MS = 10_000;
const USER = { username: 'jane', uid: 'u1', groups: ['devs'], extra: { k: ['v'] } };

function setUp(status: Record<string, unknown>, audiences: readonly string[] = []) {
  const hub = createFakeHub();
  const time = createManualTime();
  const errors: string[] = [];
  hub.handler = () => ({ status: 201, body: { status } });
  const reviewToken = createTokenReviewer({
    connection: hub.connection,
    clock: time.now,
    random: () => 0,
    sleep: time.sleep,
    audiences,
    onError: (message) => errors.push(message),
  });
  return { hub, time, errors, reviewToken };
}

describe('a token reviewer', () => {
  it('gives the user whom the hub names', async () => {
    const { hub, reviewToken } = setUp({ authenticated: true, user: USER });
    expect(await reviewToken('secret')).toEqual({
      name: 'jane',
      uid: 'u1',
      groups: ['devs'],
      extra: { k: ['v'] },
    });
    expect(hub.requests[0]?.path).toBe('/apis/authentication.k8s.io/v1/tokenreviews');
    expect(JSON.parse(hub.requests[0]?.body ?? '')).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'secret' },
    });
  });

  it.each([
    [{ authenticated: false, error: 'expired' }],
    [{}],
    [{ authenticated: 'true', user: USER }],
    [{ authenticated: true, user: {} }],
    [{ authenticated: true }],
  ])('takes %j for nobody', async (status) => {
    expect(await setUp(status).reviewToken('secret')).toBe('unauthenticated');
  });

  it('wants one of its audiences back', async () => {
    const status = (audiences: readonly string[]) => ({ authenticated: true, user: USER, audiences });
    const { hub, reviewToken } = setUp(status(['b', 'c']), ['a', 'b']);
    expect(await reviewToken('secret')).toMatchObject({ name: 'jane' });
    expect(JSON.parse(hub.requests[0]?.body ?? '')).toMatchObject({ spec: { audiences: ['a', 'b'] } });
    expect(await setUp(status(['c']), ['a', 'b']).reviewToken('secret')).toBe('unauthenticated');
    expect(await setUp(status([]), ['a']).reviewToken('secret')).toBe('unauthenticated');
  });

  it.each([{ authenticated: true, user: USER }, { authenticated: false }])(
    'remembers %j for ten seconds',
    async (status) => {
      const { hub, time, reviewToken } = setUp(status);
      await Promise.all([reviewToken('secret'), reviewToken('secret')]);
      await time.advance(TTL_MS - 1);
      await reviewToken('secret');
      expect(hub.requests).toHaveLength(1);
      await reviewToken('another');
      expect(hub.requests).toHaveLength(2);
      await time.advance(1);
      await reviewToken('secret');
      expect(hub.requests).toHaveLength(3);
    },
  );

  it('refuses without an answer, tells why without the token, and asks again next time', async () => {
    const { hub, errors, reviewToken } = setUp({ authenticated: true, user: USER });
    hub.handler = () => failure(403, 'may not review "secret"');
    expect(await reviewToken('secret')).toBe('error');
    expect(errors).toEqual(['TokenReview failed: 403: may not review "<token>"']);
    hub.handler = () => ({ status: 201, body: { status: { authenticated: true, user: USER } } });
    expect(await reviewToken('secret')).toMatchObject({ name: 'jane' });
  });

  it('does not bother the hub with what cannot be a token', async () => {
    const { hub, reviewToken } = setUp({ authenticated: true, user: USER });
    expect(await reviewToken('')).toBe('unauthenticated');
    expect(await reviewToken('x'.repeat(65_537))).toBe('unauthenticated');
    expect(hub.requests).toEqual([]);
    expect(await reviewToken('x'.repeat(65_536))).toMatchObject({ name: 'jane' });
  });
});
