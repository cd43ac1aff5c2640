import { IMPORTED_SERVICE_LABEL, MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused } from './finding.ts';

/** Kubernetes itself: garbage collector and namespace controller, which no rule hits. */
const KUBERNETES_MANAGERS = ['kube-controller-manager', 'kube-apiserver'];
/** Of the managers in one message. */
const NAMED_MANAGERS_MAX = 5;

/** Whom the rules about status, imports and imported EndpointSlices will let through. */
export interface ListedControllers {
  readonly controllers: readonly string[];
  /** Field managers that those users write as, where that is not the last part of the user's name. */
  readonly controllerManagers: readonly string[];
}

/**
 * Whoever wrote what will be kept for the controllers must be one of them, else naming them would stop an MCS
 * implementation that already runs in the member.
 */
export async function managersFinding(client: ClusterClient, listed: ListedControllers): Promise<Finding> {
  if (listed.controllers.length === 0)
    return ok('controllers', 'none named: rules about who may write imports are off');
  const known = new Set([
    ...KUBERNETES_MANAGERS,
    ...listed.controllerManagers,
    ...listed.controllers.map((user) => user.split(':').at(-1) ?? user),
  ]);
  const unlisted = (await managersIn(client)).filter((manager) => !known.has(manager));
  if (unlisted.length === 0) return ok('controllers', 'nobody else has written imports or status here');
  const named = unlisted.slice(0, NAMED_MANAGERS_MAX).join(', ');
  const more = unlisted.length > NAMED_MANAGERS_MAX ? ` and ${unlisted.length - NAMED_MANAGERS_MAX} more` : '';
  return refused(
    'controllers',
    `imports, their EndpointSlices or the status of exports were written here by ${named}${more}, which --controllers ` +
      'does not name: add the users behind them, and their field managers with --controller-managers if these are called ' +
      'otherwise',
  );
}

/** The field managers of all that the rules would keep for the controllers, sorted. */
async function managersIn(client: ClusterClient): Promise<readonly string[]> {
  const ofGroup = (resource: string): Promise<readonly JsonObject[]> => listServed(client, resource);
  const [exports, imports, slices] = await Promise.all([
    ofGroup('serviceexports'),
    ofGroup('serviceimports'),
    client.listMetadata('/apis/discovery.k8s.io/v1/endpointslices', IMPORTED_SERVICE_LABEL),
  ]);
  const found = [
    ...exports.flatMap((object) => managersOf(object, (entry) => entry['subresource'] === 'status')),
    ...[...imports, ...slices].flatMap((object) => managersOf(object, () => true)),
  ];
  return [...new Set(found)].sort();
}

/** Older installations serve one of the versions only. */
async function listServed(client: ClusterClient, resource: string): Promise<readonly JsonObject[]> {
  const found = await client.listMetadata(`/apis/${MULTICLUSTER_GROUP}/v1beta1/${resource}`);
  return found.length > 0 ? found : client.listMetadata(`/apis/${MULTICLUSTER_GROUP}/v1alpha1/${resource}`);
}

function managersOf(object: JsonObject, counts: (entry: JsonObject) => boolean): readonly string[] {
  const { managedFields } = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const entries = isJsonList(managedFields) ? managedFields.filter(isJsonObject) : [];
  return entries.filter(counts).flatMap((entry) => textAt(entry, 'manager') ?? []);
}
