import { badRequest, methodNotAllowed, notFound, quoted } from '../../src/kube/api-errors.ts';
import type { ApiStatusError } from '../../src/kube/api-status.ts';
import type { Verb, VersionDefinition } from '../../src/resources/definition.ts';
import type { ServedResource } from '../types.ts';
import type { RequestInfo, ResourceAction } from './request-info.ts';

/** A resource request that has somewhere to go. */
export interface ResourceRoute {
  readonly served: ServedResource;
  readonly version: VersionDefinition;
  /** One of the implemented verbs. */
  readonly verb: Verb;
  /** '' for kinds without namespaces, and across all of them. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** With the name of a deprecated /watch/…/NAME path turned into the field selector that means the same. */
  readonly query: URLSearchParams;
}

/** `unknown` is the text 404 of a path that no API has; `refused` is an answer of the API itself. */
export type Routed =
  | { readonly type: 'route'; readonly route: ResourceRoute }
  | { readonly type: 'unknown' }
  | { readonly type: 'refused'; readonly error: ApiStatusError };

export interface ResourceRouter {
  /** The definition behind a path, for labels of metrics; undefined when no such resource is served. */
  readonly find: (action: ResourceAction) => FoundResource | undefined;
  readonly route: (info: RequestInfo, action: ResourceAction, query: URLSearchParams) => Routed;
}

export interface FoundResource {
  readonly served: ServedResource;
  readonly version: VersionDefinition;
}

const UNKNOWN: Routed = { type: 'unknown' };
/** Only these work across namespaces; every other verb of a namespaced kind needs a namespace in its path. */
const ACROSS_NAMESPACES = new Set(['list', 'watch']);

export function createResourceRouter(served: readonly ServedResource[]): ResourceRouter {
  const found = new Map<string, FoundResource>();
  for (const one of served) {
    for (const version of one.definition.versions) {
      found.set(`${one.group}/${version.name}/${one.definition.resource}`, { served: one, version });
    }
  }
  const find = (action: ResourceAction): FoundResource | undefined =>
    found.get(`${action.group}/${action.version}/${action.resource}`);
  return {
    find,
    route: (info, action, query) => {
      const target = find(action);
      if (target === undefined || info.endsWithSlash || !isInScope(target, action)) return UNKNOWN;
      const error = refusal(target, info, action);
      return error === undefined
        ? { type: 'route', route: toRoute(target, info, { action, query }) }
        : { type: 'refused', error };
    },
  };
}

function isInScope(target: FoundResource, action: ResourceAction): boolean {
  const namespaced = target.served.definition.scope === 'Namespaced';
  // For RBAC a namespace lies in itself.
  if (!namespaced) return action.namespace === '' || action.resource === 'namespaces';
  return action.namespace !== '' || ACROSS_NAMESPACES.has(action.verb);
}

function refusal(target: FoundResource, info: RequestInfo, action: ResourceAction): ApiStatusError | undefined {
  const groupResource = { group: action.group, resource: action.resource };
  if (info.isTooLong || (action.subresource !== '' && !hasSubresource(target, action.subresource))) {
    return notFound(groupResource, info.pathName);
  }
  if (info.pathName === '' && (action.verb === 'update' || action.verb === 'patch')) {
    return badRequest('name must be provided');
  }
  if (implementedVerb(target, info, action) === undefined) {
    return notAllowed(target, action);
  }
  return pathNameFault(info.pathName);
}

/** Writes to derived kinds are told the right way. A method that is no verb has no name here either, as upstream. */
function notAllowed({ served }: FoundResource, action: ResourceAction): ApiStatusError {
  const message = action.verb === '' ? undefined : served.definition.readOnlyMessage?.(action.name);
  return methodNotAllowed({ group: action.group, resource: action.resource }, action.verb, message);
}

/** The names that kube-apiserver calls unsafe in a path; one with a slash never passes the parser of paths. */
function pathNameFault(name: string): ApiStatusError | undefined {
  const fault =
    name === '.' || name === '..' ? `may not be '${name}'` : name.includes('%') ? `may not contain '%'` : undefined;
  return fault === undefined ? undefined : badRequest(`Name parameter invalid: ${quoted(name)}: ${fault}`);
}

function hasSubresource(target: FoundResource, name: string): boolean {
  return target.version.subresources.some((one) => one.name === name);
}

/** POST on a named path creates in kube-apiserver, which ignores the name; here it is no verb at all. */
function implementedVerb(target: FoundResource, info: RequestInfo, action: ResourceAction): Verb | undefined {
  if (action.verb === 'create' && info.pathName !== '' && action.subresource === '') return undefined;
  const subresource = target.version.subresources.find((one) => one.name === action.subresource);
  const verbs = action.subresource === '' ? target.served.definition.implementedVerbs : (subresource?.verbs ?? []);
  return verbs.find((verb) => verb === action.verb);
}

function toRoute(
  target: FoundResource,
  info: RequestInfo,
  asked: { readonly action: ResourceAction; readonly query: URLSearchParams },
): ResourceRoute {
  const { action, query } = asked;
  const verb = implementedVerb(target, info, action);
  if (verb === undefined) throw new Error(`no verb for ${action.verb} after it was accepted`);
  const watchesOne = info.watchPath && info.pathName !== '';
  return {
    served: target.served,
    version: target.version,
    verb,
    namespace: target.served.definition.scope === 'Namespaced' ? action.namespace : '',
    name: watchesOne ? '' : info.pathName,
    subresource: action.subresource,
    query: watchesOne ? withName(query, info.pathName) : query,
  };
}

function withName(query: URLSearchParams, name: string): URLSearchParams {
  const copy = new URLSearchParams(query);
  const selector = copy.get('fieldSelector') ?? '';
  const term = `metadata.name=${name.replace(/[\\,=]/g, '\\$&')}`;
  copy.set('fieldSelector', selector === '' ? term : `${selector},${term}`);
  return copy;
}
