import { describe, expect, it } from 'vitest';
import { admissionContext, createRequest, warningsOf } from '../../../../test/support/admission.ts';
import { clusterId, serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { namespaceEverywhere } from './namespace-everywhere.ts';

/** The request goes to east. */
function judge(without: readonly string[], memberCount: number, namesOthers = true): readonly string[] {
  const lookup = {
    membersWithoutNamespace: (namespace: string) => (namespace === 'prod' ? without.map(clusterId) : []),
    memberCount: () => memberCount,
  };
  const context = admissionContext(lookup, { namesOthers });
  return warningsOf(namespaceEverywhere.evaluate(createRequest(serviceExport()), context));
}

describe('namespace-everywhere', () => {
  it('names the clusters that get no import', () => {
    expect(judge(['north', 'south'], 7)).toEqual([
      'Namespace prod is absent in 2 of 7 clusters, no import there: north, south',
    ]);
  });

  it('names none to those who may not know them', () => {
    expect(judge(['north', 'south'], 7, false)).toEqual([
      'Namespace prod is absent in 2 of 7 clusters, no import there',
    ]);
  });

  it('names five clusters and counts the others', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(judge(many.slice(0, 5), 9)[0]).toMatch(/: a, b, c, d, e$/);
    expect(judge(many, 9)[0]).toMatch(/in 7 of 9 clusters, no import there: a, b, c, d, e and 2 more$/);
  });

  it('has nothing to say when the namespace is missing nowhere else', () => {
    expect(judge([], 7)).toEqual([]);
    expect(judge(['east'], 7)).toEqual([]);
  });
});
