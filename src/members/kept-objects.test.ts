import { describe, expect, it } from 'vitest';

import type { KubeObject } from '../kube/object.ts';
import type { PublishOptions } from './kept-objects.ts';
import { createKeptObjects, sameJson } from './kept-objects.ts';
import { createObjectBudget } from './object-budget.ts';
import { compareResourceVersions, isResourceVersion } from './resource-version.ts';

const KEY = { namespace: 'shop', name: 'web' };

function object(revision: string, more: { name?: string; uid?: string; spec?: string } = {}): KubeObject {
  const metadata = { namespace: 'shop', name: more.name ?? 'web', uid: more.uid ?? 'u', resourceVersion: revision };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: more.spec ?? 'x' };
}

const NOW = { nowMs: 0, reached: undefined };

function at(revision: string | undefined, compareContent = false): PublishOptions {
  return { compareContent, revision, nowMs: 0 };
}

describe('kept objects', () => {
  it('take a newer version, and drop one that is older than or equal to what was applied', () => {
    const kept = createKeptObjects();
    expect(kept.apply(object('10'))).toBe(true);
    expect(kept.apply(object('9'))).toBe(false);
    expect(kept.apply(object('10'))).toBe(false);
    expect(kept.apply(object('11'))).toBe(true);
    expect(kept.get(KEY)?.metadata.resourceVersion).toBe('11');
  });

  it('are removed by a deletion that is not older than they are', () => {
    const kept = createKeptObjects();
    kept.apply(object('10'));
    expect(kept.remove(KEY, '9')).toBe(false);
    expect(kept.remove(KEY, '11')).toBe(true);
    expect(kept.remove(KEY, '12')).toBe(false);
    expect(kept.size()).toBe(0);
  });

  it('are replaced by a list in its smallest difference, also when its revisions went back', () => {
    const kept = createKeptObjects();
    for (const name of ['same', 'changed', 'gone', 'again']) kept.apply(object('10', { name }));
    kept.stage(object('10', { name: 'same' }));
    kept.stage(object('3', { name: 'changed' }));
    kept.stage(object('10', { name: 'again', uid: 'other' }));
    kept.stage(object('4', { name: 'new' }));
    const { applied, deleted } = kept.publish(at('5', false));
    expect(applied.map((one) => one.metadata.name).sort()).toEqual(['again', 'changed', 'new']);
    expect(deleted).toEqual([{ namespace: 'shop', name: 'gone' }]);
    expect([kept.size(), kept.stagedSize()]).toEqual([4, 0]);
  });

  it('of equal version are compared by content only when asked', () => {
    for (const compareContent of [true, false]) {
      const kept = createKeptObjects();
      kept.apply(object('10', { spec: 'old' }));
      kept.stage(object('10', { spec: 'new' }));
      expect(kept.publish(at('5', compareContent)).applied).toHaveLength(compareContent ? 1 : 0);
    }
  });

  it('are not held twice while an unchanged list is read', () => {
    const kept = createKeptObjects();
    const before = object('10');
    kept.apply(before);
    kept.stage(object('10'));
    kept.publish(at('5', true));
    expect(kept.get(KEY)).toBe(before);
  });

  it('forget what was staged and is discarded or deleted meanwhile', () => {
    const kept = createKeptObjects();
    kept.stage(object('1', { name: 'a' }));
    kept.discardStaged();
    kept.stage(object('2', { name: 'b' }));
    kept.stage(object('3', { name: 'c' }));
    kept.unstage({ namespace: 'shop', name: 'b' });
    expect(kept.stagedSize()).toBe(1);
    expect(kept.publish(at('5', false)).applied.map((one) => one.metadata.name)).toEqual(['c']);
  });
});

