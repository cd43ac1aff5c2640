import type { ResourceDefinition } from '../../resources/definition.ts';
import type { ApiGroups, PolicyRule } from '../../resources/index.ts';
import { editRules, viewRules } from '../../resources/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { caBundleRules } from './ca-bundle-rules.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { NAME } from './names.ts';

const RBAC = 'rbac.authorization.k8s.io';
const RBAC_VERSION = `${RBAC}/v1`;

export type Aggregation = 'none' | 'view' | 'all';

export interface AccessOptions {
  readonly namespace: string;
  readonly apiGroups: ApiGroups;
  readonly definitions: readonly ResourceDefinition[];
  readonly aggregate: Aggregation;
  readonly apiServiceNames: readonly string[];
}

/** What our own service account may do on the hub, and what users get through the built-in roles. */
export function accessManifests(options: AccessOptions): readonly Manifest[] {
  return [...delegation(options.namespace), ...ownRights(options), ...userRoles(options)];
}

/** Token and access reviews, and the ConfigMap that names the front proxy. */
function delegation(namespace: string): readonly Manifest[] {
  return [
    clusterRoleBinding(`${NAME}:auth-delegator`, 'system:auth-delegator', namespace),
    manifest(
      { apiVersion: RBAC_VERSION, kind: 'RoleBinding', name: `${NAME}:auth-reader`, namespace: 'kube-system' },
      { roleRef: roleRef('Role', 'extension-apiserver-authentication-reader'), subjects: [ourAccount(namespace)] },
    ),
  ];
}

function ownRights({ namespace, apiServiceNames }: AccessOptions): readonly Manifest[] {
  const clusterWide: readonly PolicyRule[] = [
    { apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: ['get', 'list', 'watch'] },
    ...caBundleRules(apiServiceNames.map((name) => ({ type: 'APIService', name }))),
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['list', 'watch'] },
    // The uid of kube-system is the identity of the hub; inventories are there as long as their namespaces are.
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    // An Event belongs into the namespace of what it is about; whether the hub has that namespace the answer tells.
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ];
  const inNamespace: readonly PolicyRule[] = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch'] },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
    },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'patch'] },
  ];
  return [
    clusterRole(NAME, clusterWide, {}),
    clusterRoleBinding(NAME, NAME, namespace),
    manifest({ apiVersion: RBAC_VERSION, kind: 'Role', name: NAME, namespace }, { rules: inNamespace }),
    manifest(
      { apiVersion: RBAC_VERSION, kind: 'RoleBinding', name: NAME, namespace },
      { roleRef: roleRef('Role', NAME), subjects: [ourAccount(namespace)] },
    ),
  ];
}

/**
 * Hub RBAC cannot say "this cluster": writing is aggregated into edit and admin only when asked for. Who may write may
 * also read, because `kubectl apply` and its like read first.
 */
function userRoles({ definitions, apiGroups, aggregate }: AccessOptions): readonly Manifest[] {
  const aggregateTo = (...roles: readonly string[]): Record<string, string> =>
    Object.fromEntries(roles.map((role) => [`${RBAC}/aggregate-to-${role}`, 'true']));
  const view = viewRules(definitions, apiGroups);
  const edit = editRules(definitions, apiGroups);
  return [
    clusterRole(`${NAME}:view`, view, aggregate === 'none' ? {} : aggregateTo('view', 'edit', 'admin')),
    ...(edit.length === 0
      ? []
      : [clusterRole(`${NAME}:edit`, [...view, ...edit], aggregate === 'all' ? aggregateTo('edit', 'admin') : {})]),
  ];
}

export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  labels: Readonly<Record<string, string>>,
): Manifest {
  return manifest({ apiVersion: RBAC_VERSION, kind: 'ClusterRole', name, labels }, { rules: rules });
}

function clusterRoleBinding(name: string, role: string, namespace: string): Manifest {
  return manifest(
    { apiVersion: RBAC_VERSION, kind: 'ClusterRoleBinding', name },
    { roleRef: roleRef('ClusterRole', role), subjects: [ourAccount(namespace)] },
  );
}

/** Binds a ClusterRole to a service account of the given name. */
export function bindClusterRole(name: string, account: { name: string; namespace: string }): Manifest {
  return manifest(
    { apiVersion: RBAC_VERSION, kind: 'ClusterRoleBinding', name },
    { roleRef: roleRef('ClusterRole', name), subjects: [{ kind: 'ServiceAccount', ...account }] },
  );
}

function roleRef(kind: 'Role' | 'ClusterRole', name: string): JsonObject {
  return { apiGroup: RBAC, kind, name };
}

function ourAccount(namespace: string): JsonObject {
  return { kind: 'ServiceAccount', name: NAME, namespace };
}
