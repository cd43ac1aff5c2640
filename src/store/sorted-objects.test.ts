import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectKey } from '../kube/object.ts';
import { compareKeys, keyString } from '../kube/object.ts';
import { toRevision } from '../kube/revision.ts';
import { createSortedObjects } from './sorted-objects.ts';
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

describe('objects with a label', () => {
  const LABELS = ['a', 'b', 'c', 'd', 'e', 'toString'];

  it('are those that a walk over all objects finds, in key order, after any changes', () => {
    const step = fc.record({
      key: fc.record({ namespace: fc.constantFrom('a', 'b'), name: fc.constantFrom('x', 'x-y', 'y', 'z') }),
      labels: fc.option(fc.dictionary(fc.constantFrom(...LABELS), fc.constantFrom('1', '2'), { maxKeys: 3 }), {
        nil: undefined,
      }),
      asked: fc.option(fc.record({ label: fc.constantFrom(...LABELS), value: fc.constantFrom('1', '2') }), {
        nil: undefined,
      }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const objects = createSortedObjects([]);
        for (const [index, { key, labels, asked }] of steps.entries()) {
          const { object, ...rest } = stored(key, index + 1);
          const current = {
            ...rest,
            object: { ...object, metadata: { ...object.metadata, ...(labels && { labels }) } },
          };
          objects.apply(event(index % 4 === 3 ? 'DELETED' : 'ADDED', current));
          if (asked === undefined) continue;
          const walked = objects
            .all()
            .filter(({ object: { metadata } }) =>
              Object.entries(metadata.labels ?? {}).some(
                ([label, value]) => label === asked.label && value === asked.value,
              ),
            );
          expect(objects.withLabel(asked.label, asked.value)).toEqual(walked);
        }
      }),
    );
  });

  it('are the very same array until one of them changes', () => {
    const objects = createSortedObjects([]);
    const labelled = (name: string, value: string): StoredObject => {
      const made = stored({ namespace: 'a', name }, 1);
      return { ...made, object: { ...made.object, metadata: { name, labels: { l: value } } } };
    };
    for (const name of ['x', 'y']) objects.apply(event('ADDED', labelled(name, name)));
    const before = objects.withLabel('l', 'x');
    objects.apply(event('MODIFIED', labelled('y', 'z')));
    expect(objects.withLabel('l', 'x')).toBe(before);
    expect(objects.withLabel('l', 'z').map(({ key }) => key.name)).toEqual(['y']);
    expect(objects.withLabel('l', 'y')).toEqual([]);
  });
});
