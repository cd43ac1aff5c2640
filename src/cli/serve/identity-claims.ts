import type { IdentityClaim, IdentityReservations, KnownIdentity, TakenClaim } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY, propertyValue } from '../../kube/cluster-property.ts';
import {
  type AdmissionContext,
  type AdmissionDecision,
  type AdmissionRequest,
  subjectOf,
} from '../../resources/index.ts';

/** Retry-After while a member's identity is changing. */
const CLAIM_RETRY_SECONDS = 1;

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
function claimProblem(claim: IdentityClaim, taken: Exclude<TakenClaim, { type: 'taken' }>): string {
  switch (taken.type) {
    case 'busy':
      return `another change of the identity of member cluster "${claim.cluster}" is under way`;
    case 'held':
      return `member cluster "${taken.by}" is about to take id "${claim.clusterID}" in ClusterSet "${claim.clusterSet}"`;
    case 'full':
      return 'too many changes of the identities of member clusters are under way';
  }
}

/** What stands against a write for a moment only. */
export function tryAgain(because: string): Extract<AdmissionDecision, { readonly type: 'unavailable' }> {
  return { type: 'unavailable', because, retryAfterSeconds: CLAIM_RETRY_SECONDS, warnings: [] };
}

export interface ClaimDeps {
  readonly admission: AdmissionContext;
  readonly reservations: Pick<IdentityReservations, 'take'>;
}

export type Reserved =
  /** `undo` is for a write that did nothing; undefined where nothing had to be noted. */
  | { readonly type: 'reserved'; readonly undo: (() => void) | undefined }
  | { readonly type: 'refused'; readonly decision: Extract<AdmissionDecision, { readonly type: 'unavailable' }> };

/** Notes who the member is about to become by an allowed write of a property. A dry run only looks. */
export function reserveClaim({ admission, reservations }: ClaimDeps, request: AdmissionRequest): Reserved {
  const claim = request.dryRun ? undefined : claimOf(request, admission.lookup.identityOf);
  return claim === undefined ? { type: 'reserved', undo: undefined } : takeClaim(reservations, claim);
}

/** Notes who a member is about to become. */
export function takeClaim(reservations: ClaimDeps['reservations'], claim: IdentityClaim): Reserved {
  const taken = reservations.take(claim);
  if (taken.type === 'taken') return { type: 'reserved', undo: taken.undo };
  const because = claimProblem(claim, taken);
  return { type: 'refused', decision: tryAgain(because) };
}
