import { isJsonObject, type KubeObject } from './object.ts';

/** The property that identifies a cluster in its ClusterSet (KEP-2149). */
export const CLUSTER_ID_PROPERTY = 'cluster.clusterset.k8s.io';

/** The property that names the ClusterSet which a cluster belongs to, as long as it does (KEP-2149). */
export const CLUSTERSET_PROPERTY = 'clusterset.k8s.io';

/** What a ClusterProperty says; '' for what is missing or no text, as no property has an empty value. */
export function propertyValue(property: KubeObject | undefined): string {
  const spec: unknown = property?.spec;
  const value = isJsonObject(spec) ? spec['value'] : undefined;
  return typeof value === 'string' ? value : '';
}
