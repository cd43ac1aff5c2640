import type { ResourceDefinition } from '../definition.ts';
import { columns } from './columns.ts';
import { memberPolicies } from './policies.ts';
import { rules } from './rules.ts';
import { v1alpha1 } from './v1alpha1.ts';
import { v1alpha2 } from './v1alpha2.ts';
import { v1beta1 } from './v1beta1.ts';

/** One row per ServiceExport of a member, named `<cluster>.<name>`. */
export const serviceExport: ResourceDefinition = {
  groupRole: 'multicluster',
  resource: 'serviceexports',
  singular: 'serviceexport',
  kind: 'ServiceExport',
  shortNames: ['svcex', 'svcexport'],
  categories: [],
  scope: 'Namespaced',
  made: 'projected',
  description: 'The ServiceExports of all member clusters.',
  implementedVerbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  advertisedVerbs: ['get', 'list', 'watch', 'create', 'update', 'patch'],
  readOnlyMessage: undefined,
  storageVersion: 'v1beta1',
  versions: [v1beta1, v1alpha2, v1alpha1],
  columns,
  rules,
  memberPolicies,
};
