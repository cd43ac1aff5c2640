import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { Incarnation, Revision } from '../kube/revision.ts';
import type { StoreEngine } from './engine.ts';
import type { History, HistoryLimits } from './history.ts';
import { createHistory } from './history.ts';
import { createMemoryEngine } from './memory-engine.ts';
import type { Schedule } from './revision-waiters.ts';
import { createRevisionWaiters } from './revision-waiters.ts';
import { inNamespace, replaceSorted } from './sorted-array.ts';
import type { SortedObjects } from './sorted-objects.ts';
import { createSortedObjects } from './sorted-objects.ts';
import type { OnSinkError } from './subscriptions.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { RevisionProblem, Snapshot, StoredObject, StoreFigures, StoreReader, StoreWriter } from './types.ts';

export type StoreLimits = HistoryLimits;

/** Per resource. */
export const DEFAULT_STORE_LIMITS: StoreLimits = {
  historyEventsMax: 20_000,
  historyBytesMax: 64 * 1024 * 1024,
  historyAgeMinMs: 75_000,
};

interface ServingDeps {
  readonly resources: readonly string[];
  /** Epoch milliseconds; only ages of history are measured with it. */
  readonly clock: () => number;
  readonly limits?: Partial<StoreLimits>;
  readonly onSinkError?: OnSinkError;
  /** Told of every object that is not current any more, so that encoded forms of it can go first. */
  readonly onReplaced?: (stored: StoredObject) => void;
  readonly schedule?: Schedule;
}

export interface StoreDeps extends ServingDeps {
  readonly incarnation: Incarnation;
  /** At or above every revision that an earlier life gave out (the durable mark); 0 if there was none. */
  readonly startRevision: Revision;
  /** As for the engine: objects that keep the versions of an earlier life. */
  readonly initial?: ReadonlyMap<string, readonly StoredObject[]>;
}

export interface EngineStoreDeps extends ServingDeps {
  readonly engine: StoreEngine;
}

/** Reading and writing are different types: HTTP code is handed `reader` only. */
export interface Store {
  readonly reader: StoreReader;
  readonly writer: StoreWriter;
  readonly figures: () => StoreFigures;
}

/** The store of a single process, on the engine in memory. */
export function createStore(deps: StoreDeps): Store {
  return createStoreOn({ ...deps, engine: createMemoryEngine(deps) });
}

interface ResourceState {
  readonly objects: SortedObjects;
  readonly history: History;
}

/** Serving on any engine: sorted lists, history and subscriptions, all fed by the commits that the engine tells of. */
export function createStoreOn(deps: EngineStoreDeps): Store {
  const { engine } = deps;
  const states = createStates(deps);
  const subscriptions = createSubscriptions(deps.onSinkError ?? (() => undefined));
  const waiters = createRevisionWaiters(deps.schedule ?? scheduleTimer);
  const stateOf = (resource: string): ResourceState => {
    const state = states.get(resource);
    if (state === undefined) throw new Error(`the store has no resource "${resource}"`);
    return state;
  };

  engine.follow((commit) => {
    const nowMs = deps.clock();
    for (const event of commit.events) {
      const { objects, history } = stateOf(event.resource);
      objects.apply(event);
      history.append(event, nowMs);
      if (event.previous !== undefined) deps.onReplaced?.(event.previous);
      if (event.type === 'DELETED') deps.onReplaced?.(event.current);
    }
    subscriptions.deliver(commit.events);
    waiters.reached(commit.revision);
  });

  const judge = (history: History, revision: Revision): Outcome<Revision, RevisionProblem> => {
    const current = engine.current();
    if (revision > current) return failed({ type: 'future', current });
    if (engine.isOwn(revision) && revision >= history.oldest()) return succeeded(revision);
    return failed({ type: 'expired', oldest: history.oldest(), current });
  };

  const reader: StoreReader = {
    current: () => engine.current(),
    get: (resource, key) => engine.get(resource, key),
    list: ({ resource, namespace }) => {
      const { objects } = stateOf(resource);
      return snapshotOf(objects, { namespace, revision: engine.current(), items: objects.all() });
    },
    listAt: ({ resource, namespace }, revision) => {
      const { history, objects } = stateOf(resource);
      const judged = judge(history, revision);
      if (!judged.ok) return judged;
      const items = replaceSorted(objects.all(), history.undoTo(revision));
      return succeeded(snapshotOf(objects, { namespace, revision, items }));
    },
    subscribe: (scope, from, sink) => {
      const { history } = stateOf(scope.resource);
      const judged = judge(history, from);
      return judged.ok ? succeeded(subscriptions.add(scope, sink, history.after(from))) : judged;
    },
    waitFor: (revision, timeoutMs) =>
      revision <= engine.current() ? Promise.resolve(true) : waiters.wait(revision, timeoutMs),
  };

  const figures = (): StoreFigures => ({
    revision: engine.current(),
    resources: [...states].map(([resource, { history }]) => ({
      resource,
      objects: engine.size(resource),
      ...history.figures(),
      subscriptions: subscriptions.count(resource),
    })),
  });

  return { reader, writer: { commit: (changes) => engine.commit(changes) }, figures };
}

/** `items`: all objects at the revision. What is known by label is so of the latest state only. */
function snapshotOf(
  objects: SortedObjects,
  { namespace, revision, items }: Snapshot & { namespace: string },
): Snapshot {
  const withLabel = (label: string, value: string): readonly StoredObject[] | undefined =>
    objects.all() === items ? inNamespace(objects.withLabel(label, value), namespace) : undefined;
  return { revision, items: inNamespace(items, namespace), withLabel };
}

function createStates({ engine, resources, limits }: EngineStoreDeps): ReadonlyMap<string, ResourceState> {
  const allLimits = { ...DEFAULT_STORE_LIMITS, ...limits };
  return new Map(
    resources.map((resource) => [
      resource,
      {
        objects: createSortedObjects(engine.entries(resource)),
        history: createHistory(engine.current(), allLimits),
      },
    ]),
  );
}

function scheduleTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
