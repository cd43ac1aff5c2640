import { CLUSTER_LABEL } from '../kube/domain.ts';
import type { ViewedResource } from '../kube/member-view.ts';
import { parseViewResource } from '../kube/member-view.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { compareKeys, keyOf } from '../kube/object.ts';
import { succeeded } from '../kube/outcome.ts';
import type { Revision } from '../kube/revision.ts';
import { formatRevision } from '../kube/revision.ts';
import type { Snapshot, StoredObject, StoreEvent, StoreReader } from './types.ts';

/** The row that shows an object of a member. */
export type RowKeyOf = (member: string, key: ObjectKey) => ObjectKey;

/**
 * A reader that also knows the resources of member views (`viewResource`): what the rows of one member show, as it is
 * there, at the revision since which the row shows it. What changes in a row alone is no event here, so revisions,
 * history and expiry are those of the rows.
 */
export function withMemberViews(store: StoreReader, rowKeyOf: RowKeyOf): StoreReader {
  const toOwn = createToOwn();
  return {
    current: () => store.current(),
    waitFor: (revision, timeoutMs) => store.waitFor(revision, timeoutMs),
    get: (resource, key) => {
      const viewed = parseViewResource(resource);
      if (viewed === undefined) return store.get(resource, key);
      const row = store.get(viewed.resource, rowKeyOf(viewed.member, key));
      const own = row === undefined ? undefined : toOwn(viewed, row);
      // The row of a name that was cut could also be that of another object.
      return own?.key.name === key.name ? own : undefined;
    },
    list: (scope) => {
      const viewed = parseViewResource(scope.resource);
      if (viewed === undefined) return store.list(scope);
      return ownSnapshot(viewed, store.list({ ...scope, resource: viewed.resource }), toOwn);
    },
    listAt: (scope, revision) => {
      const viewed = parseViewResource(scope.resource);
      if (viewed === undefined) return store.listAt(scope, revision);
      const rows = store.listAt({ ...scope, resource: viewed.resource }, revision);
      return rows.ok ? succeeded(ownSnapshot(viewed, rows.value, toOwn)) : rows;
    },
    subscribe: (scope, from, sink) => {
      const viewed = parseViewResource(scope.resource);
      if (viewed === undefined) return store.subscribe(scope, from, sink);
      return store.subscribe({ ...scope, resource: viewed.resource }, from, (events) => {
        const own = events.flatMap((event) => ownEvent(scope.resource, { viewed, event }, toOwn));
        if (own.length > 0) sink(own);
      });
    },
  };
}

/** A member's object at a revision of the hub. */
export function atRevision(object: KubeObject, revision: Revision): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: formatRevision(revision) } };
}

type ToOwn = (viewed: ViewedResource, row: StoredObject) => StoredObject | undefined;

/** One object per state of a member's object: encoded forms are kept by it. */
function createToOwn(): ToOwn {
  const made = new WeakMap<object, StoredObject>();
  return ({ member }, { origin }) => {
    if (origin?.shows?.cluster !== member) return undefined;
    const { shows, since } = origin;
    const known = made.get(origin);
    if (known !== undefined) return known;
    const own = { key: keyOf(shows.object), revision: since, object: atRevision(shows.object, since) };
    made.set(origin, own);
    return own;
  };
}

function ownSnapshot(viewed: ViewedResource, { revision, items, withLabel }: Snapshot, toOwn: ToOwn): Snapshot {
  const rows = withLabel?.(CLUSTER_LABEL, viewed.member) ?? items;
  const own = rows.map((row) => toOwn(viewed, row)).filter((item) => item !== undefined);
  // Cut names are in another order than whole ones.
  return { revision, items: own.toSorted((a, b) => compareKeys(a.key, b.key)) };
}

interface RowEvent {
  readonly viewed: ViewedResource;
  readonly event: StoreEvent;
}

function ownEvent(resource: string, { viewed, event }: RowEvent, toOwn: ToOwn): readonly StoreEvent[] {
  const current = toOwn(viewed, event.current);
  if (current === undefined) return [];
  const previous = event.previous === undefined ? undefined : toOwn(viewed, event.previous);
  if (event.type === 'MODIFIED' && current === previous) return [];
  const { type, revision } = event;
  const shown = type === 'DELETED' ? { ...current, revision, object: atRevision(current.object, revision) } : current;
  return [{ type, resource, revision, current: shown, previous }];
}
