import type { Kubeconfig } from '../../connection/index.ts';
import { DOMAIN, MEMBER_ID_LABEL } from '../../kube/domain.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';

/** On the object that registers a member: what its ClusterProfiles are to say. */
export const DISPLAY_NAME_ANNOTATION = `${DOMAIN}/display-name`;
/** Names of the access providers under which the way to the member is published, with commas; empty publishes none. */
export const ACCESS_PROVIDER_ANNOTATION = `${DOMAIN}/access-provider`;
/** A JSON object with fields that are put over the `cluster` of these providers. */
export const ACCESS_CLUSTER_ANNOTATION = `${DOMAIN}/access-cluster`;
/** The same in the context of a kubeconfig file: an extension of this name. */
export const PROFILE_EXTENSION = `${DOMAIN}/profile`;

/**
 * What whoever registers a member wants its profiles to say, as it is written down: nothing of it is checked. An object
 * with some of `displayName`, `memberId`, `accessProvider` (names with commas, or a list of them) and `accessCluster` (an
 * object, or the JSON of one).
 */
export type WrittenProfile = JsonValue;

/** Where the kubeconfig of a member lies: without its content, hence no secret. */
export interface KubeconfigReference {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  /** Undefined: its current context. */
  readonly context: string | undefined;
}

/**
 * What the labels and annotations of a registering object say, and `defaults` where they say nothing, which are what its
 * convention has for the same purpose. Undefined if nothing is said.
 */
export function profileOfObject(
  object: JsonObject,
  defaults: { readonly displayName?: string | undefined } = {},
): WrittenProfile | undefined {
  const annotation = (key: string): string | undefined => textAt(object, 'metadata', 'annotations', key);
  const said = {
    displayName: annotation(DISPLAY_NAME_ANNOTATION) ?? defaults.displayName,
    memberId: textAt(object, 'metadata', 'labels', MEMBER_ID_LABEL),
    accessProvider: annotation(ACCESS_PROVIDER_ANNOTATION),
    accessCluster: annotation(ACCESS_CLUSTER_ANNOTATION),
  };
  return present(said);
}

/**
 * What another manager's ClusterProfile says itself. Our annotations do not count there: those who may write them are not
 * those who say, in its status, where credentials are sent.
 */
export function profileOfProfile(profile: JsonObject): WrittenProfile | undefined {
  return present({
    displayName: textAt(profile, 'spec', 'displayName'),
    memberId: textAt(profile, 'metadata', 'labels', MEMBER_ID_LABEL),
  });
}

function present(fields: Readonly<Record<string, string | undefined>>): WrittenProfile | undefined {
  const said: Record<string, string> = {};
  for (const [field, value] of Object.entries(fields)) if (value !== undefined) said[field] = value;
  return Object.keys(said).length === 0 ? undefined : said;
}

/** What the context of a kubeconfig says in its extension. */
export function profileOfContext(kubeconfig: Kubeconfig, context: string | undefined): WrittenProfile | undefined {
  const name = context ?? kubeconfig.currentContext;
  if (name === undefined) return undefined;
  const extensions = kubeconfig.contextExtensions(name);
  return extensions.find((entry) => isJsonObject(entry) && entry['name'] === PROFILE_EXTENSION)?.['extension'];
}
