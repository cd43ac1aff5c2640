import type { ConnectionSettings } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { readKubeconfigSecret, SECRET_KEY, SECRET_LABEL_SELECTOR, secretsPath } from '../../members/sources/index.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { Manifest } from '../install/manifest.ts';
import { FIELD_MANAGER, MEMBER_SECRET_LABEL } from '../install/names.ts';
import { SECRET_POLICY } from '../serve/inventory-sources.ts';

/** A registration Secret as the server reads it. */
export interface Registration {
  readonly name: string;
  readonly settings: Outcome<ConnectionSettings, string>;
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
  if (!outcome.ok) return { name: outcome.error.name, settings: failed(outcome.error.message) };
  return { name: outcome.value.name, settings: succeeded(outcome.value.settings) };
}
