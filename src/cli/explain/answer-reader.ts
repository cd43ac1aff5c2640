import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';

/** Reads an answer of a server, which may be older or newer than this program: what is missing is empty. */
export function objectsAt(object: JsonObject, field: string): readonly JsonObject[] {
  const value: unknown = object[field];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function objectAt(object: JsonObject, field: string): JsonObject | undefined {
  const value: unknown = object[field];
  return isJsonObject(value) ? value : undefined;
}

export function wordsAt(object: JsonObject, field: string): readonly string[] {
  const value: unknown = object[field];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function wordAt(object: JsonObject, field: string): string {
  return textAt(object, field) ?? '';
}

export function numberAt(object: JsonObject, field: string): number | undefined {
  const value: unknown = object[field];
  return typeof value === 'number' ? value : undefined;
}
