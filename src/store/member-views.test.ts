import { describe, expect, it } from 'vitest';
import { CLUSTER_LABEL } from '../kube/domain.ts';
import { viewResource } from '../kube/member-view.ts';
import type { KubeObject } from '../kube/object.ts';
import { formatRevision, toIncarnation, toRevision } from '../kube/revision.ts';
import { withMemberViews } from './member-views.ts';
import { createStore } from './store.ts';
import type { StoreEvent, StoreReader } from './types.ts';

const EAST = viewResource('east', 'things');
const SCOPE = { resource: EAST, namespace: '' };

interface World {
  readonly reader: StoreReader;
  /** A row, and the version of the member's object that it shows; 0 removes it. */
  readonly put: (...row: readonly [member: string, name: string, version: number, note?: string]) => void;
}

function openWorld(): World {
  const { reader, writer } = createStore({
    resources: ['things'],
    incarnation: toIncarnation(1),
    startRevision: toRevision(0),
    clock: () => 1_800_000_000_000,
  });
  return {
    reader: withMemberViews(reader, (member, key) => ({ ...key, name: `${member}.${key.name}` })),
    put: (...[member, name, version, note = '']) => {
      const key = { namespace: '', name: `${member}.${name}` };
      const change = { resource: 'things', key };
      const own = object(name, { uid: `own-${name}`, resourceVersion: String(version) });
      const row = { ...object(key.name, { uid: 'row', labels: { [CLUSTER_LABEL]: member } }), note };
      const origin = { origin: `${name} ${version}`, shows: { cluster: member, object: own } };
      writer.commit([version === 0 ? { ...change, object: undefined } : { ...change, object: row, ...origin }]);
    },
  };
}

function object(name: string, metadata: object): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, ...metadata } };
}

function namesOf(events: readonly StoreEvent[]): readonly string[] {
  return events.map(({ type, current }) => `${type} ${current.key.name}`);
}

describe('a member view', () => {
  it('shows the objects of one member as they are there, at the revision since which they are shown', () => {
    const { reader, put } = openWorld();
    put('east', 'b', 7);
    put('west', 'a', 7);
    put('east', 'a', 8);
    const { items, revision } = reader.list(SCOPE);
    expect(items.map(({ key }) => key.name)).toEqual(['a', 'b']);
    expect(revision).toBe(reader.current());
    const stored = reader.get(EAST, { namespace: '', name: 'a' });
    const resourceVersion = formatRevision(stored?.revision ?? revision);
    expect(stored?.object).toEqual(object('a', { uid: 'own-a', resourceVersion }));
    expect(items[0]).toBe(stored);
    expect(reader.get(EAST, { namespace: '', name: 'east.a' })).toBeUndefined();
    expect(reader.get(viewResource('north', 'things'), { namespace: '', name: 'a' })).toBeUndefined();
  });

  it('tells what changes in the member, and nothing of what changes in the row alone', () => {
    const { reader, put } = openWorld();
    put('east', 'a', 7);
    const events: StoreEvent[] = [];
    const from = reader.current();
    reader.subscribe(SCOPE, from, (batch) => events.push(...batch));
    put('east', 'a', 7, 'somebody else conflicts');
    put('west', 'a', 7);
    expect(reader.get(EAST, { namespace: '', name: 'a' })?.revision).toBe(from);
    put('east', 'a', 8, 'somebody else conflicts, and it was labelled');
    put('east', 'c', 9);
    put('east', 'a', 0);
    expect(namesOf(events)).toEqual(['MODIFIED a', 'ADDED c', 'DELETED a']);
    const deleted = events.at(-1);
    expect(deleted?.resource).toBe(EAST);
    expect(deleted?.current.object.metadata.resourceVersion).toBe(formatRevision(reader.current()));
    const replayed: StoreEvent[] = [];
    reader.subscribe(SCOPE, from, (batch) => replayed.push(...batch));
    expect(replayed).toEqual(events);
  });

  it('is rebuilt as it was', () => {
    const { reader, put } = openWorld();
    put('east', 'a', 7);
    const before = reader.list(SCOPE);
    put('east', 'a', 8);
    put('east', 'b', 9);
    const at = reader.listAt(SCOPE, before.revision);
    expect(at.ok ? at.value : at.error).toEqual(before);
  });

  it('leaves the rows as they are', () => {
    const { reader, put } = openWorld();
    put('east', 'a', 7);
    expect(reader.list({ resource: 'things', namespace: '' }).items[0]?.object.metadata.uid).toBe('row');
    expect(reader.get('things', { namespace: '', name: 'east.a' })?.object.metadata.uid).toBe('row');
  });
});
