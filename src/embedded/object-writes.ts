import { alreadyExists, badRequest, forbidden, notFound } from '../kube/api-errors.ts';
import type { KubeObject, ObjectKey, ObjectMeta } from '../kube/object.ts';
import { keyOf } from '../kube/object.ts';
import { formatTime } from '../kube/time.ts';
import type { Store } from '../store/index.ts';
import type { AssignAddress, EmbeddedKind } from './kind.ts';
import type { Namespaces } from './namespaces.ts';
import type { Preconditions, WriteOptions } from './object-rules.ts';
import {
  assertCurrent,
  assertFinalizersShrink,
  assertPreconditions,
  assertValid,
  isHeld,
  isNamespace,
  markLeaving,
  merged,
  resourceOf,
  targetOf,
  withGeneration,
  withoutStatus,
} from './object-rules.ts';

export interface ObjectWritesDeps {
  readonly store: Store;
  readonly namespaces: Namespaces;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newUid: () => string;
  /** Five characters that make a generated name unique. */
  readonly nameSuffix: () => string;
  readonly assignAddress: AssignAddress;
}

export interface Replacement extends WriteOptions {
  readonly change: Change;
}

/** The object that is wanted instead of the present one; undefined: there is none. Throws to refuse. */
export type Change = (current: KubeObject | undefined) => KubeObject;

/**
 * Creates, replaces and removes objects as kube-apiserver does: names, uids, timestamps, generations, finalizers,
 * optimistic concurrency, defaults and validation. Objects are in their storage version. Throws ApiStatusError.
 */
export interface ObjectWrites {
  readonly create: (kind: EmbeddedKind, object: KubeObject, options?: WriteOptions) => KubeObject;
  readonly update: (kind: EmbeddedKind, key: ObjectKey, replacement: Replacement) => Updated;
  readonly remove: (kind: EmbeddedKind, key: ObjectKey, options?: RemoveOptions) => Removed;
}

export interface Updated {
  readonly object: KubeObject;
  readonly created: boolean;
}

export type RemoveOptions = WriteOptions & { readonly preconditions?: Preconditions };

/** `held`: finalizers (or the content of a namespace) keep it for now. */
export interface Removed {
  readonly object: KubeObject;
  readonly held: boolean;
}

export function createObjectWrites(deps: ObjectWritesDeps): ObjectWrites {
  return {
    create: (kind, object, options = {}) => create(deps, kind, { object, options }),
    update: (kind, key, replacement) => update(deps, kind, { key, ...replacement }),
    remove: (kind, key, options = {}) => remove(deps, kind, { key, options }),
  };
}

interface Creation {
  readonly object: KubeObject;
  readonly options: WriteOptions;
}

function create(deps: ObjectWritesDeps, kind: EmbeddedKind, { object, options }: Creation): KubeObject {
  const given = object.metadata;
  if (given.resourceVersion !== undefined)
    throw badRequest('resourceVersion should not be set on objects to be created');
  const metadata: ObjectMeta = {
    ...given,
    name: given.name === '' ? generatedName(given, deps) : given.name,
    uid: deps.newUid(),
    creationTimestamp: formatTime(deps.clock()),
    ...(kind.traits.hasGeneration ? { generation: 1 } : {}),
  };
  const sent = kind.traits.hasStatus ? withoutStatus(object) : object;
  const created = complete(deps, kind, { object: { ...sent, metadata } });
  const key = keyOf(created);
  deps.namespaces.assertAccepts(kind, key);
  assertValid(kind, created);
  if (deps.store.reader.get(resourceOf(kind), key) !== undefined) throw alreadyExists(targetOf(kind), key.name);
  return options.dryRun === true ? created : put(deps, kind, created);
}

/** kube-apiserver cuts the base so that a name has at most 63 characters. */
function generatedName(metadata: ObjectMeta & { readonly generateName?: unknown }, deps: ObjectWritesDeps): string {
  const { generateName } = metadata;
  return typeof generateName === 'string' ? `${generateName.slice(0, 58)}${deps.nameSuffix()}` : '';
}

