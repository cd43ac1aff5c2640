import type { JsonObject } from '../../../kube/object.ts';

type Fields = Readonly<Record<string, JsonObject>>;

/** Short ways to write down the schema of an answer, every part with its description. */
export function text(description: string, values?: readonly string[]): JsonObject {
  return { description, type: 'string', ...(values === undefined ? {} : { enum: values }) };
}

export function time(description: string): JsonObject {
  return { description, type: 'string', format: 'date-time' };
}

export function count(description: string): JsonObject {
  return { description, type: 'integer', format: 'int32' };
}

export function truth(description: string): JsonObject {
  return { description, type: 'boolean' };
}

export function list(description: string, items: JsonObject): JsonObject {
  return { description, type: 'array', items, 'x-kubernetes-list-type': 'atomic' };
}

export function record(description: string, required: readonly string[], properties: Fields): JsonObject {
  return { description, type: 'object', required, properties };
}

/** The companion of a list that may be cut. */
export function omitted(what: string): JsonObject {
  return count(`How many more ${what} there are than are listed; absent when all are listed.`);
}
