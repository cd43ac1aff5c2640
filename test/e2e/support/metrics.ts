import { directGet } from './direct.ts';
import type { TestClusterSet } from './clusterset.ts';

/** What `/metrics` of the running server says, read by the hub's administrator past the hub. */
export async function readMetrics({ hub, controlPlane, port }: TestClusterSet): Promise<string> {
  const bundle = await hub('get', 'apiservice', 'v1beta1.about.k8s.io', '-o', 'jsonpath={.spec.caBundle}');
  const client = controlPlane.cluster('hub').keys.admin;
  return (await directGet(port, '/metrics', { ca: Buffer.from(bundle, 'base64').toString(), client })).body;
}
