import type { ConnectionSettings } from '../../connection/index.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { succeeded } from '../../kube/outcome.ts';
import { EXIT_FOUND, UsageError } from '../exit.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { Finding } from '../install/finding.ts';
import { formatFindings, isRefused, refused } from '../install/finding.ts';
import type { MembersCheckOptions } from '../program/members.ts';
import { openHub } from './hub.ts';
import type { IdentityContext } from './identity-findings.ts';
import { identityFindings, knownByServer, withSeen } from './identity-findings.ts';
import { lookAtMember, type MemberLook } from './look.ts';
import { readShownMembers, type ShownMember } from './profiles.ts';
import { readRegistration, readRegistrations, type Registration } from './registration.ts';
import { settingsFindings } from './settings-findings.ts';
import type { MembersDeps } from './members-deps.ts';

/** Members that are looked at at the same time. */
const LOOKS_MAX = 8;

interface CheckedMember {
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Looks at members as the server would see them; gives the exit code. Throws UsageError for names that are not registered. */
export async function checkMembers(deps: MembersDeps, options: MembersCheckOptions): Promise<number> {
  const hub = await openHub(deps, options);
  const registrations = await wantedRegistrations(deps, hub, options);
  const looks: MemberLook[] = [];
  for (let at = 0; at < registrations.length; at += LOOKS_MAX) {
    const batch = registrations.slice(at, at + LOOKS_MAX);
    looks.push(...(await Promise.all(batch.map((one) => look(deps, one, hub)))));
  }
  const shown = await readShownMembers(hub, options.namespace);
  const context = { known: knownMembers(shown, looks), clusterSet: options.clusterSet };
  const shownByName = new Map((shown.ok ? shown.value : []).map((member) => [member.name, member]));
  const writtenByName = new Map(registrations.map(({ name, profile }) => [name, profile]));
  const checked = looks.map((one): CheckedMember => ({
    name: one.name,
    findings: [
      ...one.findings,
      ...identityFindings(one, context),
      ...settingsFindings(shownByName.get(one.name), writtenByName.get(one.name)),
    ],
  }));
  if (options.output === 'json') deps.say(JSON.stringify({ members: checked }, undefined, 4));
  else if (checked.length === 0) deps.say(`No member is registered in namespace ${options.namespace}.`);
  else for (const { name, findings } of checked) deps.say(`${name}\n${indented(formatFindings(findings))}`);
  return checked.some(({ findings }) => isRefused(findings)) ? EXIT_FOUND : 0;
}

async function wantedRegistrations(
  deps: MembersDeps,
  hub: ClusterClient,
  options: MembersCheckOptions,
): Promise<readonly Registration[]> {
  const { names, namespace, memberKubeconfig } = options;
  if (memberKubeconfig !== undefined) {
    const [name, ...others] = names;
    if (name === undefined || others.length > 0) throw new UsageError('--member-kubeconfig needs one name');
    const settings: ConnectionSettings = await deps.readKubeconfig(memberKubeconfig, options.memberContext);
    const { profile } = (await readRegistration(hub, namespace, name)) ?? { profile: undefined };
    return [{ name, settings: succeeded(settings), profile }];
  }
  if (names.length === 0) return readRegistrations(hub, namespace);
  return Promise.all(
    names.map(async (name) => {
      const registration = await readRegistration(hub, namespace, name);
      if (registration !== undefined) return registration;
      throw new UsageError(`no Secret in namespace ${namespace} registers a member ${name}`);
    }),
  );
}

async function look(deps: MembersDeps, { name, settings }: Registration, hub: ClusterClient): Promise<MemberLook> {
  if (settings.ok) return lookAtMember({ name, member: deps.open(settings.value) }, hub);
  return { name, findings: [refused('registration', settings.error)], identity: undefined };
}

/** Without the server those that were looked at together are all that is known. */
function knownMembers(
  shown: Outcome<readonly ShownMember[], string>,
  looks: readonly MemberLook[],
): IdentityContext['known'] {
  if (shown.ok) return succeeded(withSeen(knownByServer(shown.value), looks));
  return looks.length > 1 ? succeeded(withSeen([], looks)) : shown;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
