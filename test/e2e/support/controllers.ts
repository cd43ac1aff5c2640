import { join } from 'node:path';
import type { Child, ControlPlane } from '../../support/control-plane/index.ts';
import { startChild } from '../../support/control-plane/index.ts';

/** Runs these controllers of the real kube-controller-manager against a cluster; they log what they do. */
export function startControllers(
  controlPlane: ControlPlane,
  clusterName: string,
  controllers: readonly string[],
): Child {
  const { adminKubeconfig, directory } = controlPlane.cluster(clusterName);
  return startChild({
    name: `kube-controller-manager-${clusterName}`,
    command: controlPlane.binaries.path('kube-controller-manager'),
    args: [
      `--kubeconfig=${adminKubeconfig}`,
      `--authentication-kubeconfig=${adminKubeconfig}`,
      `--authorization-kubeconfig=${adminKubeconfig}`,
      `--controllers=${controllers.join(',')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      '--resource-quota-sync-period=5s',
      '--v=4',
    ],
    logFile: join(directory, 'kube-controller-manager.log'),
  });
}
