import type { FieldCause } from '../kube/api-errors.ts';
import {
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTypeInvalid,
} from '../kube/api-errors.ts';
import type { JsonObject, JsonValue, KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import { parseTimeSeconds } from '../kube/time.ts';

/** Fields of every object, which the schemas of kinds do not describe. */
const COMMON_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/** The object without the fields that its schema does not know, as kube-apiserver prunes custom objects. */
export function pruned(object: KubeObject, schema: JsonObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  return { ...asObject(prune(object, schema)), apiVersion, kind, metadata };
}

function prune(value: unknown, schema: JsonObject): unknown {
  if (Array.isArray(value)) return value.map((item) => prune(item, asObject(schema['items'])));
  if (!isJsonObject(value) || schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  const { properties, additionalProperties } = schema;
  const kept = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const known = asObject(properties)[name] ?? additionalProperties;
    return isJsonObject(known) ? [[name, prune(item, known)]] : [];
  });
  return Object.fromEntries(kept);
}

/** Paths of the fields that the schema does not know. */
export function unknownFields(object: KubeObject, schema: JsonObject): readonly string[] {
  const fields = Object.entries(object).filter(([name]) => !COMMON_FIELDS.has(name));
  return unknownIn(Object.fromEntries(fields), schema, '');
}

function unknownIn(value: unknown, schema: JsonObject, path: string): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownIn(item, asObject(schema['items']), `${path}[${index}]`));
  }
  if (!isJsonObject(value) || schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
  const { properties, additionalProperties } = schema;
  return Object.entries(value).flatMap(([name, item]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const known = asObject(properties)[name] ?? additionalProperties;
    return isJsonObject(known) ? unknownIn(item, known, at) : [at];
  });
}

/**
 * The object without nulls in fields whose schema does not allow them: kube-apiserver takes those of custom objects for
 * absent, and Go clients send them for times that are not set.
 */
export function withoutNullFields(object: KubeObject, schema: JsonObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  return { ...asObject(dropNulls(object, schema)), apiVersion, kind, metadata };
}

function dropNulls(value: unknown, schema: JsonObject): unknown {
  if (Array.isArray(value)) return value.map((item) => dropNulls(item, asObject(schema['items'])));
  if (!isJsonObject(value)) return value;
  const { properties, additionalProperties } = schema;
  const kept = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const known = asObject(properties)[name] ?? additionalProperties;
    if (!isJsonObject(known)) return [[name, item]];
    const isAbsent = item === null && known['nullable'] !== true && known['default'] === undefined;
    return isAbsent ? [] : [[name, dropNulls(item, known)]];
  });
  return Object.fromEntries(kept);
}

/** The value without fields that are null, which kube-apiserver takes for absent in built-in kinds. */
export function withoutNulls(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, nested(item)]));
}

function nested(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item: JsonValue) => nested(item) ?? null);
  return isJsonObject(value) ? withoutNulls(value) : value;
}

/** Wrong types and missing fields, as far as the schemas of our kinds use them. */
export function schemaFaults(object: KubeObject, schema: JsonObject): readonly FieldCause[] {
  const properties = Object.entries(asObject(schema['properties']));
  return properties.flatMap(([name, known]) => faultsAt(object[name], asObject(known), name));
}

function faultsAt(value: unknown, schema: JsonObject, field: string): readonly FieldCause[] {
  if (value === undefined) return [];
  const expected = schema['type'];
  if (typeof expected === 'string' && !hasType(value, expected)) {
    const found = typeName(value);
    return [fieldTypeInvalid(field, found, `${field} in body must be of type ${expected}: ${JSON.stringify(found)}`)];
  }
  if (typeof value === 'string') return textFaults(value, schema, field);
  if (Array.isArray(value)) {
    const items = asObject(schema['items']);
    const inItems = value.flatMap((item, index) => faultsAt(item, items, `${field}[${index}]`));
    return [...inItems, ...tooMany(value, schema, field), ...duplicateKeys(value, schema, field)];
  }
  return isJsonObject(value) ? [...missing(value, schema, field), ...memberFaults(value, schema, field)] : [];
}

/** Lengths count code points, as the schema does; kube-apiserver says bytes all the same. */
function textFaults(value: string, schema: JsonObject, field: string): readonly FieldCause[] {
  const { enum: choices, minLength, maxLength } = schema;
  const isTooLong = typeof maxLength === 'number' && value.length > maxLength && Array.from(value).length > maxLength;
  if (isTooLong) return [fieldTooLong(field, maxLength)];
  if (Array.isArray(choices) && !choices.includes(value)) return [fieldNotSupported(field, value, choices.map(String))];
  if (typeof minLength === 'number' && value.length < minLength) {
    return [fieldInvalid(field, value, `${field} in body should be at least ${minLength} chars long`)];
  }
  return formFaults(value, schema, field);
}

function formFaults(value: string, { pattern, format }: JsonObject, field: string): readonly FieldCause[] {
  if (typeof pattern === 'string' && !new RegExp(pattern).test(value)) {
    return [fieldInvalid(field, value, `${field} in body should match '${pattern}'`)];
  }
  if (format === 'date-time' && parseTimeSeconds(value) === undefined) {
    return [fieldInvalid(field, value, `${field} in body must be of type date-time: ${JSON.stringify(value)}`)];
  }
  return [];
}

function tooMany(value: readonly unknown[], { maxItems }: JsonObject, field: string): readonly FieldCause[] {
  if (typeof maxItems !== 'number' || value.length <= maxItems) return [];
  return [
    { field, reason: 'FieldValueTooMany', message: `Too many: ${value.length}: must have at most ${maxItems} items` },
  ];
}

function duplicateKeys(value: readonly unknown[], schema: JsonObject, field: string): readonly FieldCause[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(keys)) return [];
  const known = new Set<string>();
  return value.flatMap((item, index) => {
    const entries = keys.map((key) => [String(key), asObject(item)[String(key)]] as const);
    const text = JSON.stringify(entries);
    if (known.has(text)) return [fieldDuplicate(`${field}[${index}]`, Object.fromEntries(entries))];
    known.add(text);
    return [];
  });
}

function missing(value: JsonObject, schema: JsonObject, field: string): readonly FieldCause[] {
  const { required } = schema;
  if (!Array.isArray(required)) return [];
  return required
    .filter((name) => value[String(name)] === undefined)
    .map((name) => fieldRequired(`${field}.${String(name)}`, ''));
}

function memberFaults(value: JsonObject, schema: JsonObject, field: string): readonly FieldCause[] {
  const { properties, additionalProperties } = schema;
  return Object.entries(value).flatMap(([name, item]) => {
    const known = asObject(properties)[name] ?? additionalProperties;
    return isJsonObject(known) ? faultsAt(item, known, `${field}.${name}`) : [];
  });
}

function hasType(value: unknown, expected: string): boolean {
  const found = typeName(value);
  return found === expected || (expected === 'number' && found === 'integer');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
