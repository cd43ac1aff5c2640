import { parseClusterId } from '../../kube/cluster-id.ts';
import { formatFindings, isRefused } from '../install/finding.ts';
import { describeObject } from '../install/manifest.ts';
import { RefusedError } from '../install/refused-error.ts';
import type { MembersAddOptions } from '../program/members.ts';
import { openHub } from './hub.ts';
import { inlineKubeconfig } from './inline-kubeconfig.ts';
import { lookAtMember } from './look.ts';
import { isRegistration, registrationManifest } from './registration.ts';
import { secretsPath } from '../../members/sources/index.ts';
import type { MembersDeps } from './members-deps.ts';

/** Registers a member by a kubeconfig that there is already. Throws RefusedError before anything is changed. */
export async function addMember(deps: MembersDeps, options: MembersAddOptions): Promise<void> {
  const { name, namespace, dryRun } = options;
  const cluster = parseClusterId(name);
  if (!cluster.ok) throw new RefusedError(cluster.error);
  const settings = await deps.readKubeconfig(options.memberKubeconfig, options.memberContext);
  const kubeconfig = await inlineKubeconfig(name, settings, deps.readFile);
  const hub = await openHub(deps, options);
  const present = await hub.get(`${secretsPath(namespace)}/${encodeURIComponent(name)}`);
  if (present !== undefined && !isRegistration(present)) {
    throw new RefusedError(`Secret ${namespace}/${name} is there and registers no member; it is left alone`);
  }
  if (present !== undefined && !options.replace) {
    throw new RefusedError(`member ${name} is registered already; --replace gives it the new kubeconfig`);
  }
  if (options.check) {
    const findings = await lookAtMember(deps.open(settings), { name, hub, clusterSet: undefined });
    deps.say(formatFindings(findings));
    if (isRefused(findings))
      throw new RefusedError('the member cannot be used like this; --no-check registers it anyway');
  }
  const secret = registrationManifest(namespace, name, kubeconfig);
  const { change } = await hub.apply(secret, dryRun);
  deps.say(`${describeObject(secret)} ${change} on ${hub.server}${dryRun ? ' (dry run)' : ''}`);
}
