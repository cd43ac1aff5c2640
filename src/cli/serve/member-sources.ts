import type { Config } from '../../config/index.ts';
import type { MembersLog } from '../../members/index.ts';
import {
  createKubeconfigSource,
  createObjectSource,
  kubeconfigSecrets,
  readKubeconfigMembers,
} from '../../members/sources/index.ts';
import type { KubeconfigMembersOptions, RegistrationSource } from '../../members/sources/index.ts';
import { UsageError } from '../exit.ts';
import type { HubAccess } from './hub-access.ts';
import { createInventorySources, SECRET_POLICY } from './inventory-sources.ts';

/** The registration sources of the configuration. Throws UsageError when the members' kubeconfig cannot be used. */
export async function createSources(
  config: Config,
  hub: HubAccess | undefined,
  log: MembersLog,
): Promise<readonly RegistrationSource[]> {
  const sources: RegistrationSource[] = [];
  const removalGraceMs = config['members.removalGraceSeconds'] * 1000;
  const file = config['members.kubeconfig'];
  if (file !== undefined) {
    const options = kubeconfigOptions(config);
    const members = await readKubeconfigMembers(file, options);
    if (!members.ok) throw new UsageError(members.error);
    sources.push(createKubeconfigSource({ file, ...options, removalGraceMs }));
  }
  if (hub !== undefined && config['members.secrets']) {
    const { connection } = hub;
    const namespace = config['hub.namespace'];
    sources.push(
      createObjectSource(kubeconfigSecrets({ connection, namespace, policy: SECRET_POLICY }), { removalGraceMs }),
    );
  }
  return [...sources, ...(await createInventorySources({ config, hub, log }))];
}

function kubeconfigOptions(config: Config): KubeconfigMembersOptions {
  const policy = { ...SECRET_POLICY, allowFiles: true, allowExec: config['members.allowExec'] };
  const contexts = config['members.contexts'].map((text) => {
    const [context = '', name] = text.split('=', 2);
    return { context, ...(name === undefined ? {} : { name }) };
  });
  return contexts.length === 0 ? { policy } : { policy, contexts };
}
