import type { FieldCause } from '../../kube/api-errors.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberResource } from '../../kube/member-event.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import type { RequestUser } from '../../kube/request-user.ts';
import type { Revision } from '../../kube/revision.ts';
import type { WritableMember } from '../member-deps.ts';

/** A row as the store has it now, and the member's object that it shows. */
export interface ShownRow {
  readonly cluster: ClusterId;
  /** In the storage version, with the row's resourceVersion. */
  readonly row: KubeObject;
  readonly revision: Revision;
  /** The first revision at which the row showed this state of the member's object. */
  readonly originSince: Revision;
  readonly origin: KubeObject;
}

/** Where the object behind a row lies; `name` is its name in the member. */
export interface RowAddress {
  readonly cluster: string;
  readonly name: string;
}

export interface NewRowAddress {
  readonly cluster: ClusterId;
  /** '' when the member makes the name. */
  readonly name: string;
}

/** What one projected kind knows about its rows. All pure, but for `row`, which looks at the present. */
export interface ProjectedKind {
  readonly resource: MemberResource;
  /** Group and kind in members, whatever they are served as. */
  readonly group: string;
  readonly kind: string;
  readonly parseRowName: (name: string) => Outcome<RowAddress, string>;
  readonly row: (key: ObjectKey) => ShownRow | undefined;
  /** Members that could hold this row although it is not shown: until they are read, "not found" would be a guess. */
  readonly couldHold: (key: ObjectKey) => readonly string[];
  /** The row that an object would have. */
  readonly previewRow: (cluster: ClusterId, object: KubeObject) => KubeObject | undefined;
  readonly unproject: (wanted: KubeObject, shown: ShownRow) => Outcome<KubeObject, readonly FieldCause[]>;
  readonly unprojectNew: (row: KubeObject, address: NewRowAddress) => Outcome<KubeObject, readonly FieldCause[]>;
  readonly unprojectApplied: (
    applied: JsonObject,
    address: NewRowAddress,
  ) => Outcome<JsonObject, readonly FieldCause[]>;
  /** An object of the storage version in another version, with the upstream group in apiVersion. */
  readonly inVersion: (object: KubeObject, version: string) => KubeObject;
  readonly toStorage: (object: KubeObject) => KubeObject;
  /** Objects are shown under their own names, those of one member. */
  readonly ownNames?: true;
}

/** Objects are as the member has them, in the storage version. */
interface AdmissionObjects {
  readonly CREATE: { readonly object: KubeObject; readonly oldObject: undefined };
  readonly UPDATE: { readonly object: KubeObject; readonly oldObject: KubeObject };
  readonly DELETE: { readonly object: undefined; readonly oldObject: KubeObject };
}

type AdmissionInputOf<O extends keyof AdmissionObjects> = { readonly operation: O } & AdmissionObjects[O];

/** What a write does to an object. */
export type AdmissionSubject = AdmissionInputOf<'CREATE'> | AdmissionInputOf<'UPDATE'> | AdmissionInputOf<'DELETE'>;

/** A write as admission sees it. */
export type AdmissionInput = AdmissionSubject & {
  readonly cluster: ClusterId;
  readonly subresource: '';
  readonly requestVersion: string;
  readonly dryRun: boolean;
  readonly user: RequestUser;
};

/** What admission says; warnings are told also of a write that may not go on. */
export type Admission = {
  readonly warnings: readonly string[];
  /** For the audit line only. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
} &
  /** `undone` is called when nothing came of the write, and it is certain that nothing will. */
  (
    | { readonly type: 'allow'; readonly undone?: () => void }
    | { readonly type: 'invalid'; readonly causes: readonly FieldCause[] }
    | { readonly type: 'forbidden'; readonly because: string }
    /** Too little is known to judge it now. */
    | { readonly type: 'unavailable'; readonly because: string; readonly retryAfterSeconds: number }
    /** A bug in a rule. */
    | { readonly type: 'failed'; readonly rule: string; readonly cause: unknown }
  );

export type WriteVerb = 'create' | 'update' | 'patch' | 'apply' | 'delete';

/** One write that was done or refused on the way, for the audit line and metrics. */
export interface WriteRecord {
  readonly user: RequestUser;
  readonly verb: WriteVerb;
  /** What it changes: an object in a member, or what other writers keep in the member's profile, which stays here. */
  readonly to: 'member' | 'profile';
  readonly cluster: string;
  /** With the subresource, as RBAC has it. */
  readonly resource: string;
  readonly namespace: string;
  /** Of the object in the member; '' while the member has not made it. */
  readonly name: string;
  readonly dryRun: boolean;
  readonly auditId: string;
  /** HTTP status of our answer, and the reason where it is an error. */
  readonly code: number;
  readonly reason: string | undefined;
  readonly durationMs: number;
  /** What rules noted of it. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Whether a user may write to a member at all; `deny` and `error` end the write before anything is sent. */
export type AuthorizeCluster = (
  user: RequestUser,
  at: { readonly cluster: string; readonly namespace: string },
) => Promise<
  { readonly type: 'allow' } | { readonly type: 'deny'; readonly reason: string } | { readonly type: 'error' }
>;

/** Headers that make the member take the caller for the writer, or why that cannot be. */
export type Impersonate = (user: RequestUser) => Outcome<Readonly<Record<string, string | readonly string[]>>, string>;

export interface RowWritesDeps {
  readonly kinds: readonly ProjectedKind[];
  /** A kind as the view of one member shows it; only needed where there are such views. */
  readonly inMember?: (kind: ProjectedKind, member: string) => ProjectedKind;
  readonly member: (cluster: string) => WritableMember | undefined;
  readonly authorizeCluster: AuthorizeCluster;
  readonly admit: (kind: ProjectedKind, input: AdmissionInput) => Admission | Promise<Admission>;
  readonly impersonate: Impersonate;
  /** Resolves once what a member's write gave back is in the store. */
  readonly settle: (key: ObjectKey) => Promise<void>;
  readonly record: (record: WriteRecord) => void;
  /** Milliseconds that never step back; only durations are measured with it. */
  readonly monotonic: () => number;
}
