import type { KubeObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ResourceDefinition, VersionDefinition } from './definition.ts';

/**
 * The object in another version of its kind, through the storage version; the group stays. Fails, with a sentence,
 * only when one of the two versions is not known. An object that has the version already is returned as it is.
 */
export function convertObject(
  definition: ResourceDefinition,
  object: KubeObject,
  desiredVersion: string,
): Outcome<KubeObject, string> {
  const slash = object.apiVersion.indexOf('/');
  const from = versionNamed(definition, object.apiVersion.slice(slash + 1));
  const to = versionNamed(definition, desiredVersion);
  if (from === undefined) return failed(`${definition.kind} has no version ${JSON.stringify(object.apiVersion)}`);
  if (to === undefined) return failed(`${definition.kind} has no version ${JSON.stringify(desiredVersion)}`);
  return succeeded(from.name === to.name ? object : to.fromStorage(from.toStorage(object)));
}

function versionNamed(definition: ResourceDefinition, name: string): VersionDefinition | undefined {
  return definition.versions.find((version) => version.name === name);
}
