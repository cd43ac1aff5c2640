import type { JsonObject, KubeObject } from './object.ts';
import type { RequestUser } from './request-user.ts';

/** The row that a write is for, as the request names it. */
export interface RowTarget {
  /** Plural resource and the group it is served under. */
  readonly resource: string;
  readonly group: string;
  readonly kind: string;
  /** API version of the request. */
  readonly version: string;
  readonly namespace: string;
  /** Name of the row; '' when the member is to make one. */
  readonly name: string;
  /** Where it is given, `name` is that of the object in this member, and the object is read and written as it is there. */
  readonly member?: string;
  /** '' for the row itself. */
  readonly subresource: string;
}

/** What a client may ask of every write (metav1 CreateOptions, UpdateOptions, PatchOptions). */
export interface RowWriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
}

/** One write through a row. */
export interface RowWrite {
  readonly target: RowTarget;
  readonly options: RowWriteOptions;
  readonly user: RequestUser;
  readonly auditId: string;
  /** The client was answered, for its time was up, or is gone: nothing more may be sent to a member for it. */
  readonly isOver: () => boolean;
  /** Told of warnings that go with an error; those of a success are in the answer. */
  readonly warn: (text: string) => void;
}

/** How an existing row is to be changed. */
export interface RowChange {
  readonly type: 'update' | 'patch';
  /**
   * The wanted row, out of the row as it is shown; both in the storage version. A patch is asked again when somebody else
   * was faster. Throws ApiStatusError.
   */
  readonly change: (shown: KubeObject) => KubeObject;
  /** What a failure means to who asked for the change, so that what is recorded is what is answered. */
  readonly failure?: (error: unknown) => unknown;
}

/** metav1.DeleteOptions, with preconditions in terms of the row. */
export interface RowDeletion {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What became of a write; errors are thrown as ApiStatusError. */
export interface RowAnswer {
  /** The row in the storage version, with the resourceVersion that it has on the hub. */
  readonly row: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

export type RowDeletionAnswer =
  /** Finalizers hold it: it is shown until they are gone. */
  | { readonly type: 'leaving'; readonly row: KubeObject; readonly warnings: readonly string[] }
  | { readonly type: 'gone'; readonly row: KubeObject; readonly uid: string; readonly warnings: readonly string[] };

/** Writes that go through rows to the members that hold the objects. */
export interface RowWrites {
  readonly create: (write: RowWrite, row: KubeObject) => Promise<RowAnswer>;
  readonly change: (write: RowWrite, change: RowChange) => Promise<RowAnswer>;
  /** Server-side apply: the member's own implementation decides. `applied` is in the request's version. */
  readonly apply: (write: RowWrite, applied: JsonObject, force: boolean) => Promise<RowAnswer>;
  readonly remove: (write: RowWrite, deletion: RowDeletion) => Promise<RowDeletionAnswer>;
}
