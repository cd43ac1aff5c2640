import { isJsonObject } from '../kube/object.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';

/** The object with another version of the same group in apiVersion; the very same object if it has it already. */
export function withVersion(object: KubeObject, version: string): KubeObject {
  const slash = object.apiVersion.indexOf('/');
  const apiVersion = slash < 0 ? version : `${object.apiVersion.slice(0, slash)}/${version}`;
  return apiVersion === object.apiVersion ? object : { ...object, apiVersion };
}

/** The group of an apiVersion; '' is the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
}

/**
 * The object under another group: wherever the object itself is meant, that is in apiVersion and in managedFields. The
 * very same object if it has the group already.
 */
export function withGroup(object: KubeObject, group: string): KubeObject {
  const from = groupOf(object.apiVersion);
  if (from === group) return object;
  const apiVersion = inGroup(object.apiVersion, from, group);
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return { ...object, apiVersion };
  const moved = managedFields.map((entry) => entryInGroup(entry, from, group));
  return { ...object, apiVersion, metadata: { ...object.metadata, managedFields: moved } };
}

function entryInGroup(entry: JsonObject, from: string, to: string): JsonObject {
  const apiVersion = isJsonObject(entry) ? entry['apiVersion'] : undefined;
  if (typeof apiVersion !== 'string' || groupOf(apiVersion) !== from) return entry;
  return { ...entry, apiVersion: inGroup(apiVersion, from, to) };
}

function inGroup(apiVersion: string, from: string, to: string): string {
  const version = from === '' ? apiVersion : apiVersion.slice(from.length + 1);
  return to === '' ? version : `${to}/${version}`;
}
