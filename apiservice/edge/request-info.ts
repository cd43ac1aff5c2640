import { parseFieldSelector, requiredName } from '../../src/kube/field-selector.ts';
import type { RequestAction } from '../../src/kube/request-user.ts';
import { parseBoolean } from '../data/query.ts';
import type { AcceptedTarget } from './request-target.ts';

export type ResourceAction = Extract<RequestAction, { type: 'resource' }>;

/** What a request asks, read from method, path and query alone, exactly as kube-apiserver reads it for RBAC. */
export interface RequestInfo {
  /** What the authorizer is asked. On lists and watches `name` comes from the field selector metadata.name. */
  readonly action: RequestAction;
  /** The name in the path; '' for a collection. */
  readonly pathName: string;
  /** More follows the subresource: no route has that. */
  readonly isTooLong: boolean;
  /** No path of a resource ends with a slash. */
  readonly endsWithSlash: boolean;
  /** …/V/watch/… (deprecated upstream, still served). */
  readonly watchPath: boolean;
  readonly longRunning: boolean;
  readonly mutating: boolean;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Path segments in front of the resource: apis, group, version; in the core group api, version. */
const PREFIX_SEGMENTS = 3;
const CORE_PREFIX_SEGMENTS = 2;
/** Resource, name, subresource. */
const ROUTE_PARTS_MAX = 3;

/** The result never depends on which resources exist. */
export function describeRequest(method: string, target: AcceptedTarget): RequestInfo {
  const prefix = splitPrefix(target.segments);
  return prefix === undefined || prefix.rest.length === 0
    ? nonResource(method, target.path)
    : resourceRequest(method, target, prefix);
}

interface Prefix {
  readonly group: string;
  readonly version: string;
  /** What follows the version. */
  readonly rest: readonly string[];
}

function splitPrefix(segments: readonly string[]): Prefix | undefined {
  const [root, first = '', second = ''] = segments;
  if (root === 'apis') return { group: first, version: second, rest: segments.slice(PREFIX_SEGMENTS) };
  if (root === 'api') return { group: '', version: first, rest: segments.slice(CORE_PREFIX_SEGMENTS) };
  return undefined;
}

function resourceRequest(method: string, { query, trailingSlash }: AcceptedTarget, prefix: Prefix): RequestInfo {
  const { group, version } = prefix;
  const { watchPath, namespace, parts } = splitPath(prefix.rest);
  const [resource = '', pathName = '', subresource = ''] = parts;
  const verb = watchPath ? 'watch' : verbOf(method, pathName, query);
  const name = (watchPath ? undefined : selectedName(verb, query)) ?? pathName;
  return {
    action: { type: 'resource', verb, group, version, resource, subresource, namespace, name },
    pathName,
    isTooLong: parts.length > ROUTE_PARTS_MAX,
    endsWithSlash: trailingSlash,
    watchPath,
    longRunning: verb === 'watch',
    mutating: !READ_METHODS.has(method),
  };
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    action: { type: 'nonResource', verb: method.toLowerCase(), path },
    pathName: '',
    isTooLong: false,
    endsWithSlash: false,
    watchPath: false,
    longRunning: false,
    mutating: !READ_METHODS.has(method),
  };
}

interface PathParts {
  readonly watchPath: boolean;
  readonly namespace: string;
  /** Resource, name, subresource, and what no route has. */
  readonly parts: readonly string[];
}

/** `namespaces/NS/…` gives a namespace; `namespaces/NS` alone (or with status, finalize) is the resource namespaces. */
function splitPath(afterVersion: readonly string[]): PathParts {
  const watchPath = afterVersion[0] === 'watch' && afterVersion.length > 1;
  const rest = watchPath ? afterVersion.slice(1) : afterVersion;
  const [first, namespace, next] = rest;
  if (first !== 'namespaces' || namespace === undefined) return { watchPath, namespace: '', parts: rest };
  const isOwn = next === undefined || next === 'status' || next === 'finalize';
  return { watchPath, namespace, parts: isOwn ? rest : rest.slice(2) };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS[method] ?? '';
  if (name !== '') return verb;
  if (verb === 'get') return parseBoolean(query, 'watch') ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** The one name that a field selector pins, so that a Role with resourceNames can allow watching one object. */
function selectedName(verb: string, query: URLSearchParams): string | undefined {
  if (verb !== 'list' && verb !== 'watch') return undefined;
  const selector = parseFieldSelector(query.get('fieldSelector') ?? '');
  const name = selector.ok ? requiredName(selector.value) : undefined;
  return name === undefined ? undefined : segmentName(name);
}

function segmentName(name: string): string {
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}
