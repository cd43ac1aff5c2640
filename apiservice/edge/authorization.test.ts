import { describe, expect, test } from 'vitest';
import type { AuthorizationDecision, RequestAction, RequestUser } from '../../src/kube/request-user.ts';
import { createAuthorizationFilter } from './authorization.ts';
import type { ResourceAction } from './request-info.ts';

const JANE: RequestUser = { name: 'jane', uid: undefined, groups: ['devs'], extra: {} };
const GET_A: ResourceAction = {
  type: 'resource',
  verb: 'get',
  group: 'things.example.com',
  version: 'v1',
  resource: 'things',
  subresource: '',
  namespace: 'ns1',
  name: 'a',
};

function filterThat(decision: AuthorizationDecision) {
  const asked: RequestAction[] = [];
  const filter = createAuthorizationFilter((_user, action) => {
    asked.push(action);
    return Promise.resolve(decision);
  });
  return { filter, asked };
}

const denied = (reason = '') => filterThat({ type: 'deny', reason }).filter;

describe('authorization', () => {
  test('asks, and lets through what is allowed', async () => {
    const { filter, asked } = filterThat({ type: 'allow' });
    expect(await filter(JANE, GET_A)).toBeUndefined();
    expect(asked).toEqual([GET_A]);
  });

  test('never asks about system:masters or the three open paths', async () => {
    const { filter, asked } = filterThat({ type: 'deny', reason: '' });
    expect(await filter({ ...JANE, groups: ['system:masters'] }, GET_A)).toBeUndefined();
    for (const path of ['/healthz', '/livez', '/readyz']) {
      expect(await filter(JANE, { type: 'nonResource', verb: 'get', path })).toBeUndefined();
    }
    expect(asked).toEqual([]);
    for (const path of ['/livez/ping', '/metrics', '/version', '/apis', '/openapi/v2']) {
      expect(await filter(JANE, { type: 'nonResource', verb: 'get', path })).toMatchObject({ status: { code: 403 } });
    }
  });

  test.each<[Partial<ResourceAction>, string]>([
    [
      {},
      'things.things.example.com "a" is forbidden: User "jane" cannot get resource "things" in API group "things.example.com" in the namespace "ns1"',
    ],
    [
      { verb: 'list', name: '', namespace: '' },
      'things.things.example.com is forbidden: User "jane" cannot list resource "things" in API group "things.example.com" at the cluster scope',
    ],
    [
      { subresource: 'status' },
      'things.things.example.com "a" is forbidden: User "jane" cannot get resource "things/status" in API group "things.example.com" in the namespace "ns1"',
    ],
    [
      { name: '', namespace: '<b>' },
      'things.things.example.com is forbidden: User "jane" cannot get resource "things" in API group "things.example.com" in the namespace "&lt;b&gt;"',
    ],
  ])('a denial of %o has the words of kube-apiserver', async (part, message) => {
    expect(await denied()(JANE, { ...GET_A, ...part })).toMatchObject({ status: { code: 403, message } });
  });

  test('a denial tells the reason of the authorizer, and of paths its own words', async () => {
    expect((await denied('no role')(JANE, GET_A))?.message).toMatch(/in the namespace "ns1": no role$/);
    const path = await denied()(JANE, { type: 'nonResource', verb: 'get', path: '/x' });
    expect(path?.status).toMatchObject({ message: 'forbidden: User "jane" cannot get path "/x"', details: {} });
  });

  test('an authorizer that cannot be asked is a 500 without its words, never a yes', async () => {
    const { filter } = filterThat({ type: 'error', message: 'dial tcp 10.0.0.1: refused' });
    const error = await filter(JANE, GET_A);
    expect(error?.status).toMatchObject({ code: 500, reason: 'InternalError' });
    expect(error?.message).not.toContain('10.0.0.1');
    expect(String(error?.cause)).toContain('10.0.0.1');
  });
});
