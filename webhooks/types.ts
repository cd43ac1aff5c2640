import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../src/kube/object.ts';
import type { RequestUser } from '../src/kube/request-user.ts';
import type { AdmissionDecision, AdmissionOperation, AdmissionSubject, RuleEffect } from '../src/resources/index.ts';
import type { ConvertibleKind } from './conversion/edits.ts';

/** Who sent a review, as far as the path and the connection tell. */
export interface ReviewOrigin {
  /** The member that the path names; undefined where the webhooks run in the member itself. */
  readonly member: string | undefined;
  /** The caller proved that it is that member's kube-apiserver. */
  readonly authenticated: boolean;
}

/** One write that a kube-apiserver asks about, taken out of its envelope; objects are in the subject's first version. */
export interface ReviewedWrite {
  /** `deny` is asked by the safety webhook, `warn` by the advice webhook. */
  readonly effect: RuleEffect;
  readonly origin: ReviewOrigin;
  readonly subject: AdmissionSubject;
  readonly operation: AdmissionOperation;
  /** '' is the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  /** '' on a create whose name is made by the kube-apiserver. */
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  /** The API version that the client used. */
  readonly requestVersion: string;
  readonly user: RequestUser;
  readonly dryRun: boolean;
  /** False once the caller has gone, or its time is up. */
  readonly isAwaited: () => boolean;
}

/** A decision, and what of it kube-apiserver writes into its audit log: values by short keys. */
export type ReviewDecision = AdmissionDecision & {
  readonly auditAnnotations?: Readonly<Record<string, string>>;
};

/** What the rules say; given by the composition root. Never rejects for what a client may send. */
export type Judge = (write: ReviewedWrite) => ReviewDecision | Promise<ReviewDecision>;

/** What of the connection is known about the member that the path names. `unknown`: there is no such member. */
export type IdentifyMember = (member: string, message: IncomingMessage) => 'authenticated' | 'unproven' | 'unknown';

/** Whose kube-apiservers ask. That decides which paths there are: any other is answered 404 before its body is read. */
export type WebhookCallers =
  /** That of the member in which the webhooks run, by paths without a name; it also has these kinds converted. */
  | { readonly type: 'ownMember'; readonly convertible: readonly ConvertibleKind[] }
  /** Those of all members, by paths that name one. Nothing is converted: no member may need the hub to read its objects. */
  | { readonly type: 'members'; readonly identifyMember: IdentifyMember };

/** Why the ClusterSet cannot be judged by yet; said in a sentence that ends a message. */
export interface NotSynced {
  readonly because: string;
  readonly retryAfterSeconds: number;
}

/** The part of the process's logger that is used: data in fields, constant messages, never an object of a review. */
export interface Logger {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}
