import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberHealth } from '../../kube/member-health.ts';
import type { JsonObject, KubeObject } from '../../kube/object.ts';

/** Whether the cluster that was registered is the one that answers. */
export type JoinedState = 'registered' | 'pending' | 'identityMismatch' | 'duplicateMember' | 'isHub';

/** What the identity rules of KEP-2149 say to a member, seen over the whole set; undefined: nothing to say. */
export interface IdentityVerdict {
  readonly isUnique: boolean;
  readonly reason: string;
  readonly message: string;
}

/** One way to reach a member, free of secrets. */
export interface AccessEntry {
  /** Type of access, which consumers map to the credentials that they have. */
  readonly name: string;
  /** A Cluster of a kubeconfig, as profiles have it. */
  readonly cluster: JsonObject;
}

/** A setting that was left out, because it cannot be what it is. */
export interface SettingFault {
  readonly reason: SettingReason;
  /** One sentence, which repeats no value that might be secret. */
  readonly message: string;
}

export type SettingReason =
  | 'InvalidSettings'
  | 'InvalidDisplayName'
  | 'InvalidMemberID'
  | 'DuplicateMemberID'
  | 'MemberIDKept'
  | 'InvalidAccessProvider'
  | 'InvalidAccessCluster';

export interface ProfileSettings {
  /** False: nothing was said. */
  readonly isGiven: boolean;
  readonly displayName: string | undefined;
  readonly faults: readonly SettingFault[];
}

/** All that the profile of one member is computed from. */
export interface ProfileFacts {
  readonly cluster: ClusterId;
  /** Undefined until the member answered in this life; then what was shown before goes on being shown. */
  readonly joined: JoinedState | undefined;
  readonly fingerprint: string | undefined;
  readonly version: string | undefined;
  /** Undefined until probes have decided; then what was shown before goes on being shown. */
  readonly health: MemberHealth | undefined;
  /** Its ClusterProperties; undefined until they were read once. */
  readonly properties: readonly KubeObject[] | undefined;
  /** Undefined while that is not known; then what was shown before goes on being shown. */
  readonly isForbiddenProperties: boolean | undefined;
  readonly identity: IdentityVerdict | undefined;
  /** Undefined while its registration or its authority cannot be read; then what was shown before goes on being shown. */
  readonly accessProviders: readonly AccessEntry[] | undefined;
  /** They are shown as `credentialProviders`, too, for consumers older than the new name. */
  readonly isMirrored: boolean;
  /** What whoever registered the member said of its profiles; undefined while that cannot be read. */
  readonly settings: ProfileSettings | undefined;
  /** Undefined while there is none to be given. A profile that has one keeps it. */
  readonly memberId: string | undefined;
  readonly lastContactMs: number | undefined;
}
