import { generateKeyPairSync } from 'node:crypto';
import { issueAuthority, issueClient, issueServing } from '../../../certs/issue.ts';

const LIFETIME_MS = 24 * 3600 * 1000;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The keys of one cluster, from two authorities of its own: with one authority for both, the front proxy's certificate
 * would also be a valid client certificate and every test of identity would be void.
 */
export interface ClusterKeys {
  readonly ca: string;
  readonly clientAuthority: Pair;
  readonly frontProxyCa: string;
  readonly frontProxyAuthority: Pair;
  readonly frontProxyClient: Pair;
  readonly serving: Pair;
  readonly kubeletClient: Pair;
  readonly admin: Pair;
  readonly serviceAccountKey: string;
  /** A client certificate for any user of this cluster. */
  readonly user: (name: string, groups?: readonly string[]) => Promise<Pair>;
}

export async function issueClusterKeys(name: string): Promise<ClusterKeys> {
  const validity = { nowMs: Date.now(), lifetimeMs: LIFETIME_MS };
  const authority = await issueAuthority({ commonName: `${name}-ca`, validity });
  const frontProxy = await issueAuthority({ commonName: `${name}-front-proxy-ca`, validity });
  const client = (commonName: string, organizations: readonly string[]): Promise<Pair> =>
    issueClient({ commonName, organizations, authority, validity });
  return {
    ca: authority.cert,
    clientAuthority: authority,
    frontProxyCa: frontProxy.cert,
    frontProxyAuthority: frontProxy,
    frontProxyClient: await issueClient({
      commonName: 'front-proxy-client',
      organizations: [],
      authority: frontProxy,
      validity,
    }),
    serving: await issueServing({
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
      ips: ['127.0.0.1'],
      authority,
      validity,
    }),
    kubeletClient: await client('kube-apiserver-kubelet-client', ['system:masters']),
    admin: await client('kubernetes-admin', ['system:masters']),
    serviceAccountKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string,
    user: (userName, groups = []) => client(userName, groups),
  };
}
