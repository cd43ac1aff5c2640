import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import type { PathRight, Right } from './access-check.ts';
import { missingRights } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused } from './finding.ts';
import type { Manifest } from './manifest.ts';
import { groupOf, resourceOf } from './manifest.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ROLE_KINDS = ['Role', 'ClusterRole'];
/** An apply looks first, and what is not there yet it creates. */
const APPLY_VERBS = ['get', 'create', 'patch'];
/** A removal looks first, too: what is not ours stays. */
const REMOVE_VERBS = ['get', 'delete'];
/** By these on roles somebody may grant what they do not have themselves. */
const GRANT_VERBS = ['escalate', 'bind'];

/** What somebody needs who applies these objects, but for granting what is in roles. */
export function rightsToApply(manifests: readonly Manifest[]): readonly Right[] {
  return rightsOn(manifests, APPLY_VERBS);
}

/** What somebody needs who takes these objects away. */
export function rightsToRemove(manifests: readonly Manifest[]): readonly Right[] {
  return rightsOn(manifests, REMOVE_VERBS);
}

function rightsOn(manifests: readonly Manifest[], verbs: readonly string[]): readonly Right[] {
  const places = new Map<string, Omit<Right, 'verb' | 'names'> & { names: string[] }>();
  for (const object of manifests) {
    const { name, namespace } = object.metadata;
    const place = { ...resourceOf(object), ...(namespace === undefined ? {} : { namespace }) };
    const key = JSON.stringify(place);
    const known = places.get(key) ?? { ...place, names: [] };
    known.names.push(name);
    places.set(key, known);
  }
  return [...places.values()].flatMap(({ names, ...place }) =>
    // Creating knows no names.
    verbs.map((verb) => (verb === 'create' ? { verb, ...place } : { verb, ...place, names })),
  );
}

/**
 * A policy with params, and its binding, are taken only from who may read those. Of which resource they are a kube-apiserver
 * may not know yet when the definition has just been applied; then it asks for every resource of the group.
 */
function rightsToParams(manifests: readonly Manifest[]): readonly Right[] {
  const groups = manifests.flatMap(({ spec }) => {
    const apiVersion = textAt(spec, 'paramKind', 'apiVersion');
    return apiVersion === undefined ? [] : [groupOf(apiVersion)];
  });
  return [...new Set(groups)].map((group) => ({ verb: 'get', group, resource: '*' }));
}

/** The rights to grant whatever roles there are. */
export function rightsToGrant(manifests: readonly Manifest[]): readonly Right[] {
  const roles = manifests.filter(({ kind }) => ROLE_KINDS.includes(kind));
  return roles.flatMap(({ kind, metadata }) =>
    GRANT_VERBS.map((verb) => ({
      ...{ verb, group: RBAC, resource: kind === 'Role' ? 'roles' : 'clusterroles' },
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      names: [metadata.name],
    })),
  );
}

/** What the roles among the objects grant, one by one: Kubernetes lets nobody grant more than they have. */
export function grantedRights(manifests: readonly Manifest[]): readonly (Right | PathRight)[] {
  const roles = manifests.filter(({ kind }) => ROLE_KINDS.includes(kind));
  const all = roles.flatMap(({ metadata: { namespace }, rules }) =>
    (isJsonList(rules) ? rules.filter(isJsonObject) : []).flatMap((rule) => rightsOfRule(rule, namespace)),
  );
  return [...new Map(all.map((right) => [JSON.stringify(right), right])).values()];
}

function rightsOfRule(rule: JsonObject, namespace: string | undefined): readonly (Right | PathRight)[] {
  const verbs = textsIn(rule['verbs']);
  const paths = textsIn(rule['nonResourceURLs']);
  const names = textsIn(rule['resourceNames']);
  const resources = textsIn(rule['apiGroups']).flatMap((group) =>
    textsIn(rule['resources']).map((resource) => ({ group, ...subresourceOf(resource) })),
  );
  return verbs.flatMap((verb) => [
    ...paths.map((path) => ({ verb, path })),
    ...resources.map((resource) => ({
      ...{ verb, ...resource },
      ...(namespace === undefined ? {} : { namespace }),
      ...(names.length === 0 ? {} : { names }),
    })),
  ]);
}

/** A review of access names the two apart. */
function subresourceOf(text: string): { readonly resource: string; readonly subresource?: string } {
  const [resource = '', subresource] = text.split('/');
  return subresource === undefined ? { resource } : { resource, subresource };
}

function textsIn(value: JsonValue | undefined): readonly string[] {
  return isJsonList(value) ? value.filter((one) => typeof one === 'string') : [];
}

export interface NeededRights {
  /** What will be applied. */
  readonly manifests: readonly Manifest[];
  /** What an earlier run may have made, which is looked for. */
  readonly leftovers?: readonly Manifest[];
  readonly beside?: readonly Right[];
}

/** Whether the caller may do all that installing does; removing leftovers counts only when there are some. */
export async function rightsFinding(client: ClusterClient, needed: NeededRights): Promise<Finding> {
  const missing = await missingToInstall(client, needed);
  return missing.length === 0
    ? ok('rights', 'everything that install applies is allowed')
    : refused('rights', `you may not ${missing.join(', ')}: use an administrator's kubeconfig`);
}

/** As text, each once. */
export async function missingToInstall(
  client: ClusterClient,
  { manifests, leftovers = [], beside = [] }: NeededRights,
): Promise<readonly string[]> {
  const toLook = rightsToApply(leftovers).filter(({ verb }) => verb === 'get');
  const missing = [
    ...(await missingRights(client, [
      ...[...rightsToApply(manifests), ...rightsToParams(manifests)],
      ...[...toLook, ...beside],
    ])),
    ...(await missingGrants(client, manifests)),
  ];
  return [...new Set(missing)];
}

async function missingGrants(client: ClusterClient, manifests: readonly Manifest[]): Promise<readonly string[]> {
  const toGrant = await missingRights(client, rightsToGrant(manifests));
  return toGrant.length === 0 ? [] : missingRights(client, grantedRights(manifests));
}
