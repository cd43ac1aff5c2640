import { describe, expect, it } from 'vitest';

import type { RequestUser } from '../../kube/request-user.ts';
import { createImpersonate } from './impersonation.ts';

const JANE: RequestUser = { name: 'jane', uid: undefined, groups: [], extra: {} };

function headersOf(user: Partial<RequestUser>, extras: readonly string[] = [], enabled = true) {
  return createImpersonate({ enabled, extras })({ ...JANE, ...user });
}

describe('impersonation', () => {
  it('sends nothing while it is off, whoever asks', () => {
    expect(headersOf({ groups: ['system:masters'] }, [], false)).toEqual({ ok: true, value: {} });
  });

  it('passes on name, uid, groups and the extras that are allowed', () => {
    const user = {
      uid: 'u-1',
      groups: ['dev', 'system:authenticated', 'system:serviceaccounts', 'ops'],
      extra: { 'Example.org/Team': ['a', 'b'], secret: ['s'], 'example.org/none': [] },
    };
    expect(headersOf(user, ['example.org/team', 'example.org/none'])).toEqual({
      ok: true,
      value: {
        'impersonate-user': 'jane',
        'impersonate-group': ['dev', 'system:authenticated', 'ops'],
        'impersonate-uid': 'u-1',
        'impersonate-extra-example.org%2Fteam': ['a', 'b'],
      },
    });
  });

  it.each([
    ['the masters of the hub', { groups: ['dev', 'system:masters'] }],
    ['users of Kubernetes itself', { name: 'system:serviceaccount:prod:robot' }],
    ['nobody', { name: '' }],
    ['a name with a line break', { name: 'jane\r\nimpersonate-group: system:masters' }],
    ['a name that would become another one', { name: ' admin' }],
    ['a name that ends in a tab', { name: 'admin\t' }],
    ['a name that HTTP cannot carry', { name: 'jané' }],
    ['a group with a line break', { groups: ['a\nb'] }],
    ['a group that would become another one', { groups: ['admins '] }],
    ['an empty group', { groups: [''] }],
    ['a uid with a control character', { uid: 'a\u0000b' }],
  ])('refuses %s', (_what, user) => {
    const told = headersOf(user);
    expect(told.ok).toBe(false);
  });

  it('judges only the extras that are passed on', () => {
    const user = { extra: { display: ['Jürgen'] } };
    expect(headersOf(user).ok).toBe(true);
    expect(headersOf(user, ['display']).ok).toBe(false);
  });
});
