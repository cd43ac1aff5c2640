import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import type { SubresourceKind } from '../../src/resources/definition.ts';
import metaDefinitions from './meta-definitions.json' with { type: 'json' };
import type { KindInVersion, ServedVersion } from './served-version.ts';

/** Schemas by their published name, with references in the form of Swagger 2.0 (`#/definitions/…`). */
export type Schemas = Readonly<Record<string, JsonObject>>;

/**
 * The shared types exactly as kube-apiserver publishes them; made by test/golden/extract-meta-definitions.mjs. Other
 * content under these names would be renamed by the aggregator.
 */
const META: Schemas = metaDefinitions;

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

const API_VERSION = {
  description: 'Group and version of the form in which this object is written, as group/version.',
  type: 'string',
} as const;
const KIND = { description: 'The kind of this object, in CamelCase.', type: 'string' } as const;

/** The reversed group and the version in front of the kind, as kube-apiserver names the schemas of custom resources. */
export function schemaName(served: Pick<ServedVersion, 'group' | 'name'>, kind: string): string {
  const group = served.group === '' ? 'core' : served.group.split('.').toReversed().join('.');
  return `${group}.${served.name}.${kind}`;
}

/** The same for a kind that only a subresource has. */
export function ownSchemaName({ group, version, kind }: SubresourceKind): string {
  return schemaName({ group, name: version }, kind);
}

/** The schemas of all kinds of these versions, their lists, and all that they refer to; sorted by name. */
export function schemasOf(versions: readonly ServedVersion[]): Schemas {
  const own = versions.flatMap((served) =>
    served.kinds.flatMap((kind): [string, JsonObject][] => [
      [schemaName(served, kind.definition.kind), objectSchema(served, kind)],
      [schemaName(served, `${kind.definition.kind}List`), listSchema(served, kind)],
      ...kind.version.subresources.flatMap(({ answer }): [string, JsonObject][] =>
        answer === undefined ? [] : [[ownSchemaName(answer), ownSchema(answer)]],
      ),
    ]),
  );
  const all = [...own, ...Object.entries(META)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(all);
}

export function groupVersionKind(served: ServedVersion, kind: string): JsonObject {
  return { group: served.group, version: served.name, kind };
}

function objectSchema(served: ServedVersion, { definition, version }: KindInVersion): JsonObject {
  return wholeSchema(version.schema, groupVersionKind(served, definition.kind));
}

function ownSchema({ schema, group, version, kind }: SubresourceKind): JsonObject {
  return wholeSchema(schema, { group, version, kind });
}

function wholeSchema({ properties, ...schema }: JsonObject, type: JsonObject): JsonObject {
  return {
    ...schema,
    properties: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { description: 'Metadata that all objects have.', $ref: `#/definitions/${OBJECT_META}` },
      ...(isJsonObject(properties) ? properties : {}),
    },
    'x-kubernetes-group-version-kind': [type],
  };
}

function listSchema(served: ServedVersion, { definition }: KindInVersion): JsonObject {
  return {
    description: `${definition.kind}List is a list of ${definition.kind}.`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: API_VERSION,
      items: {
        description: `The ${definition.resource} in the order of namespace and name.`,
        type: 'array',
        items: { $ref: `#/definitions/${schemaName(served, definition.kind)}` },
      },
      kind: KIND,
      metadata: { description: 'Metadata that all lists have.', $ref: `#/definitions/${LIST_META}` },
    },
    'x-kubernetes-group-version-kind': [groupVersionKind(served, `${definition.kind}List`)],
  };
}

/** The keywords of a Swagger 2.0 schema. Any other breaks the protobuf form of the whole hub's merged document. */
const SWAGGER2_KEYWORDS: ReadonlySet<string> = new Set([
  '$ref',
  'additionalProperties',
  'default',
  'description',
  'enum',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'format',
  'items',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'multipleOf',
  'pattern',
  'properties',
  'required',
  'title',
  'type',
  'uniqueItems',
]);

/**
 * A structural schema (OpenAPI v3) as Swagger 2.0: what that does not know is left out. Where a value may be null or of
 * two types the type is left out too, as kube-apiserver does for custom resources.
 */
export function toSwagger2(schema: JsonObject): JsonObject {
  const isTypeLoose = schema['nullable'] === true || schema['x-kubernetes-int-or-string'] === true;
  const kept = Object.entries(schema).filter(
    ([key]) => (SWAGGER2_KEYWORDS.has(key) || key.startsWith('x-')) && !(isTypeLoose && key === 'type'),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, withSubschemas(key, value, toSwagger2)]));
}

/** A schema of Swagger 2.0 form as OpenAPI v3: a reference that has siblings becomes an `allOf`. */
export function toOpenApi3(schema: JsonObject): JsonObject {
  const { $ref, ...rest } = schema;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, withSubschemas(key, value, toOpenApi3)]),
  );
  if (typeof $ref !== 'string') return converted;
  const reference = { $ref: $ref.replace('#/definitions/', '#/components/schemas/') };
  return Object.keys(rest).length === 0 ? reference : { ...converted, allOf: [reference] };
}

function withSubschemas(
  key: string,
  value: JsonValue | undefined,
  convert: (schema: JsonObject) => JsonObject,
): JsonValue | undefined {
  if (!isJsonObject(value)) return value;
  if (key === 'items' || key === 'additionalProperties') return convert(value);
  if (key !== 'properties') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [name, isJsonObject(schema) ? convert(schema) : schema]),
  );
}
