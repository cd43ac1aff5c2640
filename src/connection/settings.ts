import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { JsonValue } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { Secret } from './secret.ts';

/** PEM text or a token: given, or read from a file that is read again while the connection lives. */
export type Material =
  { readonly type: 'inline'; readonly value: Secret } | { readonly type: 'file'; readonly path: string };

/** How to reach and trust one kube-apiserver, and who we are there. Built by `resolveContext` or `inClusterSettings`. */
export interface ConnectionSettings {
  /** https origin and optional path prefix, without a trailing slash, user information, query or fragment. */
  readonly server: string;
  /** The name that the server's certificate must have, when it is not the host of `server`. */
  readonly tlsServerName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  /** Certificates to trust; undefined means those that Node brings. */
  readonly certificateAuthority: Material | undefined;
  readonly proxy: ProxySettings | undefined;
  /** No gzip on answers. */
  readonly disableCompression: boolean;
  readonly clientCertificate: ClientCertificate | undefined;
  readonly token: Material | undefined;
  readonly exec: ExecSettings | undefined;
}

export interface ClientCertificate {
  readonly certificate: Material;
  readonly key: Material;
}

/** An HTTP proxy that is asked to CONNECT. */
export interface ProxySettings {
  /** http or https origin without user information. */
  readonly url: string;
  /** Value of Proxy-Authorization. */
  readonly authorization: Secret | undefined;
}

/** A client-go credential plugin (client.authentication.k8s.io). */
export interface ExecSettings {
  readonly apiVersion: string;
  /** Absolute path, or a bare name that PATH resolves. */
  readonly command: string;
  readonly args: readonly Secret[];
  readonly env: readonly { readonly name: string; readonly value: Secret }[];
  readonly provideClusterInfo: boolean;
  /** Payload of the cluster's `client.authentication.k8s.io/exec` extension. */
  readonly clusterConfig: JsonValue | undefined;
  /** Shown when the plugin cannot be started. */
  readonly installHint: string | undefined;
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The settings of a pod: address from the environment, token and CA from the mounted service account. */
export function inClusterSettings(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string = SERVICE_ACCOUNT_DIRECTORY,
): Outcome<ConnectionSettings, string> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '') {
    return failed('not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must both be set');
  }
  const server = parseServer(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  if (!server.ok) return failed(`KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT ${server.error}`);
  return succeeded({
    ...plainSettings(server.value),
    certificateAuthority: { type: 'file', path: join(directory, 'ca.crt') },
    token: { type: 'file', path: join(directory, 'token') },
  });
}

/** Settings with nothing but an address: no credentials, Node's certificate authorities. */
export function plainSettings(server: string): ConnectionSettings {
  return {
    server,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    certificateAuthority: undefined,
    proxy: undefined,
    disableCompression: false,
    clientCertificate: undefined,
    token: undefined,
    exec: undefined,
  };
}

/** Checks and normalises a server URL; the error is a phrase that follows the field's name and never repeats the URL. */
export function parseServer(text: string): Outcome<string, string> {
  if (!URL.canParse(text)) return failed('must be a URL such as https://host:6443');
  const url = new URL(text);
  if (url.protocol !== 'https:')
    return failed('must be an https URL: other schemes would send credentials in the clear');
  if (url.username !== '' || url.password !== '') return failed('must not hold a user name or password');
  if (url.search !== '' || url.hash !== '') return failed('must not hold a query or a fragment');
  return succeeded(`${url.origin}${url.pathname.replace(/\/+$/, '')}`);
}

/**
 * SHA-256 (hex) over everything in the settings, credentials included: equal settings have equal digests. Files count
 * by path, because a connection follows their content by itself.
 */
export function settingsDigest(settings: ConnectionSettings): string {
  const { clientCertificate, exec, proxy } = settings;
  const parts = [
    settings.server,
    settings.tlsServerName,
    settings.insecureSkipTlsVerify,
    revealed(settings.certificateAuthority),
    proxy && [proxy.url, proxy.authorization?.reveal()],
    settings.disableCompression,
    clientCertificate && [revealed(clientCertificate.certificate), revealed(clientCertificate.key)],
    revealed(settings.token),
    exec && execIdentity(exec),
  ];
  const text = JSON.stringify(parts, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return createHash('sha256').update(text).digest('hex');
}

function revealed(material: Material | undefined): readonly string[] | undefined {
  if (material === undefined) return undefined;
  return material.type === 'inline' ? ['inline', material.value.reveal()] : ['file', material.path];
}

function execIdentity(exec: ExecSettings): readonly unknown[] {
  return [
    exec.apiVersion,
    exec.command,
    exec.args.map((arg) => arg.reveal()),
    exec.env.map(({ name, value }) => [name, value.reveal()]),
    exec.provideClusterInfo,
    exec.clusterConfig,
  ];
}
