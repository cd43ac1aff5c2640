import { parse, stringify } from 'yaml';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { createTestAuthority } from '../../support/tls-material.ts';
import type { TestClusterSet } from './clusterset.ts';
import { NAMESPACE } from './clusterset.ts';

const KUBECONFIG_KEY = 'kubeconfig';

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[];
}

interface Secret {
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Puts a fault proxy between the server and a registered member: the address and the authority in its registration
 * become the proxy's, the token stays.
 */
export async function putProxyBefore(set: TestClusterSet, member: string): Promise<FaultProxy> {
  const { url, keys } = set.controlPlane.cluster(member);
  const proxy = await startFaultProxy({ upstream: { url, ca: keys.ca }, authority: createTestAuthority(member) });
  await changeRegistration(set, member, { server: proxy.url, 'certificate-authority-data': encoded(proxy.ca) });
  return proxy;
}

/** Has a member that is registered by a Secret reached in another way, with the same token; a PEM authority is `encoded`. */
export async function changeRegistration(set: TestClusterSet, member: string, way: object): Promise<void> {
  const { data } = await set.hub.json<Secret>('get', 'secret', member, '-n', NAMESPACE);
  const kubeconfig = parse(Buffer.from(data[KUBECONFIG_KEY] ?? '', 'base64').toString()) as Kubeconfig;
  const clusters = kubeconfig.clusters.map(({ name, cluster }) => ({ name, cluster: { ...cluster, ...way } }));
  const patch = JSON.stringify({ data: { [KUBECONFIG_KEY]: encoded(stringify({ ...kubeconfig, clusters })) } });
  await set.hub('patch', 'secret', member, '-n', NAMESPACE, '--type=merge', '-p', patch);
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
