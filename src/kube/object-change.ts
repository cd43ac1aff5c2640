import type { KubeObject, ObjectKey } from './object.ts';

/** One wanted change of the store; `object` undefined deletes. A change that alters nothing is dropped by the store. */
export interface ObjectChange {
  readonly resource: string;
  readonly key: ObjectKey;
  /** In the storage version, without metadata.resourceVersion. */
  readonly object: KubeObject | undefined;
  /** Of projected objects: names the state of the member's object that is shown; any text that changes with it. */
  readonly origin?: string;
  /** The member's object itself, in the storage version, and who holds it. */
  readonly shows?: MemberObject;
}

export interface MemberObject {
  readonly cluster: string;
  readonly object: KubeObject;
}
