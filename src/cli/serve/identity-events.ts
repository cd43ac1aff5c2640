import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY } from '../../kube/cluster-property.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import { keyOf } from '../../kube/object.ts';

/** Only these properties of a member say something about others: who shares its id. */
const IDENTITY_PROPERTIES: ReadonlySet<string> = new Set([CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY]);

/** Whether a member tells that its identity may be another now, or known for the first time. */
export function tellsIdentity(event: MemberEvent): boolean {
  if (event.type === 'registered' || event.type === 'left') return true;
  if (!('resource' in event) || event.resource !== 'clusterproperties') return false;
  if (event.type === 'synced') return true;
  const keys = [...event.applied.map(keyOf), ...event.deleted];
  return keys.some(({ name }) => IDENTITY_PROPERTIES.has(name));
}
