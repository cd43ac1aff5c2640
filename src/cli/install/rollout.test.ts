import { expect, test } from 'vitest';
import type { Look } from './awaited-state.ts';
import { rolloutOf } from './rollout.ts';

const DEPLOYMENT = {
  metadata: { name: 'webhooks', namespace: 'ours', generation: 3 },
  spec: { replicas: 2 },
};
const DONE = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

function reasonOf(look: Look<undefined>): string {
  return look.type === 'reached' ? 'reached' : `${look.type}: ${look.reason}`;
}

test('a rollout is over when every pod is of the present template and available', () => {
  expect(rolloutOf({ ...DEPLOYMENT, status: DONE })).toEqual({ type: 'reached', value: undefined });
});

test.each([
  ['the controller has not seen the present template', { ...DONE, observedGeneration: 2 }, 'not yet taken up'],
  ['there is no status at all', {}, 'not yet taken up'],
  ['one pod is not available', { ...DONE, availableReplicas: 1 }, '1 of 2 pods available'],
  ['only old pods are available', { ...DONE, replicas: 3, updatedReplicas: 1 }, '1 of the present template'],
  ['an old pod still answers', { ...DONE, replicas: 3, availableReplicas: 3 }, '3 of 2 pods available'],
])('it is waited for while %s', (_, status, reason) => {
  expect(reasonOf(rolloutOf({ ...DEPLOYMENT, status }))).toMatch(new RegExp(`^waiting: .*${reason}`));
});

test('what keeps pods from being made is told', () => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' }];
  const status = { ...DONE, updatedReplicas: 0, availableReplicas: 0, conditions };
  expect(reasonOf(rolloutOf({ ...DEPLOYMENT, status }))).toContain('exceeded quota: pods');
});

test.each([
  ['the Deployment is gone', undefined, 'is gone'],
  [
    'Kubernetes has given up',
    {
      ...DEPLOYMENT,
      status: {
        ...{ ...DONE, availableReplicas: 0 },
        conditions: [
          { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'has timed out' },
        ],
      },
    },
    'makes no progress: has timed out',
  ],
])('waiting ends when %s', (_, deployment, reason) => {
  expect(reasonOf(rolloutOf(deployment))).toMatch(new RegExp(`^failed: .*${reason}`));
});
