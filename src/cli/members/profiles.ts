import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { ClusterClient } from '../install/cluster-client.ts';

const MEMBER_ID_LABEL = 'multicluster.x-k8s.io/inventory-member-id';
const MANAGER_LABEL = 'x-k8s.io/cluster-manager';
const CLUSTERSET_PROPERTY = 'clusterset.k8s.io';

/** What the running server tells of a member in its ClusterProfile. */
export interface ShownMember {
  readonly name: string;
  readonly joined: string;
  readonly healthy: string;
  readonly version: string;
  readonly clusterSet: string;
  /** Tells one cluster from another, whatever it is called. */
  readonly memberId: string;
}

/**
 * The members as the server's own profiles show them, each once whatever the number of inventories; undefined where no
 * ClusterProfiles are served.
 */
export async function readShownMembers(
  hub: ClusterClient,
  manager: string,
): Promise<readonly ShownMember[] | undefined> {
  const path = `/apis/${MULTICLUSTER_GROUP}/v1alpha1/clusterprofiles`;
  if ((await hub.get(`/apis/${MULTICLUSTER_GROUP}/v1alpha1`)) === undefined) return undefined;
  const profiles = await hub.list(path, `${MANAGER_LABEL}=${manager}`);
  return [...new Map(profiles.map(shownMember).map((member) => [member.name, member])).values()];
}

function shownMember(profile: JsonObject): ShownMember {
  return {
    name: textAt(profile, 'metadata', 'name') ?? '',
    joined: conditionText(profile, 'Joined'),
    healthy: conditionText(profile, 'ControlPlaneHealthy'),
    version: textAt(profile, 'status', 'version', 'kubernetes') ?? '',
    clusterSet: propertyText(profile, CLUSTERSET_PROPERTY),
    memberId: textAt(profile, 'metadata', 'labels', MEMBER_ID_LABEL) ?? '',
  };
}

/** `True`, or the status with its reason. */
function conditionText(profile: JsonObject, type: string): string {
  const condition = entries(profile, 'conditions').find((entry) => entry['type'] === type);
  const status = textAt(condition, 'status') ?? '';
  return status === 'True' || status === '' ? status : `${status} (${textAt(condition, 'reason') ?? ''})`;
}

function propertyText(profile: JsonObject, name: string): string {
  return (
    textAt(
      entries(profile, 'properties').find((entry) => entry['name'] === name),
      'value',
    ) ?? ''
  );
}

function entries(profile: JsonObject, field: string): readonly JsonObject[] {
  const status = isJsonObject(profile['status']) ? profile['status'] : {};
  const list: JsonValue | undefined = status[field];
  return isJsonList(list) ? list.filter(isJsonObject) : [];
}
