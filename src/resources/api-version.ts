import type { KubeObject } from '../kube/object.ts';

/** The object with another version of the same group in apiVersion; the very same object if it has it already. */
export function withVersion(object: KubeObject, version: string): KubeObject {
  const slash = object.apiVersion.indexOf('/');
  const apiVersion = slash < 0 ? version : `${object.apiVersion.slice(0, slash)}/${version}`;
  return apiVersion === object.apiVersion ? object : { ...object, apiVersion };
}
