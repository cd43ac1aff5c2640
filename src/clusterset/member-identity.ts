import type { ClusterId } from '../kube/cluster-id.ts';
import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY, propertyValue } from '../kube/cluster-property.ts';
import { keyString } from '../kube/object.ts';
import type { MemberContent } from './member-content.ts';

/** Who a member says it is, by its well-known properties as they were read last (KEP-2149). */
export interface KnownIdentity {
  /** As it is registered. */
  readonly name: ClusterId;
  /** Value of `cluster.clusterset.k8s.io`; '' when it has none. */
  readonly clusterID: string;
  /** Value of `clusterset.k8s.io`; '' when it belongs to no ClusterSet. */
  readonly clusterSet: string;
  /** Its properties were read completely at least once; otherwise the rest says nothing. */
  readonly observed: boolean;
}

/** The same with whether the member can be reached now; what is known of one that cannot be stays. */
export interface MemberIdentity extends KnownIdentity {
  readonly reachable: boolean;
}

export function identityOfMember({ cluster, resources }: MemberContent): KnownIdentity {
  const { objects, usable } = resources.clusterproperties;
  const valueOf = (name: string): string => propertyValue(objects.get(keyString({ namespace: '', name })));
  return {
    name: cluster,
    clusterID: valueOf(CLUSTER_ID_PROPERTY),
    clusterSet: valueOf(CLUSTERSET_PROPERTY),
    observed: usable,
  };
}

/** What tells since when a member is one of its ClusterSet, and which cluster it is. */
export function memberSince({ resources, fingerprint }: MemberContent): {
  readonly memberSince: string | undefined;
  readonly fingerprint: string | undefined;
} {
  const property = resources.clusterproperties.objects.get(keyString({ namespace: '', name: CLUSTERSET_PROPERTY }));
  return { memberSince: property?.metadata.creationTimestamp ?? undefined, fingerprint };
}

export function unknownIdentity(name: ClusterId): KnownIdentity {
  return { name, clusterID: '', clusterSet: '', observed: false };
}
