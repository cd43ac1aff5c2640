import type { Config } from '../../config/index.ts';
import type { KubeConnection, KubeconfigPolicy } from '../../connection/index.ts';
import { createConnection } from '../../connection/index.ts';
import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { MembersLog } from '../../members/index.ts';
import {
  argoCdSecrets,
  clusterApiSecrets,
  clusterProfiles,
  createKubeconfigDirectorySource,
  createObjectSource,
  openProviderFile,
} from '../../members/sources/index.ts';
import type { Convention, ProviderFile, ProviderFileNews, RegistrationSource } from '../../members/sources/index.ts';
import { UsageError } from '../exit.ts';
import { COEXISTENCE_GROUP } from '../install/names.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import { USER_AGENT, type HubAccess } from './hub-access.ts';

/** Kubeconfigs in Secrets may neither run programs nor name our files. */
export const SECRET_POLICY: KubeconfigPolicy = {
  allowExec: false,
  allowFiles: false,
  allowHttp: false,
  allowInsecure: false,
};

export interface InventorySourcesDeps {
  readonly config: Config;
  readonly hub: HubAccess | undefined;
  readonly log: MembersLog;
}

/** The sources that read what others wrote down. Throws UsageError for what cannot work as configured. */
export async function createInventorySources(deps: InventorySourcesDeps): Promise<readonly RegistrationSource[]> {
  const { config } = deps;
  const removalGraceMs = config['members.removalGraceSeconds'] * 1000;
  const conventions = [...secretConventions(deps), ...(await profileConventions(deps))];
  const sources = conventions.map((convention) => createObjectSource(convention, { removalGraceMs }));
  const directory = config['members.kubeconfigDirectory'];
  if (directory === undefined) return sources;
  const policy = { ...SECRET_POLICY, allowFiles: true, allowExec: config['members.allowExec'] };
  return [...sources, createKubeconfigDirectorySource({ directory, policy, removalGraceMs })];
}

function secretConventions({ config, hub }: InventorySourcesDeps): readonly Convention[] {
  const clusterApi = config['members.clusterApiNamespaces'];
  const argoCd = config['members.argoCdNamespaces'];
  if (clusterApi.length + argoCd.length === 0) return [];
  if (hub === undefined) {
    throw new UsageError('members.clusterApiNamespaces and members.argoCdNamespaces need a hub that has these Secrets');
  }
  const at = { connection: hub.connection, policy: SECRET_POLICY };
  return [
    ...clusterApi.map((namespace) => clusterApiSecrets({ ...at, namespace })),
    ...argoCd.map((namespace) => argoCdSecrets({ ...at, namespace, ownManager: config['profiles.managerName'] })),
  ];
}

async function profileConventions(deps: InventorySourcesDeps): Promise<readonly Convention[]> {
  const { config } = deps;
  const namespaces = config['members.profileNamespaces'];
  if (namespaces.length === 0) return [];
  const managers = config['members.profileManagers'];
  const ownManager = config['profiles.managerName'];
  if (managers.length === 0) {
    throw new UsageError('members.profileNamespaces needs members.profileManagers: whose profiles are to be trusted');
  }
  if (managers.includes(ownManager)) {
    throw new UsageError(`members.profileManagers names "${ownManager}", which is this server itself`);
  }
  const connection = await profileCluster(deps);
  const access = await providerFile(deps);
  return namespaces.map((namespace) => clusterProfiles({ connection, namespace, managers, ownManager, access }));
}

async function profileCluster({ config, hub }: InventorySourcesDeps): Promise<KubeConnection> {
  const file = config['members.profileKubeconfig'];
  if (file !== undefined) {
    const settings = await readKubeconfigFile(file, undefined, OPERATOR_POLICY);
    if (!settings.ok) throw new UsageError(settings.error);
    return createConnection(settings.value, { userAgent: USER_AGENT });
  }
  if (hub === undefined) throw new UsageError('members.profileNamespaces needs a hub or members.profileKubeconfig');
  if (config['apiGroups.multicluster'] === MULTICLUSTER_GROUP) {
    throw new UsageError(
      `members.profileNamespaces needs members.profileKubeconfig: serving ${MULTICLUSTER_GROUP} hides the hub's own ClusterProfiles; ` +
        `or serve apiGroups.multicluster: ${COEXISTENCE_GROUP}`,
    );
  }
  return hub.connection;
}

async function providerFile({ config, log }: InventorySourcesDeps): Promise<ProviderFile> {
  const file = config['members.accessProviders'];
  if (file === undefined) {
    throw new UsageError('members.profileNamespaces needs members.accessProviders: how to log in to their clusters');
  }
  const opened = await openProviderFile(file, { tell: (news) => logProviderFile(news, log) });
  if (!opened.ok) throw new UsageError(opened.error);
  return opened.value;
}

function logProviderFile({ type, message }: ProviderFileNews, log: MembersLog): void {
  if (type === 'usable') log.info({}, message);
  else if (type === 'unusable') log.warn({ problem: message }, 'the provider file cannot be used');
  else log.warn({ problem: message }, 'part of the provider file is ignored');
}
