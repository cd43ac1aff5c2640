import { deepEqual } from '../kube/deep-equal.ts';
import type { KubeObject } from '../kube/object.ts';

/** True when two objects differ at most in metadata.resourceVersion. */
export function isSameContent(a: KubeObject, b: KubeObject): boolean {
  return a === b || deepEqual(withoutRevision(a), withoutRevision(b));
}

function withoutRevision(object: KubeObject): object {
  // Nested objects stay shared, so equal subtrees are still recognised by identity.
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } };
}
