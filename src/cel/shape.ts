import { isJsonObject, type JsonObject } from '../kube/object.ts';

/** What is known of a value before it is there. */
export type CelShape =
  /** Anything: found out when it is evaluated. */
  | { readonly type: 'dyn' }
  /** `int`, `string`, `google.protobuf.Timestamp`, `kubernetes.Quantity` and the like. */
  | { readonly type: 'simple'; readonly name: string }
  | { readonly type: 'list'; readonly element: CelShape }
  | { readonly type: 'map'; readonly value: CelShape }
  /** An object with known fields; `open` if it may have others. */
  | { readonly type: 'object'; readonly fields: ReadonlyMap<string, CelShape>; readonly open: boolean };

export const DYN: CelShape = { type: 'dyn' };
export const BOOL = simple('bool');
export const INT = simple('int');
export const STRING = simple('string');

export function simple(name: string): CelShape {
  return { type: 'simple', name };
}

export function listOf(element: CelShape): CelShape {
  return { type: 'list', element };
}

export function mapOf(value: CelShape): CelShape {
  return { type: 'map', value };
}

export function objectOf(fields: Readonly<Record<string, CelShape>>): CelShape {
  return { type: 'object', fields: new Map(Object.entries(fields)), open: false };
}

/** How messages call it. */
export function shapeName(shape: CelShape): string {
  switch (shape.type) {
    case 'dyn':
      return 'dyn';
    case 'simple':
      return shape.name;
    case 'list':
      return `list(${shapeName(shape.element)})`;
    case 'map':
      return `map(string, ${shapeName(shape.value)})`;
    case 'object':
      return 'object';
  }
}

/**
 * The shape of what an OpenAPI v3 structural schema describes, as a ValidatingAdmissionPolicy sees it: texts stay texts
 * whatever their format says.
 */
export function shapeOfSchema(schema: JsonObject): CelShape {
  if (schema['nullable'] === true || schema['x-kubernetes-int-or-string'] === true) return DYN;
  switch (schema['type']) {
    case 'object':
      return shapeOfObject(schema);
    case 'array':
      return listOf(shapeAt(schema['items']));
    case 'integer':
      return INT;
    case 'number':
      return simple('double');
    case 'boolean':
      return BOOL;
    case 'string':
      return STRING;
    default:
      return DYN;
  }
}

function shapeAt(schema: unknown): CelShape {
  return isJsonObject(schema) ? shapeOfSchema(schema) : DYN;
}

function shapeOfObject(schema: JsonObject): CelShape {
  const { properties, additionalProperties } = schema;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isJsonObject(properties)) {
    const fields = Object.entries(properties).map(([name, field]) => [name, shapeAt(field)] as const);
    return { type: 'object', fields: new Map(fields), open };
  }
  if (isJsonObject(additionalProperties)) return mapOf(shapeOfSchema(additionalProperties));
  return open || additionalProperties === true ? DYN : mapOf(DYN);
}

/** ObjectMeta as expressions may read it. */
const METADATA = objectOf({
  ...{ name: STRING, namespace: STRING, uid: STRING, resourceVersion: STRING, generateName: STRING },
  ...{ creationTimestamp: STRING, deletionTimestamp: STRING, selfLink: STRING },
  ...{ generation: INT, deletionGracePeriodSeconds: INT },
  ...{ labels: mapOf(STRING), annotations: mapOf(STRING), finalizers: listOf(STRING) },
  ownerReferences: listOf(
    objectOf({
      ...{ apiVersion: STRING, kind: STRING, name: STRING, uid: STRING },
      ...{ controller: BOOL, blockOwnerDeletion: BOOL },
    }),
  ),
  managedFields: listOf(DYN),
});

/** A whole object whose schema (as in a CRD, or without what all kinds have) is known. */
export function shapeOfKind(schema: JsonObject): CelShape {
  const shape = shapeOfSchema({ ...schema, type: 'object' });
  const own = shape.type === 'object' ? shape.fields : new Map<string, CelShape>();
  const fields = new Map([...own, ['apiVersion', STRING], ['kind', STRING], ['metadata', METADATA]] as const);
  return { type: 'object', fields, open: shape.type !== 'object' || shape.open };
}

/** An object of any kind. */
export const ANY_OBJECT: CelShape = {
  type: 'object',
  fields: new Map([
    ['apiVersion', STRING],
    ['kind', STRING],
    ['metadata', METADATA],
  ]),
  open: true,
};

/** One shape for values that may have either. */
export function joinShapes(a: CelShape, b: CelShape): CelShape {
  if (a === b || isNothing(b)) return a;
  return isNothing(a) ? b : joinDifferent(a, b);
}

function joinDifferent(a: CelShape, b: CelShape): CelShape {
  if (a.type === 'simple' && b.type === 'simple') return a.name === b.name ? a : DYN;
  if (a.type === 'list' && b.type === 'list') return listOf(joinShapes(a.element, b.element));
  return a.type === 'map' && b.type === 'map' ? mapOf(joinShapes(a.value, b.value)) : DYN;
}

/** Whether a value of this shape may turn out to be what is asked for. */
export function mayBe(shape: CelShape, wanted: CelShape): boolean {
  if (shape.type === 'dyn' || wanted.type === 'dyn') return true;
  if (shape.type === 'object') return wanted.type === 'map' || wanted.type === 'object';
  if (shape.type === 'simple' && wanted.type === 'simple') return shape.name === wanted.name;
  return shape.type === wanted.type;
}

/** Whether `==` may be asked of them: values of two known types are never equal, which is a mistake of who asks. */
export function mayEqual(a: CelShape, b: CelShape): boolean {
  if (isNothing(a) || isNothing(b)) return true;
  if (isNull(a) || isNull(b)) return isNullable(a) && isNullable(b);
  return mayBe(a, b) || mayBe(b, a);
}

/** What may be null: objects, and what is no value of JSON, as in cel-go. */
function isNullable(shape: CelShape): boolean {
  if (shape.type === 'simple') return !NEVER_NULL.has(shape.name);
  return shape.type === 'dyn' || shape.type === 'object';
}

const NEVER_NULL: ReadonlySet<string> = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'type']);

function isNull(shape: CelShape): boolean {
  return shape.type === 'simple' && shape.name === 'null_type';
}

/** The element of an empty list: gives way to any other. */
export const NOTHING: CelShape = { type: 'simple', name: 'nothing' };

function isNothing(shape: CelShape): boolean {
  return shape.type === 'simple' && shape.name === 'nothing';
}
