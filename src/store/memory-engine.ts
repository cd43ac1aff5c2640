import type { ObjectChange } from '../kube/object-change.ts';
import type { KubeObject } from '../kube/object.ts';
import { keyOf, keyString } from '../kube/object.ts';
import type { Incarnation, Revision } from '../kube/revision.ts';
import { formatRevision, incarnationOf, nextRevision } from '../kube/revision.ts';
import type { Commit, StoreEngine } from './engine.ts';
import { isSameContent } from './same-content.ts';
import type { Origin, StoredObject, StoreEvent } from './types.ts';

export interface MemoryEngineDeps {
  readonly resources: readonly string[];
  /** Differs from the previous life's: revisions of other incarnations are never resumed from. */
  readonly incarnation: Incarnation;
  /** At or above every revision that an earlier life gave out (the durable mark); 0 if there was none. */
  readonly startRevision: Revision;
  /** What an earlier life served and this one goes on serving under the same versions, all of them below `startRevision`. */
  readonly initial?: ReadonlyMap<string, readonly StoredObject[]>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** The engine of a single process: the truth is in this memory and commits are synchronous. */
export function createMemoryEngine(deps: MemoryEngineDeps): StoreEngine {
  const tables = new Map(deps.resources.map((resource) => [resource, initialTable(deps, resource)]));
  const followers: ((commit: Commit) => void)[] = [];
  // The line begins with a revision of our own above the mark, so that a watch may start at once from "now".
  let revision = nextRevision(deps.startRevision, deps.clock(), deps.incarnation);
  let telling = false;

  const tableOf = (resource: string): Map<string, StoredObject> => {
    const table = tables.get(resource);
    if (table === undefined) throw new Error(`the store has no resource "${resource}"`);
    return table;
  };

  const apply = (change: ObjectChange, nowMs: number): StoreEvent | undefined => {
    const table = tableOf(change.resource);
    const text = keyString(change.key);
    const event = eventOf(change, table.get(text), () => nextRevision(revision, nowMs, deps.incarnation));
    if (event === undefined) return undefined;
    revision = event.revision;
    if (event.type === 'DELETED') table.delete(text);
    else table.set(text, event.current);
    return event;
  };

  const commit = (changes: readonly ObjectChange[]): readonly StoreEvent[] => {
    if (telling) throw new Error('commit was called by a follower or sink of the commit before it');
    for (const change of changes) {
      tableOf(change.resource);
      assertOwnKey(change);
    }
    const nowMs = deps.clock();
    const events = changes.map((change) => apply(change, nowMs)).filter((event) => event !== undefined);
    if (events.length === 0) return events;
    telling = true;
    try {
      for (const follower of followers) follower({ revision, events });
    } finally {
      telling = false;
    }
    return events;
  };

  return {
    current: () => revision,
    isOwn: (other) => incarnationOf(other) === deps.incarnation,
    get: (resource, key) => tableOf(resource).get(keyString(key)),
    entries: (resource) => tableOf(resource).values(),
    size: (resource) => tableOf(resource).size,
    commit,
    follow: (follower) => void followers.push(follower),
  };
}

function initialTable({ initial, startRevision }: MemoryEngineDeps, resource: string): Map<string, StoredObject> {
  const objects = initial?.get(resource) ?? [];
  for (const { revision } of objects) {
    if (revision > startRevision) throw new Error(`an object of ${resource} is newer than the start of the line`);
  }
  return new Map(objects.map((stored) => [keyString(stored.key), stored]));
}

/** Checked for all changes before the first is applied, so that a bug cannot leave half a commit behind. */
function assertOwnKey(change: ObjectChange): void {
  if (change.object === undefined) return;
  const key = keyOf(change.object);
  if (key.namespace !== change.key.namespace || key.name !== change.key.name) {
    throw new Error(`a change of ${change.resource} ${keyString(change.key)} holds the object ${keyString(key)}`);
  }
}

function eventOf(
  change: ObjectChange,
  previous: StoredObject | undefined,
  takeRevision: () => Revision,
): StoreEvent | undefined {
  const { resource, key, object } = change;
  if (object === undefined) {
    if (previous === undefined) return undefined;
    const revision = takeRevision();
    return {
      type: 'DELETED',
      resource,
      revision,
      current: { ...previous, ...atRevision(previous.object, revision) },
      previous,
    };
  }
  if (previous !== undefined && isSameContent(previous.object, object)) return undefined;
  const revision = takeRevision();
  const origin = originAt(change, previous?.origin, revision);
  const current = {
    key: previous?.key ?? key,
    ...atRevision(object, revision),
    ...(origin === undefined ? {} : { origin }),
  };
  return { type: previous === undefined ? 'ADDED' : 'MODIFIED', resource, revision, current, previous };
}

function atRevision(object: KubeObject, revision: Revision): Pick<StoredObject, 'object' | 'revision'> {
  const metadata = { ...object.metadata, resourceVersion: formatRevision(revision) };
  return { revision, object: { ...object, metadata } };
}

/** The same state of the member's object goes on being shown since the same revision. */
function originAt({ origin, shows }: ObjectChange, before: Origin | undefined, revision: Revision): Origin | undefined {
  if (origin === undefined) return undefined;
  if (before?.state === origin) return before;
  return { state: origin, since: revision, ...(shows === undefined ? {} : { shows }) };
}
