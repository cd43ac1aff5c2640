import type { ClusterId } from './cluster-id.ts';
import type { KubeObject, ObjectKey } from './object.ts';

/** What is read from a member. EndpointSlices only where a rule needs them. */
export type MemberResource = 'serviceexports' | 'services' | 'namespaces' | 'clusterproperties' | 'endpointslices';

/**
 * What a member tells the core. Objects are already validated and cut: projected kinds are whole and in the storage
 * version's apiVersion, the others hold only the fields that rules read. A relist arrives as its minimal difference.
 */
export type MemberEvent =
  /** The member is registered; nothing is known of its content until `synced`. */
  | { readonly type: 'registered'; readonly cluster: ClusterId; readonly fingerprint: string | undefined }
  | {
      readonly type: 'changed';
      readonly cluster: ClusterId;
      readonly resource: MemberResource;
      readonly applied: readonly KubeObject[];
      readonly deleted: readonly ObjectKey[];
    }
  /** The first complete state of this resource is in (also when restored from a snapshot, or when the CRD is absent). */
  | { readonly type: 'synced'; readonly cluster: ClusterId; readonly resource: MemberResource }
  /** The identity of the cluster (uid of namespace kube-system) became known. */
  | { readonly type: 'identified'; readonly cluster: ClusterId; readonly fingerprint: string }
  /**
   * How far the member's clock is ahead of ours, coarsely (one significant digit), and 0 when it is right, as it counts
   * after `registered`. Told only when that changes: nothing in an object may change because time passes.
   */
  | { readonly type: 'clock'; readonly cluster: ClusterId; readonly skewSeconds: number }
  /** The member left the clusterset: all that it held is gone. */
  | { readonly type: 'left'; readonly cluster: ClusterId };

export type MemberPhase = 'pending' | 'live' | 'stale' | 'left';

/** What is known of a member's health; shown in Warning headers, metrics and readiness, never inside objects. */
export interface MemberStatus {
  readonly cluster: ClusterId;
  readonly phase: MemberPhase;
  /** False until every resource had its first complete state (live or restored). */
  readonly synced: boolean;
  /** Epoch milliseconds of the last successful contact; undefined if there was none. */
  readonly lastContactMs: number | undefined;
  readonly fingerprint: string | undefined;
  /** Kubernetes version of the member (gitVersion). */
  readonly version: string | undefined;
  /** Why it is not live, in a fixed vocabulary: Unreachable, CertificateInvalid, Unauthorized, Forbidden, … */
  readonly reason: string | undefined;
  /** One sentence for people; never holds credentials. */
  readonly message: string | undefined;
  /** Seconds by which the member's clock is ahead of ours, from its Date header. */
  readonly clockSkewSeconds: number | undefined;
}
