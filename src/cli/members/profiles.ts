import { SETTINGS_CONDITION } from '../../clusterset/index.ts';
import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY } from '../../kube/cluster-property.ts';
import { MEMBER_ID_LABEL } from '../../kube/domain.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { ClusterClient } from '../install/cluster-client.ts';

const VERSION = 'v1alpha1';
const RESOURCE = 'clusterprofiles';

/** What the running server tells of a member in its ClusterProfile; '' for what it does not tell. */
export interface ShownMember {
  readonly name: string;
  readonly joined: string;
  readonly healthy: string;
  readonly version: string;
  readonly clusterSet: string;
  /** Its property cluster.clusterset.k8s.io. */
  readonly clusterId: string;
  /** Tells one cluster from another, whatever it is called. */
  readonly memberId: string;
  /** Whether what was said of its profiles at registration was applied, and what not. */
  readonly settings: string;
  readonly settingsMessage: string;
}

/**
 * The members as the server in `namespace` shows them in its profiles, each once whatever the number of inventories; or
 * why that is not known. Whatever its manager and API group are called: all profiles of its group are its own.
 */
export async function readShownMembers(
  hub: ClusterClient,
  namespace: string,
): Promise<Outcome<readonly ShownMember[], string>> {
  try {
    const group = await profileGroup(hub, namespace);
    if (group === undefined) return failed(`no server in namespace ${namespace} of the hub serves ClusterProfiles`);
    const profiles = await hub.list(`/apis/${group}/${VERSION}/${RESOURCE}`, '');
    return succeeded([...new Map(profiles.map(shownMember).map((member) => [member.name, member])).values()]);
  } catch (error) {
    return failed(
      `ClusterProfiles cannot be read on the hub (${error instanceof Error ? error.message : 'no answer'})`,
    );
  }
}

async function profileGroup(hub: ClusterClient, namespace: string): Promise<string | undefined> {
  const services = await hub.list('/apis/apiregistration.k8s.io/v1/apiservices', '');
  for (const service of services) {
    const isOurs = textAt(service, 'spec', 'service', 'namespace') === namespace;
    const group = textAt(service, 'spec', 'group');
    if (!isOurs || group === undefined || textAt(service, 'spec', 'version') !== VERSION) continue;
    const discovery = await hub.get(`/apis/${group}/${VERSION}`);
    if (listAt(discovery, 'resources').some((resource) => resource['name'] === RESOURCE)) return group;
  }
  return undefined;
}

function shownMember(profile: JsonObject): ShownMember {
  return {
    name: textAt(profile, 'metadata', 'name') ?? '',
    joined: conditionText(profile, 'Joined'),
    healthy: conditionText(profile, 'ControlPlaneHealthy'),
    version: textAt(profile, 'status', 'version', 'kubernetes') ?? '',
    clusterSet: propertyText(profile, CLUSTERSET_PROPERTY),
    clusterId: propertyText(profile, CLUSTER_ID_PROPERTY),
    memberId: textAt(profile, 'metadata', 'labels', MEMBER_ID_LABEL) ?? '',
    settings: conditionText(profile, SETTINGS_CONDITION),
    settingsMessage: textAt(conditionOf(profile, SETTINGS_CONDITION), 'message') ?? '',
  };
}

/** `True`, or the status with its reason. */
function conditionText(profile: JsonObject, type: string): string {
  const condition = conditionOf(profile, type);
  const status = textAt(condition, 'status') ?? '';
  return status === 'True' || status === '' ? status : `${status} (${textAt(condition, 'reason') ?? ''})`;
}

function conditionOf(profile: JsonObject, type: string): JsonObject | undefined {
  return listAt(statusOf(profile), 'conditions').find((entry) => entry['type'] === type);
}

function propertyText(profile: JsonObject, name: string): string {
  const property = listAt(statusOf(profile), 'properties').find((entry) => entry['name'] === name);
  return textAt(property, 'value') ?? '';
}

function statusOf({ status }: JsonObject): JsonObject | undefined {
  return isJsonObject(status) ? status : undefined;
}

function listAt(object: JsonObject | undefined, field: string): readonly JsonObject[] {
  const list: JsonValue | undefined = object?.[field];
  return isJsonList(list) ? list.filter(isJsonObject) : [];
}
