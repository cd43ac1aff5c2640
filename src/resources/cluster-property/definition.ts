import type { ResourceDefinition } from '../definition.ts';
import { columns } from './columns.ts';
import { memberPolicies } from './member-policies.ts';
import { rules } from './rules.ts';
import { v1alpha1 } from './v1alpha1.ts';
import { v1beta1 } from './v1beta1.ts';

/** One row per ClusterProperty of a member, named `<cluster>.<name>`. */
export const clusterProperty: ResourceDefinition = {
  groupRole: 'about',
  resource: 'clusterproperties',
  singular: 'clusterproperty',
  kind: 'ClusterProperty',
  shortNames: [],
  categories: ['multicluster'],
  scope: 'Cluster',
  made: 'projected',
  description: 'The ClusterProperties of all member clusters.',
  implementedVerbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  advertisedVerbs: ['get', 'list', 'watch', 'create', 'update', 'patch'],
  readOnlyMessage: undefined,
  storageVersion: 'v1beta1',
  versions: [v1beta1, v1alpha1],
  columns,
  rules,
  memberPolicies,
};
