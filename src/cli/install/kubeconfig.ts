import { stringify } from 'yaml';
import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';

/** A year: the longest that clusters usually grant; the server may shorten it. */
const TOKEN_SECONDS = 365 * 24 * 3600;

export interface MadeKubeconfig {
  readonly text: string;
  /** When the token in it ends (RFC 3339); running the command again makes a new one. */
  readonly expires: string | undefined;
}

export interface AccountReference {
  readonly namespace: string;
  readonly name: string;
}

/** Asks the cluster for a token of a service account. */
async function requestToken(
  client: ClusterClient,
  account: AccountReference,
): Promise<{ readonly token: string; readonly expires: string | undefined }> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`;
  const answer = await client.create(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  const token = textAt(answer, 'status', 'token');
  if (token === undefined)
    throw new Error(`${client.server} granted no token for ${account.namespace}/${account.name}`);
  return { token, expires: textAt(answer, 'status', 'expirationTimestamp') };
}

export interface KubeconfigOptions {
  readonly client: ClusterClient;
  readonly account: AccountReference;
  /** Name of the cluster, user and context in the file. */
  readonly name: string;
  readonly server: string;
  /** PEM of the cluster's CA; undefined means the system's roots. */
  readonly ca: string | undefined;
  readonly tlsServerName: string | undefined;
}

/** A kubeconfig for a service account: one context, a token, no file paths, so that it can travel in a Secret. */
export async function makeKubeconfig(options: KubeconfigOptions): Promise<MadeKubeconfig> {
  const { client, account, name, server, ca, tlsServerName } = options;
  const { token, expires } = await requestToken(client, account);
  const cluster: JsonObject = {
    server,
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
  };
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
  return { text, expires };
}

/** For the end of a sentence. */
export function expiry({ expires }: MadeKubeconfig): string {
  return expires === undefined ? '' : `; its token ends at ${expires}, running install again makes a new one`;
}
