import type { ClusterId } from '../kube/cluster-id.ts';
import type { KubeObject } from '../kube/object.ts';
import type { IpFamily } from './ip-family.ts';

/** One member's ServiceExport of a namespace/name, with all that the rules read of that member. */
export interface Exporter {
  readonly cluster: ClusterId;
  /** Identity of the member cluster, once known. */
  readonly fingerprint: string | undefined;
  /** How far the member's clock is ahead of ours, coarsely; 0 when it is right. */
  readonly clockSkewSeconds: number;
  readonly serviceExport: KubeObject;
  readonly service: KubeObject | undefined;
  /** Families of the Service's EndpointSlices; read for selectorless headless Services only. */
  readonly sliceFamilies: ReadonlySet<IpFamily>;
  /** The ClusterSet that the member's own ClusterProperty names. */
  readonly memberClusterSet: string | undefined;
  /** What must be read from the member before this export can be judged. */
  readonly unknownContent: 'services' | 'clusterproperties' | undefined;
  /** False when the row's name, having been cut, belongs to another export. */
  readonly hasRow: boolean;
}
