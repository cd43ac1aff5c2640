import { stringify } from 'yaml';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { describeObject } from './manifest.ts';
import type { InstallDeps } from './target.ts';

/** Several documents in one text, as kubectl reads them. */
export function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

export interface ApplyPlan {
  readonly manifests: readonly Manifest[];
  readonly dryRun: boolean;
}

export async function applyAll(
  deps: InstallDeps,
  client: ClusterClient,
  { manifests, dryRun }: ApplyPlan,
): Promise<void> {
  // A dry run on a cluster without our namespace could not even ask for what lies in it.
  const namespace = manifests.find(({ kind }) => kind === 'Namespace');
  const present = namespace !== undefined && (await client.get(`/api/v1/namespaces/${namespace.metadata.name}`));
  for (const object of manifests) {
    const unasked = dryRun && present === undefined && object.metadata.namespace === namespace?.metadata.name;
    const change = unasked ? 'created' : (await client.apply(object, dryRun)).change;
    deps.say(`${describeObject(object)} ${change}${dryRun ? ' (dry run)' : ''}`);
  }
}
