import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { MemberResource } from '../kube/member-event.ts';
import type { ResourceDefinition, Verb } from './definition.ts';
import type { ApiGroups } from './registry.ts';
import { groupName } from './registry.ts';

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export type PolicyRule =
  | {
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
      /** Only objects of these names. */
      readonly resourceNames?: readonly string[];
    }
  | { readonly nonResourceURLs: readonly string[]; readonly verbs: readonly string[] };

const READ_VERBS: readonly Verb[] = ['get', 'list', 'watch'];

/** What a reader of the clusterset needs on the hub; made to be aggregated into the role `view`. To ask is to read. */
export function viewRules(definitions: readonly ResourceDefinition[], apiGroups: ApiGroups): readonly PolicyRule[] {
  return rulesOf(definitions, apiGroups, ({ reads }) => reads);
}

/** The writes that work; made to be aggregated into the role `edit`. Empty while no kind can be written. */
export function editRules(definitions: readonly ResourceDefinition[], apiGroups: ApiGroups): readonly PolicyRule[] {
  return rulesOf(definitions, apiGroups, ({ verbs, reads }) => verbs.filter((verb) => !reads.includes(verb)));
}

/** One rule per group and set of verbs, in the order of the definitions. */
function rulesOf(
  definitions: readonly ResourceDefinition[],
  apiGroups: ApiGroups,
  wanted: (grant: Grant) => readonly Verb[],
): readonly PolicyRule[] {
  const rules = new Map<string, { apiGroups: string[]; resources: string[]; verbs: string[] }>();
  for (const grant of definitions.flatMap((definition) => grantsOf(definition))) {
    const verbs = wanted(grant).toSorted();
    if (verbs.length === 0) continue;
    const group = groupName(grant.definition.groupRole, apiGroups);
    const rule = rules.get(`${group} ${verbs.join()}`);
    if (rule === undefined) {
      rules.set(`${group} ${verbs.join()}`, { apiGroups: [group], resources: [grant.resource], verbs });
    } else if (!rule.resources.includes(grant.resource)) {
      rule.resources.push(grant.resource);
    }
  }
  return [...rules.values()];
}

interface Grant {
  readonly definition: ResourceDefinition;
  readonly resource: string;
  readonly verbs: readonly Verb[];
  /** Those of `verbs` that change nothing. */
  readonly reads: readonly Verb[];
}

/** RBAC does not know versions: a subresource counts if any version has it. */
function grantsOf(definition: ResourceDefinition): readonly Grant[] {
  const subresources = definition.versions.flatMap((version) => version.subresources);
  const verbs = definition.implementedVerbs;
  return [
    { definition, resource: definition.resource, verbs, reads: readsOf(verbs, false) },
    ...subresources.map(({ name, verbs, answer }) => {
      const reads = readsOf(verbs, answer?.isQuestion ?? false);
      return { definition, resource: `${definition.resource}/${name}`, verbs, reads };
    }),
  ];
}

function readsOf(verbs: readonly Verb[], isQuestion: boolean): readonly Verb[] {
  return verbs.filter((verb) => READ_VERBS.includes(verb) || (isQuestion && verb === 'create'));
}

/** One resource that is read from members, always in the upstream group. */
export interface MemberResourceRule {
  readonly group: string;
  readonly resource: MemberResource;
  readonly verbs: readonly ('get' | 'list' | 'watch')[];
}

/** All that is read from a member. Namespaces also by name: the uid of kube-system identifies the cluster. */
export const MEMBER_RESOURCE_RULES: readonly MemberResourceRule[] = [
  { group: MULTICLUSTER_GROUP, resource: 'serviceexports', verbs: ['list', 'watch'] },
  { group: ABOUT_GROUP, resource: 'clusterproperties', verbs: ['list', 'watch'] },
  { group: '', resource: 'services', verbs: ['list', 'watch'] },
  { group: '', resource: 'namespaces', verbs: ['get', 'list', 'watch'] },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] },
];

/** Paths that are read beside the resources: health, version, and discovery for the versions that a member serves. */
export const MEMBER_PATHS: readonly string[] = ['/readyz', '/healthz', '/version', '/apis', '/apis/*'];

/** Whether the controllers of the control plane live can be seen only by how they renew their Leases in kube-system. */
const CONTROLLER_LEASES: PolicyRule = {
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  resourceNames: ['kube-controller-manager', 'kube-scheduler'],
  verbs: ['get'],
};

/** The ClusterRole of our account in a member: what is read there and nothing else. */
export function memberReadRules(): readonly PolicyRule[] {
  const resources = MEMBER_RESOURCE_RULES.map(({ group, resource, verbs }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs,
  }));
  return [...resources, CONTROLLER_LEASES, { nonResourceURLs: MEMBER_PATHS, verbs: ['get'] }];
}

/** What writing through to a member needs there, beside reading: the projected kinds, never their status. */
export function memberWriteRules(): readonly PolicyRule[] {
  return [
    {
      apiGroups: [MULTICLUSTER_GROUP],
      resources: ['serviceexports'],
      verbs: ['get', 'create', 'update', 'patch', 'delete'],
    },
    {
      apiGroups: [ABOUT_GROUP],
      resources: ['clusterproperties'],
      verbs: ['get', 'create', 'update', 'patch', 'delete'],
    },
  ];
}

/** What writing as the caller needs in a member; without resourceNames, because callers are not known beforehand. */
export function memberImpersonationRules(): readonly PolicyRule[] {
  return [
    { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
    { apiGroups: ['authentication.k8s.io'], resources: ['uids', 'userextras/*'], verbs: ['impersonate'] },
  ];
}

const ALL_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** What publishing into a member needs there: imports, derived Services, imported EndpointSlices, conditions. */
export function memberPublishRules(): readonly PolicyRule[] {
  return [
    { apiGroups: [''], resources: ['services'], verbs: ALL_VERBS },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ALL_VERBS },
    { apiGroups: [MULTICLUSTER_GROUP], resources: ['serviceimports', 'serviceimports/status'], verbs: ALL_VERBS },
    { apiGroups: [MULTICLUSTER_GROUP], resources: ['serviceexports/status'], verbs: ['get', 'patch', 'update'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ALL_VERBS },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ];
}
