import { describe, expect, it } from 'vitest';
import type { FakeAnswer } from '../../test/support/fake-hub.ts';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import type { RequestAction, RequestUser } from '../kube/request-user.ts';
import { createAuthorizer } from './authorizer.ts';

const JANE: RequestUser = { name: 'jane', uid: 'u1', groups: ['devs'], extra: { b: ['2'], a: ['1'] } };
const LIST: RequestAction = {
  type: 'resource',
  verb: 'list',
  group: 'things.example.com',
  version: 'v1',
  resource: 'things',
  subresource: '',
  namespace: 'ns',
  name: '',
};
const TTL_MS = 10_000;

function setUp(status: Record<string, unknown> = { allowed: true }) {
  const hub = createFakeHub();
  const time = createManualTime();
  hub.handler = () => ({ status: 201, body: { status } });
  const authorize = createAuthorizer({
    connection: hub.connection,
    clock: time.now,
    random: () => 0,
    sleep: time.sleep,
  });
  return { hub, time, authorize };
}

describe('an authorizer', () => {
  it('asks with everything that it knows of user and action', async () => {
    const { hub, authorize } = setUp();
    expect(await authorize(JANE, LIST)).toEqual({ type: 'allow' });
    expect(hub.requests[0]).toMatchObject({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    });
    expect(JSON.parse(hub.requests[0]?.body ?? '')).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'jane',
        uid: 'u1',
        groups: ['devs'],
        extra: { a: ['1'], b: ['2'] },
        resourceAttributes: {
          namespace: 'ns',
          verb: 'list',
          group: 'things.example.com',
          version: 'v1',
          resource: 'things',
          subresource: '',
          name: '',
        },
      },
    });
    await authorize(JANE, { type: 'nonResource', verb: 'get', path: '/metrics' });
    expect(JSON.parse(hub.requests[1]?.body ?? '')).toMatchObject({
      spec: { nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    });
  });

  it.each([
    [{ allowed: true }, { type: 'allow' }],
    [
      { allowed: false, reason: 'no role' },
      { type: 'deny', reason: 'no role' },
    ],
    [
      { allowed: false, denied: true, reason: 'policy' },
      { type: 'deny', reason: 'policy' },
    ],
    [{ allowed: 'true' }, { type: 'deny', reason: '' }],
    [{}, { type: 'deny', reason: '' }],
  ])('decides %j', async (status, decision) => {
    expect(await setUp(status).authorize(JANE, LIST)).toEqual(decision);
  });

  it('is not fooled by an answer that allows and denies', async () => {
    expect(await setUp({ allowed: true, denied: true }).authorize(JANE, LIST)).toMatchObject({ type: 'error' });
  });

  it('answers an error when the hub cannot be asked, and asks again next time', async () => {
    const { hub, authorize } = setUp();
    hub.handler = () => failure(403, 'forbidden');
    expect(await authorize(JANE, LIST)).toEqual({
      type: 'error',
      message: 'SubjectAccessReview failed: 403: forbidden',
    });
    hub.handler = () => ({ status: 201, body: { status: { allowed: true } } });
    expect(await authorize(JANE, LIST)).toEqual({ type: 'allow' });
  });

  it.each([{ allowed: true }, { allowed: false }])('remembers %j for ten seconds', async (status) => {
    const { hub, time, authorize } = setUp(status);
    await authorize(JANE, LIST);
    await time.advance(TTL_MS - 1);
    await authorize({ ...JANE, extra: { a: ['1'], b: ['2'] } }, LIST);
    expect(hub.requests).toHaveLength(1);
    await time.advance(1);
    await authorize(JANE, LIST);
    expect(hub.requests).toHaveLength(2);
  });

  it.each([
    ['user', { ...JANE, name: 'joe' }, LIST],
    ['uid', { ...JANE, uid: undefined }, LIST],
    ['groups', { ...JANE, groups: ['devs', 'ops'] }, LIST],
    ['extra', { ...JANE, extra: {} }, LIST],
    ['namespace', JANE, { ...LIST, namespace: 'other' }],
    ['verb', JANE, { ...LIST, verb: 'watch' }],
    ['name', JANE, { ...LIST, name: 'a' }],
    ['version', JANE, { ...LIST, version: 'v2' }],
    ['subresource', JANE, { ...LIST, subresource: 'status' }],
  ])('does not take the answer for another %s', async (_, user, action) => {
    const { hub, authorize } = setUp();
    await authorize(JANE, LIST);
    await authorize(user, action);
    expect(hub.requests).toHaveLength(2);
  });

  it('asks once for all who ask the same at the same time', async () => {
    const { hub, authorize } = setUp();
    let answer: (answer: FakeAnswer) => void = () => undefined;
    hub.handler = () => new Promise((resolve) => (answer = resolve));
    const decisions = [authorize(JANE, LIST), authorize(JANE, LIST)];
    await settle();
    answer({ status: 201, body: { status: { allowed: true } } });
    expect(await Promise.all(decisions)).toEqual([{ type: 'allow' }, { type: 'allow' }]);
    expect(hub.requests).toHaveLength(1);
  });

  it('does not remember what somebody made very long', async () => {
    const { hub, authorize } = setUp();
    const path = (length: number): RequestAction => ({ type: 'nonResource', verb: 'get', path: 'x'.repeat(length) });
    const overhead = JSON.stringify({ nonResourceAttributes: { path: '', verb: 'get' } }).length;
    await authorize(JANE, path(10_000 - overhead));
    await authorize(JANE, path(10_000 - overhead));
    expect(hub.requests).toHaveLength(1);
    await authorize(JANE, path(10_001 - overhead));
    await authorize(JANE, path(10_001 - overhead));
    expect(hub.requests).toHaveLength(3);
  });

  it('asks nobody about the superuser group and the health paths', async () => {
    const { hub, authorize } = setUp({ allowed: false });
    expect(await authorize({ ...JANE, groups: ['system:masters'] }, LIST)).toEqual({ type: 'allow' });
    for (const path of ['/healthz', '/livez', '/readyz']) {
      expect(await authorize(JANE, { type: 'nonResource', verb: 'get', path })).toEqual({ type: 'allow' });
    }
    expect(hub.requests).toEqual([]);
    expect(await authorize(JANE, { type: 'nonResource', verb: 'get', path: '/readyz/' })).toMatchObject({
      type: 'deny',
    });
  });
});
