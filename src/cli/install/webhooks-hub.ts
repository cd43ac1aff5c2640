import { textAt } from '../../kube/object.ts';
import { UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { InstallOptions } from '../program/install.ts';
import { applyAll } from './apply.ts';
import type { ClusterClient } from './cluster-client.ts';
import { expiry, makeKubeconfig } from './kubeconfig.ts';
import type { MadeKubeconfig } from './kubeconfig.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { FIELD_MANAGER, HUB_CREDENTIAL_KEY, HUB_CREDENTIAL_SECRET, hubAccountName, WEBHOOKS_NAME } from './names.ts';
import { RefusedError } from './refused-error.ts';
import type { InstallDeps } from './target.ts';
import { openNamedHub } from './target.ts';
import type { AskedHub } from './webhook-manifests.ts';
import { hubAccount } from './webhooks-access.ts';

/** What the account of a member's webhooks on the hub depends on. */
export type HubAccountPart = Pick<InstallOptions, 'namespace' | 'apiGroup' | 'aboutApiGroup'> & {
  readonly member: string;
};

/** What of a member's installation concerns the hub. */
export type HubPart = HubAccountPart & Pick<InstallOptions, 'hubKubeconfig' | 'hubContext' | 'dryRun'>;

/** Makes the member's account on the hub and gives a kubeconfig for it; undefined in a dry run and where there is no such hub. */
export async function openHubAccount(deps: InstallDeps, part: HubPart): Promise<MadeKubeconfig | undefined> {
  const { namespace, member, hubKubeconfig, dryRun } = part;
  if (hubKubeconfig === undefined) return undefined;
  const hub = await openNamedHub(deps, part);
  const name = hubAccountName(member);
  if (await isMissing(hub.client, namespace)) return undefined;
  await applyAll(deps, hub.client, { manifests: hubAccountManifests(part), dryRun });
  return dryRun ? undefined : makeKubeconfig({ ...hub, account: { namespace, name }, name: 'hub' });
}

async function isMissing(client: ClusterClient, namespace: string): Promise<boolean> {
  return (await client.get(`/api/v1/namespaces/${namespace}`)) === undefined;
}

export function hubAccountManifests(part: HubAccountPart): readonly Manifest[] {
  const { namespace, member, apiGroup, aboutApiGroup } = part;
  return hubAccount(namespace, member, { multicluster: apiGroup, about: aboutApiGroup });
}

/** The Secret in the member that holds it. */
export function credentialSecret(namespace: string, kubeconfig: MadeKubeconfig | undefined): Manifest {
  const data = { [HUB_CREDENTIAL_KEY]: Buffer.from(kubeconfig?.text ?? '').toString('base64') };
  return manifest(
    { apiVersion: 'v1', kind: 'Secret', name: HUB_CREDENTIAL_SECRET, namespace },
    { type: 'Opaque', data },
  );
}

export function sayCredential(deps: InstallDeps, made: MadeKubeconfig): void {
  deps.say(`The credential of ${WEBHOOKS_NAME} on the hub is stored${expiry(made)}.`);
}

/** What the member must know of the hub to ask it by url; undefined where no hub is told. */
export async function askedHub(deps: InstallDeps, part: HubPart): Promise<AskedHub | undefined> {
  if (part.hubKubeconfig === undefined) return undefined;
  const hub = await openNamedHub(deps, part);
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.${part.apiGroup}`;
  const identity = textAt(await hub.client.get('/api/v1/namespaces/kube-system'), 'metadata', 'uid');
  if (identity === undefined) throw new RefusedError('namespace kube-system of the hub cannot be read');
  return { identity, caBundle: textAt(await hub.client.get(path), 'spec', 'caBundle') };
}

const MANAGED_BY = `app.kubernetes.io/managed-by=${FIELD_MANAGER}`;
const RBAC_PATH = '/apis/rbac.authorization.k8s.io/v1';

/** What was made on the hub for the webhooks of all members. */
export async function everyHubAccount(client: ClusterClient, namespace: string): Promise<readonly Manifest[]> {
  const names = await client.listNames(`${RBAC_PATH}/clusterroles`, MANAGED_BY);
  const prefix = hubAccountName('');
  return names
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => hubAccount(namespace, name.slice(prefix.length), UPSTREAM_GROUPS));
}
