import { readFileSync } from 'node:fs';
import type { AccessEntry } from '../../clusterset/index.ts';
import type { ConnectionSettings } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';

/** What credential plugins read as the configuration of a cluster (client.authentication.k8s.io). */
const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

/**
 * Address and trust of a member as its profile tells them: never credentials, and no paths of our files. Plugins are
 * told the member's name, by which those of the Cluster Inventory API find its credential on their side.
 */
export function memberAccess(
  settings: ConnectionSettings,
  provider: string,
  clusterName: string,
): readonly AccessEntry[] {
  if (provider === '') return [];
  const { server, tlsServerName, insecureSkipTlsVerify, proxy } = settings;
  const authority = insecureSkipTlsVerify ? undefined : authorityOf(settings);
  const cluster: JsonObject = {
    server,
    ...(authority === undefined ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    ...(insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
    ...(proxy === undefined ? {} : { 'proxy-url': proxy.url }),
    extensions: [{ name: EXEC_EXTENSION, extension: { clusterName } }],
  };
  return [{ name: provider, cluster }];
}

/** Certificates are public; a file that cannot be read now is left out. */
function authorityOf({ certificateAuthority }: ConnectionSettings): string | undefined {
  if (certificateAuthority === undefined) return undefined;
  if (certificateAuthority.type === 'inline') return certificateAuthority.value.reveal();
  try {
    return readFileSync(certificateAuthority.path, 'utf8');
  } catch {
    return undefined;
  }
}
