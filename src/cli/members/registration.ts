import type { ConnectionSettings } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { readKubeconfigSecret, SECRET_KEY, SECRET_LABEL_SELECTOR, secretsPath } from '../../members/sources/index.ts';
import type { WrittenProfile } from '../../members/sources/index.ts';
import type { ApplyResult, ClusterClient } from '../install/cluster-client.ts';
import type { Manifest } from '../install/manifest.ts';
import { objectPath } from '../install/manifest.ts';
import { FIELD_MANAGER, MEMBER_SECRET_LABEL } from '../install/names.ts';
import { SECRET_POLICY } from '../serve/inventory-sources.ts';
import type { ProfileChange } from './registration-profile.ts';
import { appliedProfile, removalPatch } from './registration-profile.ts';

/** A registration Secret as the server reads it. */
export interface Registration {
  readonly name: string;
  readonly settings: Outcome<ConnectionSettings, string>;
  /** What it says of the member's profiles; undefined: nothing, or it cannot be read. */
  readonly profile: WrittenProfile | undefined;
}

/** What is to be stored of a member. */
export interface NewRegistration {
  readonly namespace: string;
  readonly name: string;
  readonly kubeconfig: string;
  readonly change: ProfileChange;
  /** The Secret that registers it until now. */
  readonly present: JsonObject | undefined;
}

/** All registration Secrets of our namespace, by name. */
export async function readRegistrations(hub: ClusterClient, namespace: string): Promise<readonly Registration[]> {
  const secrets = await hub.list(secretsPath(namespace), SECRET_LABEL_SELECTOR);
  return secrets.map((secret) => registrationOf(secret, namespace)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The registration of one member; undefined if there is none. */
export async function readRegistration(
  hub: ClusterClient,
  namespace: string,
  name: string,
): Promise<Registration | undefined> {
  const secret = await hub.get(`${secretsPath(namespace)}/${encodeURIComponent(name)}`);
  return secret === undefined || !isRegistration(secret) ? undefined : registrationOf(secret, namespace);
}

/** Stores a registration, with what is said of its profiles; what was said before stays unless it is to be changed. */
export async function writeRegistration(
  hub: ClusterClient,
  { namespace, name, kubeconfig, change, present }: NewRegistration,
  dryRun: boolean,
): Promise<{ readonly secret: Manifest; readonly change: ApplyResult['change'] }> {
  const before = present === undefined ? undefined : registrationOf(present, namespace).profile;
  const { labels, annotations } = appliedProfile(change, present, before);
  const bare = registrationManifest(namespace, name, kubeconfig);
  const metadata = { ...bare.metadata, labels: { ...bare.metadata.labels, ...labels }, annotations };
  const secret = { ...bare, metadata };
  const applied = await hub.apply(secret, dryRun);
  const patch = removalPatch(change, applied.object);
  if (patch === undefined) return { secret, change: applied.change };
  await hub.merge(objectPath(secret), patch, dryRun);
  return { secret, change: 'configured' };
}

/** What carries our label is a registration, whoever made it. */
export function isRegistration(secret: JsonObject): boolean {
  return textAt(secret, 'metadata', 'labels', MEMBER_SECRET_LABEL) === 'true';
}

/** The Secret that registers a member; without a kubeconfig only what names it. */
export function registrationManifest(namespace: string, member: string, kubeconfig?: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: member,
      namespace,
      labels: { [MEMBER_SECRET_LABEL]: 'true', 'app.kubernetes.io/managed-by': FIELD_MANAGER },
    },
    ...(kubeconfig === undefined
      ? {}
      : { type: 'Opaque', data: { [SECRET_KEY]: Buffer.from(kubeconfig).toString('base64') } }),
  };
}

function registrationOf(secret: JsonObject, namespace: string): Registration {
  const secretName = textAt(secret, 'metadata', 'name') ?? '';
  const { outcome } = readKubeconfigSecret(secret, secretName, { namespace, policy: SECRET_POLICY });
  if (!outcome.ok) return { name: outcome.error.name, settings: failed(outcome.error.message), profile: undefined };
  const { name, settings, profile } = outcome.value;
  return { name, settings: succeeded(settings), profile };
}