describe('what our own writes tell', () => {
  it('is known at once, and the event that tells it again changes nothing', () => {
    const kept = createKeptObjects();
    kept.apply(object('10'));
    expect(kept.wrote(object('12'), NOW)).toBe(true);
    expect(kept.apply(object('11'))).toBe(false);
    expect(kept.apply(object('12'))).toBe(false);
    expect(kept.apply(object('13'))).toBe(true);
  });

  it('outlasts a list that was read before it', () => {
    const kept = createKeptObjects();
    kept.stage(object('10'));
    kept.wrote(object('12'), NOW);
    kept.wrote(object('13', { name: 'new' }), NOW);
    kept.publish(at('11'));
    expect([kept.get(KEY)?.metadata.resourceVersion, kept.size()]).toEqual(['12', 2]);
  });

  it('gives way to a list that was read after it', () => {
    const kept = createKeptObjects();
    kept.wrote(object('12'), NOW);
    kept.stage(object('20', { name: 'other' }));
    kept.publish(at('20'));
    expect(kept.get(KEY)).toBeUndefined();
  });

  it.each([
    ['the resource is gone', [undefined], 0],
    ['the numbering of the member went back', ['15', '3'], 0],
    ['it is older than any list that could be on its way', ['11'], 300_000],
  ])('is forgotten when %s', (_why, revisions, nowMs) => {
    const kept = createKeptObjects();
    kept.wrote(object('20'), NOW);
    for (const revision of revisions) kept.publish({ ...at(revision), nowMs });
    expect(kept.size()).toBe(0);
  });

  it('does not bring back what the watch has told the end of before the answer came', () => {
    const kept = createKeptObjects();
    kept.apply(object('10'));
    kept.remove(KEY, '12');
    expect(kept.wrote(object('11'), { nowMs: 0, reached: '12' })).toBe(false);
    expect(kept.wrote(object('13'), { nowMs: 0, reached: '12' })).toBe(true);
  });

  it('takes a deleted object out of a list that is still being read', () => {
    const kept = createKeptObjects();
    kept.apply(object('10'));
    kept.stage(object('10'));
    kept.stage(object('10', { name: 'other', uid: 'o' }));
    kept.deleted(KEY, 'u');
    kept.publish(at('11'));
    expect([kept.get(KEY), kept.size()]).toEqual([undefined, 1]);
  });

  it('keeps a deleted object away, whatever is still on its way, and lets its successor in', () => {
    const kept = createKeptObjects();
    kept.apply(object('10'));
    expect(kept.deleted(KEY, 'u')).toBe(true);
    expect(kept.apply(object('11'))).toBe(false);
    kept.stage(object('11'));
    kept.publish(at('11'));
    expect(kept.size()).toBe(0);
    expect(kept.apply(object('12', { uid: 'successor' }))).toBe(true);
  });

  it('does not take a successor for the deleted object', () => {
    const kept = createKeptObjects();
    kept.apply(object('10', { uid: 'successor' }));
    expect(kept.deleted(KEY, 'u')).toBe(false);
    expect(kept.size()).toBe(1);
  });
});

describe('JSON documents', () => {
  it('are equal by content, whatever the order of their keys', () => {
    expect(sameJson({ a: 1, b: [1n, null] }, { b: [1n, null], a: 1 })).toBe(true);
    expect(sameJson({ a: undefined }, {})).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ['other values', { a: 1 }, { a: 2 }],
    ['a missing field', { a: 1 }, {}],
    ['a further field', {}, { a: 1 }],
    ['a longer list', [1], [1, 2]],
    ['a list and an object', [], {}],
    ['null and an object', null, {}],
    ['a number and an integer that was too large for one', 1, 1n],
    ['a field that every object inherits', {}, { constructor: 1 }],
  ])('differ by %s', (_, a, b) => {
    expect(sameJson(a, b)).toBe(false);
  });
});

describe('resourceVersions', () => {
  it.each(['1', '42', '9'.repeat(39)])('%s is one', (text) => expect(isResourceVersion(text)).toBe(true));
  it.each(['', '0', '01', '-1', '1.0', 'a', '9'.repeat(40), 7, undefined])('%s is none', (value) =>
    expect(isResourceVersion(value)).toBe(false),
  );

  it('are compared as numbers', () => {
    expect(compareResourceVersions('9', '10')).toBeLessThan(0);
    expect(compareResourceVersions('11', '10')).toBeGreaterThan(0);
    expect(compareResourceVersions('10', '10')).toBe(0);
  });
});

describe('the object budget', () => {
  const objectsMax = { serviceexports: 5, services: 5, namespaces: 5, clusterproperties: 5, endpointslices: 5 };
  const budget = () => createObjectBudget({ objectsMax, memberObjectsMax: 6 });

  it('bounds one resource over all members', () => {
    const one = budget();
    expect(one.hold('east', 'services', 3)).toBe(true);
    expect(one.hold('west', 'services', 3)).toBe(false);
    expect(one.hold('west', 'services', 2)).toBe(true);
    one.release('east');
    expect(one.hold('west', 'services', 5)).toBe(true);
  });

  it('bounds all resources of one member', () => {
    const one = budget();
    expect(one.hold('east', 'services', 4)).toBe(true);
    expect(one.hold('east', 'namespaces', 3)).toBe(false);
    expect(one.hold('east', 'services', 3)).toBe(true);
    expect(one.hold('east', 'namespaces', 3)).toBe(true);
  });
});
