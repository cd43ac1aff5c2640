import type { ConnectionSettings } from '../../connection/index.ts';
import type { ClusterClient } from '../install/cluster-client.ts';

/** What the commands about members need of the world; given by the entry point. */
export interface MembersDeps {
  /** A cluster with its own administrator's or a member's credentials. */
  readonly open: (settings: ConnectionSettings) => ClusterClient;
  /** One context of a kubeconfig of the operator's; throws UsageError or RefusedError. */
  readonly readKubeconfig: (file: string, context: string | undefined) => Promise<ConnectionSettings>;
  readonly readFile: (path: string) => Promise<string>;
  readonly say: (line: string) => void;
}
