import { describe, expect, it } from 'vitest';
import { fingerprintFault, registrationWarnings } from './registration-rules.ts';

describe('fingerprintFault', () => {
  const members = [
    { name: 'alpha', fingerprint: 'uid-1' },
    { name: 'beta', fingerprint: undefined },
  ];

  it.each([
    ['gamma', 'uid-1', 'it is the same cluster as member "alpha" (uid of namespace kube-system uid-1)'],
    ['gamma', 'uid-2', undefined],
    ['alpha', 'uid-1', undefined],
  ])('of %s with %s is %j', (name, fingerprint, fault) => {
    expect(fingerprintFault(name, fingerprint, members)).toBe(fault);
  });
});

describe('registrationWarnings', () => {
  it.each([
    ['a'.repeat(52), undefined, [], 0],
    ['a'.repeat(53), undefined, [], 1],
    ['alpha', 'alpha', [], 0],
    ['alpha', 'other', [], 1],
    ['alpha', 'alpha', ['beta'], 1],
    ['a'.repeat(53), 'other', ['beta', 'gamma'], 3],
  ])('for %s with id %s shared with %j are %i', (...[name, ownId, sameId, count]) => {
    expect(registrationWarnings({ name, id: ownId, sameId: sameId, set: undefined, served: 'a' })).toHaveLength(count);
  });
});

it.each([
  [undefined, 'a', 0],
  ['a', 'a', 0],
  ['b', 'a', 1],
  ['b', undefined, 0],
])('a member of set %s where %s is served is warned about %i times', (set, served, count) => {
  const name = 'alpha';
  expect(registrationWarnings({ name, id: undefined, sameId: [], set, served })).toHaveLength(count);
});
