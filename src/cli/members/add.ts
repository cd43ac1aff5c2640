import { parseClusterId } from '../../kube/cluster-id.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { succeeded } from '../../kube/outcome.ts';
import { secretsPath } from '../../members/sources/index.ts';
import type { Finding } from '../install/finding.ts';
import { formatFindings, isRefused, warning } from '../install/finding.ts';
import { describeObject } from '../install/manifest.ts';
import { RefusedError } from '../install/refused-error.ts';
import type { MembersAddOptions } from '../program/members.ts';
import { openHub } from './hub.ts';
import { inlineKubeconfig } from './inline-kubeconfig.ts';
import { identityFindings, knownByServer } from './identity-findings.ts';
import { lookAtMember, type MemberLook } from './look.ts';
import { readShownMembers, type ShownMember } from './profiles.ts';
import { isRegistration, writeRegistration } from './registration.ts';
import { profileChange } from './registration-profile.ts';
import { wantedIdFindings } from './settings-findings.ts';
import type { MembersDeps } from './members-deps.ts';

/** Registers a member by a kubeconfig that there is already. Throws RefusedError before anything is changed. */
export async function addMember(deps: MembersDeps, options: MembersAddOptions): Promise<void> {
  const { name, namespace, dryRun } = options;
  const cluster = parseClusterId(name);
  if (!cluster.ok) throw new RefusedError(cluster.error);
  const change = profileChange(options);
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
    const look = await lookAtMember({ name, member: deps.open(settings) }, hub);
    const shown = await readShownMembers(hub, namespace);
    const ids = wantedIdFindings(name, change.set.memberId, shown.ok ? shown.value : []);
    const findings = [...judge(look, shown, present !== undefined), ...ids];
    deps.say(formatFindings(findings));
    if (isRefused(findings))
      throw new RefusedError('the member cannot be used like this; --no-check registers it anyway');
  }
  const written = await writeRegistration(hub, { namespace, name, kubeconfig, change, present }, dryRun);
  deps.say(`${describeObject(written.secret)} ${written.change} on ${hub.server}${dryRun ? ' (dry run)' : ''}`);
}

function judge(
  look: MemberLook,
  shown: Outcome<readonly ShownMember[], string>,
  isRegistered: boolean,
): readonly Finding[] {
  const known = shown.ok ? succeeded(knownByServer(shown.value)) : shown;
  const names = isRegistered || !shown.ok ? [] : nameFindings(look.name, shown.value);
  return [...look.findings, ...names, ...identityFindings(look, { known, clusterSet: undefined })];
}

/** Two sources that register one name are a clash; but a member that was just removed is shown for a while, too. */
function nameFindings(name: string, shown: readonly ShownMember[]): readonly Finding[] {
  if (!shown.some((member) => member.name === name)) return [];
  const text = `the server shows a member "${name}" that no Secret here registers`;
  return [warning('name', `${text}: another source has that name and keeps it, unless it was removed just now`)];
}
