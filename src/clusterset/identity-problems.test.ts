import { expect, it } from 'vitest';
import { clusterId } from '../../test/support/clusterset-objects.ts';
import { type DatedIdentity, identityProblems } from './identity-problems.ts';

function member(name: string, clusterID: string, more: Partial<DatedIdentity> = {}): DatedIdentity {
  return {
    ...{ name: clusterId(name), clusterID, clusterSet: 's', observed: true },
    memberSince: '2026-01-02T00:00:00Z',
    fingerprint: name,
    ...more,
  };
}

it('finds nothing while every member of a set has an id of its own', () => {
  expect(identityProblems([])).toEqual([]);
  expect(
    identityProblems([
      member('east', 'a'),
      member('west', 'b'),
      member('north', 'a', { clusterSet: 't' }),
      member('south', 'a', { clusterSet: '' }),
      member('away', '', { clusterSet: '' }),
      member('new', '', { observed: false }),
    ]),
  ).toEqual([]);
});

it('names the one that had an id first, and tells the others to change', () => {
  const west = member('west', 'a', { memberSince: '2026-01-01T00:00:00Z' });
  expect(identityProblems([member('east', 'a'), west])).toEqual([
    {
      ...{ cluster: 'east', reason: 'DuplicateClusterID', clusterSet: 's', clusterID: 'a', holders: ['west', 'east'] },
      message: 'Member east has id "a" in ClusterSet "s", as west has; west had it first, so give east another one.',
    },
    {
      ...{ cluster: 'west', reason: 'DuplicateClusterID', clusterSet: 's', clusterID: 'a', holders: ['west', 'east'] },
      message: 'Member west has id "a" in ClusterSet "s", as east has; west had it first.',
    },
  ]);
});

it('decides between members of one age by fingerprint, and puts those of unknown age last', () => {
  const holders = (...members: readonly DatedIdentity[]): unknown => identityProblems(members)[0]?.holders;
  expect(holders(member('east', 'a', { fingerprint: '2' }), member('west', 'a', { fingerprint: '1' }))).toEqual([
    'west',
    'east',
  ]);
  expect(holders(member('east', 'a', { memberSince: undefined }), member('west', 'a'))).toEqual(['west', 'east']);
});

it('finds members of a set without an id, which are no duplicates of each other', () => {
  const problems = identityProblems([member('west', ''), member('east', '')]);
  expect(problems.map(({ cluster, reason, holders }) => [cluster, reason, holders])).toEqual([
    ['east', 'MissingClusterID', []],
    ['west', 'MissingClusterID', []],
  ]);
  expect(problems[0]?.message).toBe(
    'Member east belongs to ClusterSet "s" without cluster.clusterset.k8s.io; create it there.',
  );
});
