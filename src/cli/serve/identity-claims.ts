import type { IdentityClaim, IdentityReservations, KnownIdentity, TakenClaim } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY, propertyValue } from '../../kube/cluster-property.ts';
import {
  type AdmissionContext,
  type AdmissionDecision,
  type AdmissionRequest,
  subjectOf,
} from '../../resources/index.ts';

/** Retry-After while another change of a member's identity is under way. */
export const CLAIM_RETRY_SECONDS = 1;

type PropertyWrite = Pick<AdmissionRequest, 'operation' | 'object' | 'oldObject' | 'cluster'>;

/** Who a member becomes by a write of a property; undefined where that changes nothing. */
export function claimOf(
  write: PropertyWrite & Parameters<typeof subjectOf>[0],
  identityOf: (cluster: ClusterId) => KnownIdentity,
): IdentityClaim | undefined {
  const { cluster, object } = write;
  const { clusterID, clusterSet } = identityOf(cluster);
  const { name } = subjectOf(write).metadata;
  const value = propertyValue(object);
  if (name === CLUSTER_ID_PROPERTY && value !== clusterID) return { cluster, clusterID: value, clusterSet };
  if (name === CLUSTERSET_PROPERTY && value !== clusterSet) return { cluster, clusterID, clusterSet: value };
  return undefined;
}

/** Why a claim cannot be taken now. */
export function claimProblem(claim: IdentityClaim, taken: Exclude<TakenClaim, { type: 'taken' }>): string {
  switch (taken.type) {
    case 'busy':
      return `another change of the identity of member cluster "${claim.cluster}" is under way`;
    case 'held':
      return `member cluster "${taken.by}" is about to take id "${claim.clusterID}" in ClusterSet "${claim.clusterSet}"`;
    case 'full':
      return 'too many changes of the identities of member clusters are under way';
  }
}

export interface ClaimDeps {
  readonly admission: AdmissionContext;
  readonly reservations: Pick<IdentityReservations, 'take'>;
}

/** Notes who the member is about to become by an allowed write of a property; undefined where nothing stands against it. */
export function reserveClaim(
  { admission, reservations }: ClaimDeps,
  request: AdmissionRequest,
): AdmissionDecision | undefined {
  const claim = request.dryRun ? undefined : claimOf(request, admission.lookup.identityOf);
  const taken = claim && reservations.take(claim);
  if (claim === undefined || taken === undefined || taken.type === 'taken') return undefined;
  const because = claimProblem(claim, taken);
  return { type: 'unavailable', because, retryAfterSeconds: CLAIM_RETRY_SECONDS, warnings: [] };
}
