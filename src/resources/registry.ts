import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { GroupRole, ResourceDefinition } from './definition.ts';
import { clusterProfile } from './cluster-profile/definition.ts';
import { clusterProperty } from './cluster-property/definition.ts';
import { serviceExport } from './service-export/definition.ts';
import { serviceImport } from './service-import/definition.ts';

/** Every kind this server knows; a new kind is one folder and one line here. */
export const definitions: readonly ResourceDefinition[] = [
  serviceExport,
  serviceImport,
  clusterProfile,
  clusterProperty,
];

/** The kind of a resource that this server knows; throws for any other. */
export function definitionOf(resource: string): ResourceDefinition {
  const found = definitions.find((definition) => definition.resource === resource);
  if (found === undefined) throw new Error(`there is no definition of ${resource}`);
  return found;
}

/** The configured name of each API group. */
export type ApiGroups = Readonly<Record<GroupRole, string>>;

/** The names in members, whatever they are served as. */
export const UPSTREAM_GROUPS: ApiGroups = { multicluster: MULTICLUSTER_GROUP, about: ABOUT_GROUP };

export function groupName(role: GroupRole, apiGroups: ApiGroups): string {
  return apiGroups[role];
}
