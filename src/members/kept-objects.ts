import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { keyOf } from '../kube/object.ts';
import { compareResourceVersions } from './resource-version.ts';
import { createWrittenObjects } from './written-objects.ts';

/** What a complete list changes in what was known. */
export interface Difference {
  readonly applied: readonly KubeObject[];
  readonly deleted: readonly ObjectKey[];
}

/** The objects of one resource of one member, and beside them the parts of a list that is not complete yet. */
export interface KeptObjects {
  readonly size: () => number;
  readonly stagedSize: () => number;
  readonly get: (key: ObjectKey) => KubeObject | undefined;
  readonly all: () => Iterable<KubeObject>;
  /** False when nothing changes: the same version again, or one older than what is known. */
  readonly apply: (object: KubeObject) => boolean;
  /** False when there was nothing to remove, or when what is known is newer than the deletion. */
  readonly remove: (key: ObjectKey, revision: string) => boolean;
  readonly stage: (object: KubeObject) => void;
  readonly unstage: (key: ObjectKey) => void;
  readonly discardStaged: () => void;
  /**
   * What was staged replaces what is known, but for what our own writes have told since `revision`, at which it is true;
   * undefined: nothing of that holds any more. Objects of equal uid and resourceVersion are unchanged, unless
   * `compareContent` asks to look at every field.
   */
  readonly publish: (options: PublishOptions) => Difference;
  /** The object as a write of ours left it. False when what is known is as new, or tells that it is gone again. */
  readonly wrote: (object: KubeObject, at: WrittenAt) => boolean;
  /** A write of ours deleted this object. False when it was not known. */
  readonly deleted: (key: ObjectKey, uid: string) => boolean;
}

export interface WrittenAt {
  readonly nowMs: number;
  /** The revision up to which the watch has told everything; undefined while that is not known. */
  readonly reached: string | undefined;
}

export interface PublishOptions {
  readonly compareContent: boolean;
  readonly revision: string | undefined;
  readonly nowMs: number;
}

// Nested by namespace: a flat key would cost one more string per object.
type ByNamespace = Map<string, Map<string, KubeObject>>;

export function createKeptObjects(): KeptObjects {
  let known = emptyMap();
  let staged = emptyMap();
  const written = createWrittenObjects();
  const applyNewer = (object: KubeObject): boolean => {
    const before = find(known.objects, keyOf(object));
    if (before !== undefined && !isNewer(object, before)) return false;
    put(known, object);
    return true;
  };

  return {
    size: () => known.size,
    stagedSize: () => staged.size,
    get: (key) => find(known.objects, key),
    all: () => iterate(known.objects),
    apply: (object) => {
      written.seen(keyOf(object), versionOf(object));
      return !written.isDeleted(object) && applyNewer(object);
    },
    remove: (key, revision) => {
      written.seen(key, revision);
      const before = find(known.objects, key);
      if (before === undefined || compareResourceVersions(revision, versionOf(before)) < 0) return false;
      return drop(known, key);
    },
    stage: (object) => {
      if (!written.isDeleted(object)) put(staged, sharedIfUnchanged(object, find(known.objects, keyOf(object))));
    },
    unstage: (key) => void drop(staged, key),
    discardStaged: () => {
      staged = emptyMap();
    },
    publish: ({ compareContent, revision, nowMs }) => {
      for (const object of written.newerThan(revision, nowMs)) {
        const listed = find(staged.objects, keyOf(object));
        if (!written.isDeleted(object) && (listed === undefined || isNewer(object, listed))) put(staged, object);
      }
      const difference = differenceOf(known, staged, compareContent ? sameJson : sameVersion);
      known = staged;
      staged = emptyMap();
      return difference;
    },
    wrote: (object, { nowMs, reached }) => {
      // An answer can be slower than the watch: what it tells was told, and may be over.
      const isPast = reached !== undefined && compareResourceVersions(versionOf(object), reached) <= 0;
      if (isPast || written.isDeleted(object) || !applyNewer(object)) return false;
      written.wrote(object, nowMs);
      return true;
    },
    deleted: (key, uid) => {
      written.deleted(uid);
      if (find(staged.objects, key)?.metadata.uid === uid) drop(staged, key);
      return find(known.objects, key)?.metadata.uid === uid && drop(known, key);
    },
  };
}

interface Counted {
  objects: ByNamespace;
  size: number;
}

function emptyMap(): Counted {
  return { objects: new Map(), size: 0 };
}

function find(objects: ByNamespace, key: ObjectKey): KubeObject | undefined {
  return objects.get(key.namespace)?.get(key.name);
}

function put(into: Counted, object: KubeObject): void {
  const { namespace, name } = keyOf(object);
  let inner = into.objects.get(namespace);
  if (inner === undefined) {
    inner = new Map();
    into.objects.set(namespace, inner);
  }
  if (!inner.has(name)) into.size += 1;
  inner.set(name, object);
}

function drop(from: Counted, key: ObjectKey): boolean {
  const inner = from.objects.get(key.namespace);
  if (inner?.delete(key.name) !== true) return false;
  from.size -= 1;
  if (inner.size === 0) from.objects.delete(key.namespace);
  return true;
}

function* iterate(objects: ByNamespace): Iterable<KubeObject> {
  for (const inner of objects.values()) yield* inner.values();
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '0';
}

/** A relist must not hold two copies of everything in memory while it goes on. */
function sharedIfUnchanged(object: KubeObject, before: KubeObject | undefined): KubeObject {
  return before !== undefined && sameVersion(object, before) && sameJson(object, before) ? before : object;
}

function isNewer(object: KubeObject, before: KubeObject): boolean {
  return compareResourceVersions(versionOf(object), versionOf(before)) > 0;
}

function sameVersion(a: KubeObject, b: KubeObject): boolean {
  return a === b || (a.metadata.uid === b.metadata.uid && versionOf(a) === versionOf(b));
}

function differenceOf(known: Counted, staged: Counted, same: (a: KubeObject, b: KubeObject) => boolean): Difference {
  const applied: KubeObject[] = [];
  for (const object of iterate(staged.objects)) {
    const before = find(known.objects, keyOf(object));
    if (before === undefined || !same(object, before)) applied.push(object);
  }
  const deleted: ObjectKey[] = [];
  for (const object of iterate(known.objects)) {
    const key = keyOf(object);
    if (find(staged.objects, key) === undefined) deleted.push(key);
  }
  return { applied, deleted };
}

/** Equal as JSON documents; the order of keys does not matter, an undefined field equals an absent one. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return sameList(a, b);
  return sameFields(a, b) && sameFields(b, a);
}

function sameList(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, index) => sameJson(item, b[index]));
}

function sameFields(a: object, b: object): boolean {
  return Object.entries(a).every(([key, value]) => value === undefined || sameJson(value, ownField(b, key)));
}

function ownField(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined;
}
