import type { Config } from '../../config/index.ts';
import type { KubeconfigPolicy } from '../../connection/index.ts';
import { createKubeconfigSource, createSecretSource, readKubeconfigMembers } from '../../members/sources/index.ts';
import type { KubeconfigMembersOptions, RegistrationSource } from '../../members/sources/index.ts';
import { UsageError } from '../exit.ts';
import type { HubAccess } from './hub-access.ts';

const SECRET_POLICY: KubeconfigPolicy = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false };

/** The registration sources of the configuration. Throws UsageError when the members' kubeconfig cannot be used. */
export async function createSources(
  config: Config,
  hub: HubAccess | undefined,
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
    sources.push(createSecretSource({ connection, namespace, policy: SECRET_POLICY, removalGraceMs }));
  }
  return sources;
}

function kubeconfigOptions(config: Config): KubeconfigMembersOptions {
  const policy = { ...SECRET_POLICY, allowFiles: true, allowExec: config['members.allowExec'] };
  const contexts = config['members.contexts'].map((text) => {
    const [context = '', name] = text.split('=', 2);
    return { context, ...(name === undefined ? {} : { name }) };
  });
  return contexts.length === 0 ? { policy } : { policy, contexts };
}
