import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { keyOf, keyString } from '../kube/object.ts';
import { compareResourceVersions } from './resource-version.ts';

/** Objects that a write gave back are remembered so long: no list that began before the write takes longer. */
const WRITTEN_KEPT_MS = 300_000;
/** Remembered at once per resource of a member; the oldest go first. */
const WRITTEN_OBJECTS_MAX = 1_000;
/** Deleted objects that are remembered per resource of a member, by uid; the oldest go first. */
const DELETED_UIDS_MAX = 1_000;

/**
 * What our own writes told of a member before its watch does: so that nobody who wrote reads an older state afterwards,
 * whatever list or event is still on its way.
 */
export interface WrittenObjects {
  readonly wrote: (object: KubeObject, nowMs: number) => void;
  readonly deleted: (uid: string) => void;
  /** Deleted by us: uids never come back, so this is an older state on its way. */
  readonly isDeleted: (object: KubeObject) => boolean;
  /** The watch got as far as `revision` for this object. */
  readonly seen: (key: ObjectKey, revision: string) => void;
  /**
   * What was written after a list that is true at `revision`; the rest is forgotten. Undefined, or a revision below the
   * one before (the member's numbering went back): everything is.
   */
  readonly newerThan: (revision: string | undefined, nowMs: number) => readonly KubeObject[];
}

interface Written {
  readonly object: KubeObject;
  readonly atMs: number;
}

export function createWrittenObjects(): WrittenObjects {
  const written = new Map<string, Written>();
  const deletedUids = new Set<string>();
  let listed: string | undefined;
  return {
    wrote: (object, nowMs) => {
      const key = keyString(keyOf(object));
      written.delete(key);
      written.set(key, { object, atMs: nowMs });
      dropOldest(written, WRITTEN_OBJECTS_MAX);
    },
    deleted: (uid) => {
      deletedUids.add(uid);
      dropOldest(deletedUids, DELETED_UIDS_MAX);
    },
    isDeleted: ({ metadata }) => metadata.uid !== undefined && deletedUids.has(metadata.uid),
    seen: (key, revision) => {
      if (written.size === 0) return;
      const known = written.get(keyString(key));
      if (known !== undefined && !isAfter(known.object, revision)) written.delete(keyString(key));
    },
    newerThan: (revision, nowMs) => {
      const wentBack = listed !== undefined && revision !== undefined && compareResourceVersions(revision, listed) < 0;
      listed = revision;
      const kept = [...written.values()].filter(
        ({ object, atMs }) =>
          revision !== undefined && !wentBack && isAfter(object, revision) && nowMs - atMs < WRITTEN_KEPT_MS,
      );
      written.clear();
      for (const one of kept) written.set(keyString(keyOf(one.object)), one);
      return kept.map(({ object }) => object);
    },
  };
}

function isAfter({ metadata }: KubeObject, revision: string): boolean {
  return compareResourceVersions(metadata.resourceVersion ?? '0', revision) > 0;
}

function dropOldest(from: Map<string, unknown> | Set<string>, sizeMax: number): void {
  for (const key of from.keys()) {
    if (from.size <= sizeMax) return;
    from.delete(key);
  }
}
