import { readFileSync } from 'node:fs';
import type { MemberEndpoint } from '../../clusterset/index.ts';
import type { ConnectionSettings } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';

/** Address and trust of a member as its profile tells them: never credentials, and no paths of our files. */
export function memberEndpoint(settings: ConnectionSettings, provider: string): MemberEndpoint {
  const { server, tlsServerName, insecureSkipTlsVerify, proxy } = settings;
  const authority = insecureSkipTlsVerify ? undefined : authorityOf(settings);
  const cluster: JsonObject = {
    server,
    ...(authority === undefined ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    ...(insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
    ...(proxy === undefined ? {} : { 'proxy-url': proxy.url }),
  };
  return { provider, cluster };
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
