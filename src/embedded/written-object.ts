import { parse as parseYaml } from 'yaml';
import type { FieldCause } from '../kube/api-errors.ts';
import { badRequest, fieldInvalid, fieldRequired } from '../kube/api-errors.ts';
import { parseJson } from '../kube/json.ts';
import { labelKeyFaults, labelValueFaults } from '../kube/label-syntax.ts';
import type { JsonObject, KubeObject, ObjectMeta } from '../kube/object.ts';
import { isJsonObject, textAt } from '../kube/object.ts';
import type { EmbeddedKind, KindTraits } from './kind.ts';

const LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`;
const NAME_FORMS = {
  label: {
    pattern: new RegExp(`^${LABEL_PATTERN}$`),
    charactersMax: 63,
    rule:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
      `with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL_PATTERN}')`,
  },
  subdomain: {
    pattern: new RegExp(`^${SUBDOMAIN_PATTERN}$`),
    charactersMax: 253,
    rule:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
      `and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN_PATTERN}')`,
  },
} as const;

/** The JSON object in a body, which may be YAML; throws 400 for everything else. */
export function parseBody(body: Buffer, contentType: string, what: string): JsonObject {
  let value: unknown;
  try {
    const text = body.toString('utf8');
    value = contentType.startsWith('application/yaml') ? parseYaml(text) : parseJson(text);
  } catch {
    throw badRequest(`the object provided is unrecognized (must be of type ${what}): couldn't get version/kind`);
  }
  if (isJsonObject(value)) return value;
  throw badRequest(`the object provided is unrecognized (must be of type ${what}): it is no object`);
}

export interface Address {
  readonly kind: EmbeddedKind;
  /** The version that the path names. */
  readonly version: string;
  readonly namespace: string;
}

export function apiVersionOf({ kind, version }: Pick<Address, 'kind' | 'version'>): string {
  const { group } = kind.served;
  return group === '' ? version : `${group}/${version}`;
}

/** Checks that a body is an object of the kind, version and namespace of its path; throws 400. */
export function readObject(value: JsonObject, address: Address): KubeObject {
  const { kind } = address.kind.served.definition;
  const apiVersion = apiVersionOf(address);
  const given = { apiVersion: value['apiVersion'], kind: value['kind'] };
  if (address.kind.traits.isCustom) assertTyped(given);
  if ((given.apiVersion ?? apiVersion) !== apiVersion || (given.kind ?? kind) !== kind) {
    const found = `${textAt(value, 'kind') ?? ''} in version ${JSON.stringify(given.apiVersion ?? '')}`;
    throw badRequest(`${found} cannot be handled as a ${kind}`);
  }
  return { ...value, apiVersion, kind, metadata: readMetadata(value['metadata'], address) };
}

/** Built-in kinds are known by their path, custom ones must say what they are. */
function assertTyped(given: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of Object.entries(given)) {
    if (text === undefined) throw badRequest(`Object '${name === 'kind' ? 'Kind' : name}' is missing`);
  }
}

/** What a writer may say about an object; everything else in metadata is the server's own. */
function readMetadata(value: unknown, { kind, namespace }: Address): ObjectMeta {
  const given = isJsonObject(value) ? value : {};
  const text = (name: string): string => {
    const found = given[name] ?? '';
    if (typeof found !== 'string') throw malformed(kind, name, 'a text');
    return found;
  };
  const isElsewhere = text('namespace') !== '' && text('namespace') !== namespace;
  if (isElsewhere) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const uid = text('uid');
  const resourceVersion = text('resourceVersion');
  const generateName = text('generateName');
  return {
    name: text('name'),
    ...(generateName === '' ? {} : { generateName }),
    ...(namespace === '' ? {} : { namespace }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    ...texts(kind, 'labels', given['labels']),
    ...texts(kind, 'annotations', given['annotations']),
    ...finalizersOf(kind, given['finalizers']),
    ...ownersOf(kind, given['ownerReferences']),
  };
}

function texts(kind: EmbeddedKind, name: 'labels' | 'annotations', value: unknown): Partial<ObjectMeta> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw malformed(kind, name, 'a map of texts');
  const entries = Object.entries(value).flatMap(([key, item]): [string, string][] => {
    if (item === null) return [[key, '']];
    if (typeof item !== 'string') throw malformed(kind, name, 'a map of texts');
    return [[key, item]];
  });
  return entries.length === 0 ? {} : { [name]: Object.fromEntries(entries) };
}

function finalizersOf(kind: EmbeddedKind, value: unknown): Partial<ObjectMeta> {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value)) throw malformed(kind, 'finalizers', 'a list of texts');
  const finalizers = value.map((item: unknown) => {
    if (typeof item !== 'string') throw malformed(kind, 'finalizers', 'a list of texts');
    return item;
  });
  return finalizers.length === 0 ? {} : { finalizers: [...new Set(finalizers)] };
}

function ownersOf(kind: EmbeddedKind, value: unknown): Partial<ObjectMeta> {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value)) throw malformed(kind, 'ownerReferences', 'a list');
  const owners = value.map((item: unknown) => {
    const text = (name: string): string => {
      const found = isJsonObject(item) ? item[name] : undefined;
      if (typeof found !== 'string') throw malformed(kind, `ownerReferences.${name}`, 'a text');
      return found;
    };
    return { apiVersion: text('apiVersion'), kind: text('kind'), name: text('name'), uid: text('uid') };
  });
  return owners.length === 0 ? {} : { ownerReferences: owners };
}

function malformed({ served }: EmbeddedKind, field: string, wanted: string): Error {
  const { kind } = served.definition;
  return badRequest(`the object cannot be handled as a ${kind}: metadata.${field} must be ${wanted}`);
}

/** What is wrong with the names and labels of an object. */
export function metadataFaults({ name, labels }: ObjectMeta, { nameForm }: KindTraits): readonly FieldCause[] {
  return [
    ...nameFaults(name, nameForm),
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => [
      ...labelKeyFaults(key).map((fault) => fieldInvalid('metadata.labels', key, fault)),
      ...labelValueFaults(value).map((fault) => fieldInvalid('metadata.labels', value, fault)),
    ]),
  ];
}

function nameFaults(name: string, nameForm: KindTraits['nameForm']): readonly FieldCause[] {
  const form = NAME_FORMS[nameForm];
  if (name === '') return [fieldRequired('metadata.name', 'name or generateName is required')];
  if (!form.pattern.test(name)) return [fieldInvalid('metadata.name', name, form.rule)];
  if (name.length <= form.charactersMax) return [];
  return [fieldInvalid('metadata.name', name, `must be no more than ${form.charactersMax} characters`)];
}
