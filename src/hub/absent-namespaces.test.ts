import { expect, it } from 'vitest';
import { createAbsentNamespaces } from './absent-namespaces.ts';

const ABSENT_MS = 60_000;
const NAMESPACES_MAX = 1_000;

it('remembers for a minute that the hub lacks a namespace', () => {
  const absent = createAbsentNamespaces();
  expect(absent.has('prod', 0)).toBe(false);
  absent.add('prod', 0);
  expect(absent.has('prod', ABSENT_MS - 1)).toBe(true);
  expect(absent.has('test', 0)).toBe(false);
  expect(absent.has('prod', ABSENT_MS)).toBe(false);
});

it('forgets the oldest when there are too many', () => {
  const absent = createAbsentNamespaces();
  for (let index = 0; index <= NAMESPACES_MAX; index++) absent.add(`n${index}`, 0);
  expect(absent.has('n0', 0)).toBe(false);
  expect(absent.has('n1', 0)).toBe(true);
  expect(absent.has(`n${NAMESPACES_MAX}`, 0)).toBe(true);
});
