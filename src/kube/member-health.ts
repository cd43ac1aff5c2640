/** Why a control plane counts as it does; also the reasons of the condition ControlPlaneHealthy. */
export type HealthReason =
  | 'APIServerReady'
  | 'APIServerNotReady'
  | 'EtcdUnhealthy'
  | 'ControllerManagerStale'
  | 'SchedulerStale'
  | 'ProbeUnauthorized'
  | 'ProbeForbidden'
  | 'TLSVerificationFailed'
  | 'MemberUnreachable'
  | 'ProxyError'
  | 'ProbeThrottled'
  | 'CredentialPluginFailed'
  | 'RegistrationInvalid'
  | 'NeverContacted';

/** What probes of a member say about its control plane. Not reachable is Unknown, never False (KEP-4322). */
export interface MemberHealth {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: HealthReason;
  /** Says the same as long as the same is observed: no times, no latencies. */
  readonly message: string;
}

/** What is observed of a member beside its objects and its state. */
export interface MemberObservation {
  /** Undefined until probes of this life have decided: what was known before goes on being so. */
  readonly health: MemberHealth | undefined;
  /** It answered in this life, and is the cluster that was registered: what earlier lives found out is not asked any more. */
  readonly isConfirmed: boolean;
  /**
   * Its ClusterProperties may not be read: what is known of them may be out of date. Undefined while they are not read for
   * another reason.
   */
  readonly isForbiddenProperties: boolean | undefined;
}
