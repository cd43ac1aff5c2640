import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectKey } from '../kube/object.ts';
import { compareKeys, keyString } from '../kube/object.ts';
import { toRevision } from '../kube/revision.ts';
import { createSortedObjects, lowerBound } from './sorted-objects.ts';
import type { StoredObject, StoreEvent } from './types.ts';

function stored(key: ObjectKey, revision: number): StoredObject {
  return {
    key,
    revision: toRevision(revision),
    object: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: key.name } },
  };
}

function event(type: StoreEvent['type'], current: StoredObject): StoreEvent {
  return { type, resource: 'things', revision: current.revision, current, previous: undefined };
}

describe('sorted objects', () => {
  it('equal a sorted map after any changes, however rarely they are read', () => {
    const keys = fc.record({
      namespace: fc.constantFrom('a', 'a-b', 'b'),
      name: fc.constantFrom('x', 'x-y', 'y', 'z'),
    });
    const step = fc.record({ key: keys, remove: fc.boolean(), read: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const expected = new Map<string, StoredObject>();
        const objects = createSortedObjects([]);
        for (const [index, { key, remove, read }] of steps.entries()) {
          const current = stored(key, index + 1);
          objects.apply(event(remove ? 'DELETED' : 'ADDED', current));
          if (remove) expected.delete(keyString(key));
          else expected.set(keyString(key), current);
          if (read) objects.all();
        }
        expect(objects.all()).toEqual([...expected.values()].sort((a, b) => compareKeys(a.key, b.key)));
      }),
    );
  });

  it('fold by themselves when nobody reads, so that names that come and go do not pile up', () => {
    const objects = createSortedObjects([stored({ namespace: 'a', name: 'kept' }, 1)]);
    for (let index = 0; index < 5000; index += 1) {
      const current = stored({ namespace: 'a', name: `n${index}` }, index + 2);
      objects.apply(event('ADDED', current));
      objects.apply(event('DELETED', current));
    }
    expect(objects.all().map((item) => item.key.name)).toEqual(['kept']);
  });
});

describe('lowerBound', () => {
  it('finds the first element that is not before, from the given index on', () => {
    const isBelow =
      (limit: number) =>
      (item: number): boolean =>
        item < limit;
    expect([0, 1, 2, 3, 4].map((limit) => lowerBound([1, 3], 0, isBelow(limit)))).toEqual([0, 0, 1, 1, 2]);
    expect(lowerBound([1, 3], 1, isBelow(0))).toBe(1);
    expect(lowerBound([], 0, isBelow(1))).toBe(0);
  });
});