type KeyedReplacement = Replacement & { readonly key: ObjectKey };

function update(deps: ObjectWritesDeps, kind: EmbeddedKind, replacement: KeyedReplacement): Updated {
  const { key, change, ...options } = replacement;
  const stored = deps.store.reader.get(resourceOf(kind), key)?.object;
  const wanted = change(stored);
  if (stored === undefined) {
    if (!kind.traits.createsOnUpdate) throw notFound(targetOf(kind), key.name);
    return { object: create(deps, kind, { object: wanted, options }), created: true };
  }
  assertCurrent(kind, stored, wanted);
  const object = complete(deps, kind, { object: merged(kind, stored, { wanted, options }), before: stored });
  assertFinalizersShrink(kind, stored, object);
  assertValid(kind, object, stored);
  const next = withGeneration(kind, stored, object);
  if (options.dryRun === true) return { object: next, created: false };
  const isLast = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
  if (isLast) drop(deps, kind, key);
  return { object: isLast ? next : put(deps, kind, next), created: false };
}

interface Removal {
  readonly key: ObjectKey;
  readonly options: RemoveOptions;
}

function remove(deps: ObjectWritesDeps, kind: EmbeddedKind, { key, options }: Removal): Removed {
  const stored = deps.store.reader.get(resourceOf(kind), key)?.object;
  if (stored === undefined) throw notFound(targetOf(kind), key.name);
  assertPreconditions(kind, stored, options.preconditions ?? {});
  if (deps.namespaces.isProtected(kind, key)) {
    throw forbidden(targetOf(kind), key.name, 'this namespace may not be deleted');
  }
  const isDry = options.dryRun === true;
  if (!isHeld(kind, stored)) return { object: isDry ? stored : drop(deps, kind, key), held: false };
  const leaving = markLeaving(kind, stored, formatTime(deps.clock()));
  if (isDry) return { object: leaving, held: true };
  const object = put(deps, kind, leaving);
  if (isNamespace(kind)) empty(deps, key.name);
  return { object, held: true };
}

/** What the namespace controller does in a real cluster: remove all that is in it, and at last itself. */
function empty(deps: ObjectWritesDeps, namespace: string): void {
  for (const { kind, key } of deps.namespaces.content(namespace)) remove(deps, kind, { key, options: {} });
  finishNamespace(deps, namespace);
}

function finishNamespace({ store, namespaces }: ObjectWritesDeps, namespace: string): void {
  if (!namespaces.isLeaving(namespace) || namespaces.content(namespace).length > 0) return;
  const key = { namespace: '', name: namespace };
  store.writer.commit([{ resource: 'namespaces', key, object: undefined }]);
}

interface Completion {
  readonly object: KubeObject;
  readonly before?: KubeObject;
}

function complete(deps: ObjectWritesDeps, kind: EmbeddedKind, { object, before }: Completion): KubeObject {
  return kind.traits.complete(object, before, deps.assignAddress);
}

/** The object as it is in the store now: a change of nothing keeps its resourceVersion. */
function put({ store }: ObjectWritesDeps, kind: EmbeddedKind, object: KubeObject): KubeObject {
  const key = keyOf(object);
  store.writer.commit([{ resource: resourceOf(kind), key, object }]);
  return store.reader.get(resourceOf(kind), key)?.object ?? object;
}

/** The last state, at the revision of the deletion. */
function drop(deps: ObjectWritesDeps, kind: EmbeddedKind, key: ObjectKey): KubeObject {
  const [event] = deps.store.writer.commit([{ resource: resourceOf(kind), key, object: undefined }]);
  if (event === undefined) throw new Error(`${resourceOf(kind)} ${key.namespace}/${key.name} was not there`);
  finishNamespace(deps, key.namespace);
  return event.current.object;
}
