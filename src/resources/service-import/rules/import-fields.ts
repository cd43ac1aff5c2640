import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../../../kube/object.ts';
import { isList } from '../../canonical-json.ts';

/** The spec of a ServiceImport; {} where there is none. */
export function specOf({ spec }: KubeObject): JsonObject {
  return isJsonObject(spec) ? spec : {};
}

/** The items of a list in a spec or status; [] for what is no list, which the schema refuses. */
export function itemsOf(part: unknown, field: string): readonly JsonValue[] {
  const items = isJsonObject(part) ? part[field] : undefined;
  return isList(items) ? items : [];
}

/** What is set: null and '' mean the default, as in Kubernetes. */
export function textOf(part: JsonObject, field: string): string | undefined {
  const value = part[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
