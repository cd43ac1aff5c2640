import type { ResourceDefinition } from '../definition.ts';
import { columns } from './columns.ts';
import { memberPolicies } from './policies.ts';
import { rules } from './rules.ts';
import { v1alpha1 } from './v1alpha1.ts';
import { v1alpha2 } from './v1alpha2.ts';
import { v1beta1 } from './v1beta1.ts';

/** One object per exported namespace/name, merged from the exports of all members by the rules of KEP-1645. */
export const serviceImport: ResourceDefinition = {
  groupRole: 'multicluster',
  resource: 'serviceimports',
  singular: 'serviceimport',
  kind: 'ServiceImport',
  shortNames: ['svcim', 'svcimport'],
  categories: [],
  scope: 'Namespaced',
  made: 'derived',
  description: 'The services of the whole ClusterSet, merged from the ServiceExports of all member clusters.',
  implementedVerbs: ['get', 'list', 'watch'],
  advertisedVerbs: ['get', 'list', 'watch'],
  readOnlyMessage: () =>
    "serviceimports are computed from the members' ServiceExports; create a ServiceExport named <cluster>.<name> instead",
  storageVersion: 'v1beta1',
  versions: [v1beta1, v1alpha2, v1alpha1],
  columns,
  rules,
  memberPolicies,
};
