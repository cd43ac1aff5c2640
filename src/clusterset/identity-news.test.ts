import { expect, it } from 'vitest';
import { clusterId } from '../../test/support/clusterset-objects.ts';
import { createIdentityNews } from './identity-news.ts';
import { identityProblems } from './identity-problems.ts';

function problems(...ids: readonly (readonly [name: string, id: string])[]): ReturnType<typeof identityProblems> {
  return identityProblems(
    ids.map(([name, clusterID]) => ({
      ...{ name: clusterId(name), clusterID, clusterSet: 's', observed: true },
      ...{ memberSince: undefined, fingerprint: name },
    })),
  );
}

it('tells what begins, changes and ends, once', () => {
  const newsOf = createIdentityNews();
  const told = (...ids: readonly (readonly [string, string])[]): readonly string[] =>
    newsOf(problems(...ids)).map(({ cluster, type, reason }) => `${type} ${reason} ${cluster}`);
  expect(told(['east', 'a'], ['west', 'b'])).toEqual([]);
  const both = ['Warning DuplicateClusterID east', 'Warning DuplicateClusterID west'];
  expect(told(['east', 'a'], ['west', 'a'])).toEqual(both);
  expect(told(['east', 'a'], ['west', 'a'])).toEqual([]);
  expect(told(['east', 'a'], ['west', 'a'], ['north', 'a'])).toHaveLength(3);
  expect(told(['east', 'a'], ['west', ''], ['north', 'b'])).toEqual([
    'Warning MissingClusterID west',
    'Normal IdentityProblemEnded east',
    'Normal IdentityProblemEnded north',
  ]);
  expect(told()).toEqual(['Normal IdentityProblemEnded west']);
});
