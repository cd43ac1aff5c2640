import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { CertificateAndKey } from '../../../certs/index.ts';
import type { Authorize } from '../../kube/request-user.ts';
import type { Config } from '../../config/index.ts';

const PRIVATE_FILE_MODE = 0o600;

/** Without a hub there are no roles to ask: only system:masters gets in, which is decided before this is asked. */
export const denyAll: Authorize = () =>
  Promise.resolve({ type: 'deny', reason: 'this server runs stand-alone: only its own administrator may use it' });

export interface OwnKubeconfig {
  readonly config: Config;
  readonly directory: string;
  readonly port: number;
  readonly caBundle: string | undefined;
  readonly client: CertificateAndKey;
}

/** Writes the kubeconfig of our own API, for our administrator; returns its path. */
export async function writeOwnKubeconfig({
  config,
  directory,
  port,
  caBundle,
  client,
}: OwnKubeconfig): Promise<string> {
  const file = resolve(config['serving.kubeconfigFile'] ?? join(directory, 'kubeconfig'));
  const name = 'clusterset';
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: `https://${reachableHost(config['serving.bindAddress'])}:${port}`,
          ...(caBundle === undefined ? {} : { 'certificate-authority-data': base64(caBundle) }),
        },
      },
    ],
    users: [{ name, user: { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: PRIVATE_FILE_MODE });
  return file;
}

function reachableHost(bindAddress: string): string {
  if (bindAddress === '0.0.0.0' || bindAddress === '::') return '127.0.0.1';
  return bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
}
