import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane, Kubectl } from '../../support/control-plane/index.ts';
import { createKubectl, kubeconfigText } from '../../support/control-plane/index.ts';

/** A kubectl for a user of a cluster who has a client certificate and no rights of his own. */
export async function userKubectl(controlPlane: ControlPlane, clusterName: string, user: string): Promise<Kubectl> {
  const cluster = controlPlane.cluster(clusterName);
  const { cert, key } = await cluster.keys.user(user);
  const kubeconfig = join(cluster.directory, `${user}.kubeconfig`);
  await writeFile(kubeconfig, kubeconfigText({ name: user, url: cluster.url, ca: cluster.keys.ca, cert, key }));
  const cacheDirectory = join(cluster.directory, `${user}-cache`);
  return createKubectl({ binary: controlPlane.binaries.path('kubectl'), kubeconfig, cacheDirectory });
}
