import type { JsonObject } from '../../src/kube/object.ts';
import type { Subresource, SubresourceKind } from '../../src/resources/definition.ts';
import { groupVersionKind, ownSchemaName, schemaName } from './openapi-schemas.ts';
import type { KindInVersion, ServedVersion } from './served-version.ts';
import { versionPath } from './served-version.ts';

/** One parameter in the terms that Swagger 2.0 and OpenAPI v3 share. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

/**
 * What can be done on one path. Of the writes only PATCH is listed, and only for kinds that have it: clients look there
 * whether the server itself finds unknown fields (`fieldValidation`). POST asks a subresource.
 */
export interface Operation {
  readonly path: string;
  readonly pathParameters: readonly Parameter[];
  readonly parameters: readonly Parameter[];
  readonly operationId: string;
  readonly action: 'get' | 'list' | 'patch' | 'post';
  readonly description: string;
  readonly tag: string;
  readonly groupVersionKind: JsonObject;
  /** Published name of the schema of the answer; of a POST also that of the body. */
  readonly responseSchema: string;
}

/** Media types of patches of custom resources. */
export const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

/** The HTTP method of an operation, as OpenAPI writes it. */
export function methodOf({ action }: Operation): 'get' | 'patch' | 'post' {
  return action === 'list' ? 'get' : action;
}

const NAME: Parameter = { name: 'name', in: 'path', type: 'string', description: 'Name of the object.' };
const NAMESPACE: Parameter = { name: 'namespace', in: 'path', type: 'string', description: 'Namespace of the object.' };
const PRETTY = query('pretty', 'string', "If 'true', the answer is indented.");
const RESOURCE_VERSION = query(
  'resourceVersion',
  'string',
  'How recent the answer must be at least, or for a watch where it starts.',
);

const LIST_PARAMETERS: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Asks a watch for events of type BOOKMARK.'),
  query('continue', 'string', 'Token of the previous page.'),
  query('fieldSelector', 'string', 'Restricts the objects by metadata.name and metadata.namespace.'),
  query('labelSelector', 'string', 'Restricts the objects by their labels.'),
  query('limit', 'integer', 'Most objects per page.'),
  RESOURCE_VERSION,
  query('resourceVersionMatch', 'string', 'How resourceVersion counts: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'Lets a watch begin with the present objects.'),
  query('timeoutSeconds', 'integer', 'Ends a watch after so many seconds.'),
  query('watch', 'boolean', 'Answers with a stream of changes instead of a list.'),
];

const PATCH_PARAMETERS: readonly Parameter[] = [
  query('dryRun', 'string', 'All: everything is checked and nothing is kept.'),
  query('fieldManager', 'string', 'Name of the program that writes.'),
  query('fieldValidation', 'string', 'What to do about unknown fields: Ignore, Warn or Strict.'),
];

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description };
}

/** The operations of one group/version, in the order of their paths. */
export function operationsOf(served: ServedVersion): readonly Operation[] {
  return served.kinds
    .flatMap((kind) => [...listOperations(served, kind), ...getOperations(served, kind)])
    .toSorted((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1));
}

/** The operations of each path. */
export function operationsByPath(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) {
    const known = paths.get(operation.path);
    if (known === undefined) paths.set(operation.path, [operation]);
    else known.push(operation);
  }
  return paths;
}

function listOperations(served: ServedVersion, { definition }: KindInVersion): readonly Operation[] {
  if (!definition.implementedVerbs.includes('list')) return [];
  const shared = {
    ...common(served, definition.kind),
    action: 'list' as const,
    description: `List or watch objects of kind ${definition.kind}.`,
    responseSchema: schemaName(served, `${definition.kind}List`),
    parameters: LIST_PARAMETERS,
  };
  const everywhere: Operation = {
    ...shared,
    path: `/${versionPath(served)}/${definition.resource}`,
    pathParameters: [PRETTY],
    operationId: `list${inWords(served)}${definition.kind}${isNamespaced(definition) ? 'ForAllNamespaces' : ''}`,
  };
  if (!isNamespaced(definition)) return [everywhere];
  const inNamespace: Operation = {
    ...shared,
    path: `${basePath(served, true)}/${definition.resource}`,
    pathParameters: [NAMESPACE, PRETTY],
    operationId: `list${inWords(served)}Namespaced${definition.kind}`,
  };
  return [everywhere, inNamespace];
}

function getOperations(served: ServedVersion, { definition, version }: KindInVersion): readonly Operation[] {
  const namespaced = isNamespaced(definition);
  const path = `${basePath(served, namespaced)}/${definition.resource}/{name}`;
  const shared = {
    ...common(served, definition.kind),
    action: 'get' as const,
    responseSchema: schemaName(served, definition.kind),
    pathParameters: namespaced ? [NAME, NAMESPACE, PRETTY] : [NAME, PRETTY],
    parameters: [RESOURCE_VERSION],
  };
  const operationId = `read${inWords(served)}${namespaced ? 'Namespaced' : ''}${definition.kind}`;
  const whole: Operation = { ...shared, path, operationId, description: `Read one ${definition.kind}.` };
  const parts = version.subresources.flatMap((subresource) => partOperations(whole, definition.kind, subresource));
  return [
    ...(definition.implementedVerbs.includes('get') ? [whole] : []),
    ...(definition.implementedVerbs.includes('patch') ? [patchOperation(whole)] : []),
    ...parts,
  ];
}

function partOperations(whole: Operation, kind: string, { name, verbs, answer }: Subresource): readonly Operation[] {
  const read: Operation = {
    ...whole,
    ...(answer === undefined ? {} : ownType(answer)),
    path: `${whole.path}/${name}`,
    operationId: `${whole.operationId}${capitalized(name)}`,
    description: `Read the ${name} of one ${kind}.`,
  };
  const asked: Operation = {
    ...read,
    action: 'post',
    operationId: read.operationId.replace(/^read/, 'create'),
    description: `Ask for the ${name} of one ${kind}.`,
    parameters: [],
  };
  return [
    ...(verbs.includes('get') ? [read] : []),
    ...(verbs.includes('create') && answer !== undefined ? [asked] : []),
  ];
}

function ownType(answer: SubresourceKind): Pick<Operation, 'groupVersionKind' | 'responseSchema'> {
  const { group, version, kind } = answer;
  return { groupVersionKind: { group, version, kind }, responseSchema: ownSchemaName(answer) };
}

function patchOperation(whole: Operation): Operation {
  return {
    ...whole,
    action: 'patch',
    operationId: whole.operationId.replace(/^read/, 'patch'),
    description: whole.description.replace(/^Read/, 'Change'),
    parameters: PATCH_PARAMETERS,
  };
}

function common(served: ServedVersion, kind: string): Pick<Operation, 'tag' | 'groupVersionKind'> {
  const group = groupInWords(served.group);
  return {
    tag: `${group.charAt(0).toLowerCase()}${group.slice(1)}_${served.name}`,
    groupVersionKind: groupVersionKind(served, kind),
  };
}

/** kubectl looks operations up by these very placeholders. */
function basePath(served: ServedVersion, namespaced: boolean): string {
  return `/${versionPath(served)}${namespaced ? '/namespaces/{namespace}' : ''}`;
}

function isNamespaced(definition: KindInVersion['definition']): boolean {
  return definition.scope === 'Namespaced';
}

function inWords(served: ServedVersion): string {
  return `${groupInWords(served.group)}${capitalized(served.name)}`;
}

function groupInWords(group: string): string {
  return (group === '' ? 'core' : group).split(/[.-]/).map(capitalized).join('');
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
