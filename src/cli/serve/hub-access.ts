import { createConnection, inClusterSettings } from '../../connection/index.ts';
import type { ConnectionSettings, KubeConnection } from '../../connection/index.ts';
import type { Config } from '../../config/index.ts';
import { UsageError } from '../exit.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import { VERSION } from '../version.ts';

export const USER_AGENT = `clusterset-apiserver/${VERSION}`;

/** The hub that we serve through. */
export interface HubAccess {
  readonly connection: KubeConnection;
  /** Of its own, so that no flood of other requests delays a renewal of the Lease. */
  readonly lease: KubeConnection;
}

/** Whom we ask who somebody is and what they may do; usually the hub, but it need not be, nor be there. */
export interface Reviewers {
  readonly authentication: KubeConnection | undefined;
  readonly authorization: KubeConnection | undefined;
}

export interface Clusters {
  /** undefined: stand-alone. */
  readonly hub: HubAccess | undefined;
  readonly reviewers: Reviewers;
  readonly close: () => void;
}

/**
 * Opens the hub that the configuration names, or that of the pod we run in, and whoever reviews identities and rights.
 * Throws UsageError for a kubeconfig that cannot be used.
 */
export async function openClusters(config: Config, environment: NodeJS.ProcessEnv): Promise<Clusters> {
  const opened: KubeConnection[] = [];
  const open = (settings: ConnectionSettings): KubeConnection => {
    const connection = createConnection(settings, { userAgent: USER_AGENT });
    opened.push(connection);
    return connection;
  };
  const settings = await hubSettings(config, environment);
  const authentication = await readOptional(config['hub.authenticationKubeconfig']);
  const authorization = await readOptional(config['hub.authorizationKubeconfig']);
  const hub = settings && { connection: open(settings), lease: open(settings) };
  return {
    hub,
    reviewers: {
      authentication: authentication === undefined ? hub?.connection : open(authentication),
      authorization: authorization === undefined ? hub?.connection : open(authorization),
    },
    close: () => {
      for (const connection of opened) connection.close();
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

async function readOptional(file: string | undefined): Promise<ConnectionSettings | undefined> {
  return file === undefined ? undefined : readSettings(file);
}

async function readSettings(file: string): Promise<ConnectionSettings> {
  const settings = await readKubeconfigFile(file, undefined, OPERATOR_POLICY);
  if (!settings.ok) throw new UsageError(settings.error);
  return settings.value;
}

export function isPod(environment: NodeJS.ProcessEnv): boolean {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '';
}
