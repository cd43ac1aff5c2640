import { expect, test } from 'vitest';
import { toRevision } from '../../src/kube/revision.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';

const SCOPE = { resource: 'things', namespace: 'ns1' };
const TOKEN = { scope: SCOPE, revision: toRevision(42), after: { namespace: 'ns1', name: 'a' } };

function encoded(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

test('a token says where the next page begins', () => {
  expect(decodeContinue(encodeContinue(TOKEN), SCOPE)).toEqual({ ok: true, value: TOKEN });
});

test('a token without a revision goes on at the latest state', () => {
  const token = { ...TOKEN, revision: undefined };
  expect(decodeContinue(encodeContinue(token), SCOPE)).toEqual({ ok: true, value: token });
});

const GOOD = { v: 'meta.k8s.io/v1', rv: 1, start: 'ns1/a', resource: 'things', namespace: 'ns1' };

test.each([
  ['not base64 !', 'continue key is not valid'],
  ['A', 'continue key is not valid'],
  [encoded([]), 'continue key is not valid'],
  [encoded({ ...GOOD, v: 'v9' }), 'continue key is not valid: server does not recognize this encoded version'],
  [
    encoded({ ...GOOD, rv: 0 }),
    'continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
  ],
  [
    encoded({ ...GOOD, rv: -2 }),
    'continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
  ],
  [encoded({ ...GOOD, start: '' }), 'continue key is not valid: encoded start key empty (version meta.k8s.io/v1)'],
  [encoded({ ...GOOD, start: 'a' }), 'continue key is not valid'],
  [encoded({ ...GOOD, resource: 'others' }), 'continue key is not valid'],
  [encoded({ ...GOOD, namespace: '' }), 'continue key is not valid'],
  ['A'.repeat(5000), 'continue key is not valid'],
])('refuses %j', (text, error) => {
  expect(decodeContinue(text, SCOPE)).toEqual({ ok: false, error });
});
