import type { ClusterId } from '../kube/cluster-id.ts';
import { PROPERTY_LABEL, PROPERTY_NAME_ANNOTATION } from '../kube/domain.ts';
import type { KubeObject } from '../kube/object.ts';
import { type ProjectedKeys, projectMetadata } from './projected-metadata.ts';
import { rowNameOf } from './row-name.ts';

/** Where rows of ClusterProperties tell the name that the property has in its member. */
export const CLUSTER_PROPERTY_KEYS: ProjectedKeys = {
  nameLabel: PROPERTY_LABEL,
  nameAnnotation: PROPERTY_NAME_ANNOTATION,
};

export interface ClusterPropertyInput {
  readonly cluster: ClusterId;
  /** The member's object, whole. */
  readonly property: KubeObject;
  /** From `rowUid`. */
  readonly uid: string;
  /** The set that the member belongs to; undefined while it belongs to none. */
  readonly clusterSet: string | undefined;
}

/** The hub's row for a member's ClusterProperty: the whole object under another name. */
export function projectClusterProperty({ cluster, property, uid, clusterSet }: ClusterPropertyInput): KubeObject {
  const rowName = rowNameOf(cluster, property.metadata.name);
  return {
    ...property,
    metadata: projectMetadata(property.metadata, { cluster, rowName, uid, clusterSet }, CLUSTER_PROPERTY_KEYS),
  };
}
