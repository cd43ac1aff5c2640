import { expect, test } from 'vitest';
import { RESOURCE_SOURCES } from '../../src/members/index.ts';
import { MEMBER_RESOURCE_RULES } from '../../src/resources/index.ts';

test('the rights in a member are for exactly the resources that are read there', () => {
  const read = Object.values(RESOURCE_SOURCES).map(({ group, resource }) => `${group}/${resource}`);
  const granted = MEMBER_RESOURCE_RULES.map(({ group, resource }) => `${group}/${resource}`);
  expect(granted.toSorted()).toEqual(read.toSorted());
});
