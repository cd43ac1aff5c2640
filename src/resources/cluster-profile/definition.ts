import type { ResourceDefinition } from '../definition.ts';
import { columns } from './columns.ts';
import { memberPolicies } from './policies.ts';
import { rules } from './rules.ts';
import { v1alpha1 } from './v1alpha1.ts';
import { v1alpha2 } from './v1alpha2.ts';

/** One object per member and inventory namespace (KEP-4322), computed; other writers keep what is theirs in it. */
export const clusterProfile: ResourceDefinition = {
  groupRole: 'multicluster',
  resource: 'clusterprofiles',
  singular: 'clusterprofile',
  kind: 'ClusterProfile',
  shortNames: [],
  categories: ['multicluster'],
  scope: 'Namespaced',
  made: 'derived',
  description: 'The members of the ClusterSet, with health, version, properties and ways of access.',
  implementedVerbs: ['get', 'list', 'watch', 'update', 'patch'],
  advertisedVerbs: ['get', 'list', 'watch', 'update', 'patch'],
  readOnlyMessage: (name) =>
    `clusterprofiles are served for the registered members: register or unregister ${name === '' ? 'the member' : `member "${name}"`} instead`,
  storageVersion: 'v1alpha1',
  versions: [v1alpha2, v1alpha1],
  columns,
  rules,
  memberPolicies,
};
