import type { ClusterClient } from '../install/cluster-client.ts';
import { RefusedError } from '../install/refused-error.ts';
import type { MembersDeps } from './members-deps.ts';

export interface HubChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** The hub that a command is about. */
export async function openHub(deps: MembersDeps, { kubeconfig, context }: HubChoice): Promise<ClusterClient> {
  if (kubeconfig === undefined) throw new RefusedError('--kubeconfig FILE is needed');
  return deps.open(await deps.readKubeconfig(kubeconfig, context));
}
