import { isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import { items } from './hub-preflight.ts';
import type { Manifest } from './manifest.ts';
import { describeObject, objectPath } from './manifest.ts';
import { FIELD_MANAGER, MEMBER_SECRET_LABEL } from './names.ts';

export interface RemovePlan {
  readonly manifests: readonly Manifest[];
  readonly dryRun: boolean;
}

/**
 * Removes what carries our installer's label, the APIServices first: an APIService whose server is gone makes discovery
 * of the whole hub slow. Objects of the same name that somebody else made stay. Our namespace goes only when no
 * registration Secret is left in it.
 */
export async function removeInstalled(
  deps: { readonly say: (line: string) => void },
  client: ClusterClient,
  { manifests, dryRun }: RemovePlan,
): Promise<void> {
  const order = unique(manifests).toReversed();
  for (const object of order) {
    const present = await client.get(objectPath(object));
    if (present === undefined) continue;
    const reason = await reasonToKeep(client, object, present);
    if (reason !== undefined) {
      deps.say(`${describeObject(object)} kept: ${reason}`);
      continue;
    }
    await client.remove(object, dryRun);
    deps.say(`${describeObject(object)} removed${dryRun ? ' (dry run)' : ''}`);
  }
}

async function reasonToKeep(client: ClusterClient, object: Manifest, present: JsonObject): Promise<string | undefined> {
  if (textAt(present, 'metadata', 'labels', 'app.kubernetes.io/managed-by') !== FIELD_MANAGER) {
    return 'it was not made by install';
  }
  if (object.kind !== 'Namespace') return undefined;
  const secrets = items(await client.get(`/api/v1/namespaces/${object.metadata.name}/secrets`));
  const members = secrets.filter((secret) => hasLabel(secret, MEMBER_SECRET_LABEL));
  if (members.length === 0) return undefined;
  return `it holds ${members.length} member registration(s); delete those Secrets and the namespace yourself`;
}

function hasLabel(object: JsonObject, label: string): boolean {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return isJsonObject(metadata['labels']) && metadata['labels'][label] !== undefined;
}

function unique(manifests: readonly Manifest[]): readonly Manifest[] {
  return [...new Map(manifests.map((object) => [objectPath(object), object])).values()];
}
