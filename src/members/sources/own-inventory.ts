import { type JsonObject, textAt } from '../../kube/object.ts';

/** Carries the name of a profile's manager (KEP-4322 §ClusterProfile); Argo CD copies it to the Secrets that it makes. */
export const CLUSTER_MANAGER_LABEL = 'x-k8s.io/cluster-manager';

/** True for a ClusterProfile that we serve ourselves: reading it back would register every member a second time. */
export function isOwnProfile(profile: JsonObject, ownManager: string): boolean {
  return (
    textAt(profile, 'spec', 'clusterManager', 'name') === ownManager ||
    textAt(profile, 'metadata', 'labels', CLUSTER_MANAGER_LABEL) === ownManager
  );
}
