import { exhausted } from '../../src/kube/outcome.ts';
import type { RequestInfo } from './request-info.ts';
import type { FoundResource } from './resource-router.ts';

/** What kube-apiserver's metrics tell of a request; every value comes from a closed set. */
export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
}

const VERBS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
};
const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  head: 'GET',
  post: 'POST',
  put: 'PUT',
  delete: 'DELETE',
};
const OTHER = 'other';

/**
 * Names from the path become labels only if they are ours, otherwise a caller could fill the memory of whoever scrapes.
 * `knownPaths` are the non-resource paths that may be told apart.
 */
export function labelsOf(
  info: RequestInfo,
  found: FoundResource | undefined,
  knownPaths: ReadonlySet<string>,
): RequestLabels {
  const { action } = info;
  switch (action.type) {
    case 'nonResource':
      return {
        ...NO_RESOURCE,
        verb: METHODS[action.verb] ?? OTHER,
        subresource: knownPaths.has(action.path) ? action.path : '',
      };
    case 'resource':
      if (found === undefined) return { ...NO_RESOURCE, verb: VERBS[action.verb] ?? OTHER };
      return {
        verb: VERBS[action.verb] ?? OTHER,
        group: action.group,
        version: action.version,
        resource: action.resource,
        subresource: found.version.subresources.find((one) => one.name === action.subresource)?.name ?? '',
        scope: scopeOf(action.name, action.namespace),
      };
    default:
      return exhausted(action);
  }
}

const NO_RESOURCE = { group: '', version: '', resource: '', subresource: '', scope: '' };

function scopeOf(name: string, namespace: string): string {
  if (name !== '') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

/** User names are as many as a company has people and say who they are; only well-known ones become labels. */
export function compressUsername(name: string): string {
  if (WELL_KNOWN_USERS.has(name)) return name;
  return name.includes('@') ? 'email_id' : OTHER;
}

const WELL_KNOWN_USERS = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
]);
