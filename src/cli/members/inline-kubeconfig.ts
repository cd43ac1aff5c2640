import { stringify } from 'yaml';
import type { ConnectionSettings, Material } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { RefusedError } from '../install/refused-error.ts';

/**
 * The settings as a kubeconfig that can lie in a Secret: what files held is inside. Throws RefusedError for a credential
 * plugin, because no Secret may run programs on the server.
 */
export async function inlineKubeconfig(
  name: string,
  settings: ConnectionSettings,
  readFile: (path: string) => Promise<string>,
): Promise<string> {
  if (settings.exec !== undefined) {
    throw new RefusedError(
      'its kubeconfig logs in by a credential plugin, which no Secret may run: use install --member, which makes an account there, or a kubeconfig of the server itself (members.kubeconfig with members.allowExec)',
    );
  }
  if (settings.proxy?.authorization !== undefined) {
    throw new RefusedError('its proxy-url holds a password; use a proxy that needs none');
  }
  const text = async (material: Material): Promise<string> =>
    material.type === 'inline' ? material.value.reveal() : readFile(material.path);
  const encoded = async (material: Material): Promise<string> => Buffer.from(await text(material)).toString('base64');
  const { certificateAuthority, clientCertificate, token } = settings;
  const cluster: JsonObject = {
    server: settings.server,
    ...(certificateAuthority && { 'certificate-authority-data': await encoded(certificateAuthority) }),
    ...(settings.tlsServerName !== undefined && { 'tls-server-name': settings.tlsServerName }),
    ...(settings.proxy && { 'proxy-url': settings.proxy.url }),
    ...(settings.disableCompression && { 'disable-compression': true }),
  };
  const user: JsonObject = {
    ...(token && { token: (await text(token)).trim() }),
    ...(clientCertificate && {
      'client-certificate-data': await encoded(clientCertificate.certificate),
      'client-key-data': await encoded(clientCertificate.key),
    }),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
