import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { describeObject, objectPath } from './manifest.ts';
import {
  certificatesName,
  FIELD_MANAGER,
  MEMBER_NAME,
  MEMBER_SECRET_LABEL,
  NAME,
  RECORD_LABEL,
  WEBHOOKS_NAME,
} from './names.ts';

export interface RemovePlan {
  readonly manifests: readonly Manifest[];
  readonly dryRun: boolean;
  /** What the command removed before: in a dry run it is still there. */
  readonly before?: readonly Manifest[];
}

/**
 * Removes what carries our installer's label, the APIServices first: an APIService whose server is gone makes discovery
 * of the whole hub slow. Objects of the same name that somebody else made stay. Our namespace goes only when no
 * registration Secret is left in it, a definition only when no object of it is there at that very moment.
 */
export async function removeInstalled(
  deps: { readonly say: (line: string) => void },
  client: ClusterClient,
  { manifests, dryRun, before = [] }: RemovePlan,
): Promise<void> {
  const order = unique(manifests).toReversed();
  const removed = new Set([...order, ...before].map(objectPath));
  for (const object of order) {
    const present = await client.get(objectPath(object));
    if (present === undefined) continue;
    const reason = await reasonToKeep(client, present, { object, removed });
    if (reason !== undefined) {
      deps.say(`${describeObject(object)} kept: ${reason}`);
      continue;
    }
    await client.remove(object, dryRun);
    deps.say(`${describeObject(object)} removed${dryRun ? ' (dry run)' : ''}`);
  }
}

async function reasonToKeep(
  client: ClusterClient,
  present: JsonObject,
  { object, removed }: { readonly object: Manifest; readonly removed: ReadonlySet<string> },
): Promise<string | undefined> {
  if (textAt(present, 'metadata', 'labels', 'app.kubernetes.io/managed-by') !== FIELD_MANAGER) {
    return 'it was not made by install';
  }
  if (object.kind === 'CustomResourceDefinition') return reasonToKeepDefinition(client, present);
  if (object.kind !== 'Namespace') return undefined;
  const place = `/api/v1/namespaces/${object.metadata.name}`;
  const account = await accountLeft(client, place, removed);
  if (account !== undefined) return `account ${account} in it is still used`;
  const path = `${place}/secrets`;
  const members = await client.listNames(path, `${MEMBER_SECRET_LABEL}=true`);
  if (members.length === 0) return undefined;
  return `it holds ${members.length} member registration(s); delete those Secrets and the namespace yourself`;
}

/** Somebody may have made an object since the command looked first; deleting the definition deletes it. */
async function reasonToKeepDefinition(client: ClusterClient, { spec }: JsonObject): Promise<string | undefined> {
  const versions = isJsonObject(spec) && isJsonList(spec['versions']) ? spec['versions'].filter(isJsonObject) : [];
  const served = textAt(
    versions.find((version) => version['served'] === true),
    'name',
  );
  if (served === undefined) return 'it serves no version, so that nobody can see whether there are objects of it';
  const path = `/apis/${textAt(spec, 'group') ?? ''}/${served}/${textAt(spec, 'names', 'plural') ?? ''}`;
  const objects = await client.listMetadata(path);
  if (objects.length === 0) return undefined;
  return `there are ${objects.length} object(s) of it by now, which would be deleted with it`;
}

/** The hub's account and the webhooks share one namespace in a member, on a hub that is a member with the server; they go one by one. */
async function accountLeft(
  client: ClusterClient,
  place: string,
  removed: ReadonlySet<string>,
): Promise<string | undefined> {
  for (const name of [NAME, MEMBER_NAME, WEBHOOKS_NAME]) {
    const path = `${place}/serviceaccounts/${name}`;
    if (!removed.has(path) && (await client.get(path)) !== undefined) return name;
  }
  return undefined;
}

/**
 * What the server made in our namespace while it ran: its Lease, its certificates and its records. They go before the
 * namespace does, which may have to stay.
 */
export async function removeServerObjects(
  deps: { readonly say: (line: string) => void },
  client: ClusterClient,
  { namespace, dryRun }: { readonly namespace: string; readonly dryRun: boolean },
): Promise<void> {
  const records = await client.listNames(`/api/v1/namespaces/${namespace}/configmaps`, `${RECORD_LABEL}=true`);
  const objects: readonly Manifest[] = [
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: NAME, namespace } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: certificatesName(NAME), namespace } },
    ...records.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } })),
  ];
  await removeObjects(deps, client, { objects, dryRun });
}

/** Removes what is ours by its name. */
export async function removeObjects(
  deps: { readonly say: (line: string) => void },
  client: ClusterClient,
  { objects, dryRun }: { readonly objects: readonly Manifest[]; readonly dryRun: boolean },
): Promise<void> {
  for (const object of objects) {
    if ((await client.get(objectPath(object))) === undefined) continue;
    await client.remove(object, dryRun);
    deps.say(`${describeObject(object)} removed${dryRun ? ' (dry run)' : ''}`);
  }
}

/** Every APIService that install made for the Service of this namespace, of whatever group. */
export async function installedApiServices(client: ClusterClient, namespace: string): Promise<readonly Manifest[]> {
  const names = await client.listNames('/apis/apiregistration.k8s.io/v1/apiservices', LABEL_SELECTOR);
  const objects = names.map((name): Manifest => ({ ...API_SERVICE, metadata: { name } }));
  const ours: Manifest[] = [];
  for (const object of objects) {
    const present = await client.get(objectPath(object));
    if (textAt(present, 'spec', 'service', 'namespace') === namespace) ours.push(object);
  }
  return ours;
}

const LABEL_SELECTOR = `app.kubernetes.io/managed-by=${FIELD_MANAGER}`;
const API_SERVICE = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' } as const;

function unique(manifests: readonly Manifest[]): readonly Manifest[] {
  return [...new Map(manifests.map((object) => [objectPath(object), object])).values()];
}
