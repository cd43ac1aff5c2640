import { createConnection, inClusterSettings } from '../../connection/index.ts';
import type { ConnectionSettings, KubeConnection } from '../../connection/index.ts';
import type { Config } from '../../config/index.ts';
import { UsageError } from '../exit.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import { VERSION } from '../version.ts';

export const USER_AGENT = `clusterset-apiserver/${VERSION}`;

/** The hub in its roles. */
export interface HubAccess {
  readonly connection: KubeConnection;
  /** Of its own, so that no flood of other requests delays a renewal of the Lease. */
  readonly lease: KubeConnection;
  readonly authentication: KubeConnection;
  readonly authorization: KubeConnection;
  readonly close: () => void;
}

/**
 * Opens the hub that the configuration names, or that of the pod we run in; undefined: stand-alone. Throws UsageError
 * for a kubeconfig that cannot be used.
 */
export async function openHub(config: Config, environment: NodeJS.ProcessEnv): Promise<HubAccess | undefined> {
  const settings = await hubSettings(config, environment);
  if (settings === undefined) return undefined;
  const connection = createConnection(settings, { userAgent: USER_AGENT });
  const authentication = await other(config['hub.authenticationKubeconfig'], connection);
  const authorization = await other(config['hub.authorizationKubeconfig'], connection);
  const lease = createConnection(settings, { userAgent: USER_AGENT });
  return {
    connection,
    lease,
    authentication,
    authorization,
    close: () => {
      for (const open of new Set([connection, lease, authentication, authorization])) open.close();
    },
  };
}

async function hubSettings(config: Config, environment: NodeJS.ProcessEnv): Promise<ConnectionSettings | undefined> {
  const file = config['hub.kubeconfig'];
  if (file !== undefined) return readSettings(file);
  if (config['embedded.enabled'] || !isPod(environment)) return undefined;
  const settings = inClusterSettings(environment);
  if (!settings.ok) throw new UsageError(settings.error);
  return settings.value;
}

async function other(file: string | undefined, fallback: KubeConnection): Promise<KubeConnection> {
  if (file === undefined) return fallback;
  return createConnection(await readSettings(file), { userAgent: USER_AGENT });
}

async function readSettings(file: string): Promise<ConnectionSettings> {
  const settings = await readKubeconfigFile(file, undefined, OPERATOR_POLICY);
  if (!settings.ok) throw new UsageError(settings.error);
  return settings.value;
}

export function isPod(environment: NodeJS.ProcessEnv): boolean {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '';
}
