import type { MembersListOptions } from '../program/members.ts';
import { textTable } from '../text-table.ts';
import { openHub } from './hub.ts';
import { readShownMembers, type ShownMember } from './profiles.ts';
import { readRegistrations, type Registration } from './registration.ts';
import type { MembersDeps } from './members-deps.ts';

/** One line of the list. */
interface ListedMember {
  readonly name: string;
  /** Where a Secret on the hub registers it: its server; '' for members from other sources. */
  readonly server: string;
  readonly shown: ShownMember | undefined;
  /** Why its registration cannot be used; what of its profiles' settings cannot, `shown` says. */
  readonly problem: string | undefined;
}

const HEADER = ['NAME', 'SERVER', 'JOINED', 'HEALTHY', 'VERSION', 'SET', 'PROBLEM'];

/** Prints every member: registered by a Secret, shown by the running server, or both. */
export async function listMembers(deps: MembersDeps, options: MembersListOptions): Promise<void> {
  const hub = await openHub(deps, options);
  const registrations = await readRegistrations(hub, options.namespace);
  const shown = await readShownMembers(hub, options.namespace);
  const members = join(registrations, shown.ok ? shown.value : []);
  if (options.output === 'json') {
    deps.say(JSON.stringify({ members: members.map(toJson) }, undefined, 4));
    return;
  }
  if (members.length === 0) {
    deps.say(`No member is registered in namespace ${options.namespace}.`);
    return;
  }
  for (const line of textTable(HEADER, members.map(toRow))) deps.say(line);
  if (!shown.ok) deps.say(`How the members are is not known: ${shown.error}.`);
}

function join(registrations: readonly Registration[], shown: readonly ShownMember[]): readonly ListedMember[] {
  const byName = new Map(shown.map((member) => [member.name, member]));
  const registered = registrations.map(({ name, settings }): ListedMember => ({
    name,
    server: settings.ok ? settings.value.server : '',
    shown: byName.get(name),
    problem: settings.ok ? undefined : settings.error,
  }));
  const names = new Set(registrations.map(({ name }) => name));
  const others = shown
    .filter(({ name }) => !names.has(name))
    .map((member): ListedMember => ({ name: member.name, server: '', shown: member, problem: undefined }));
  return [...registered, ...others].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function toRow({ name, server, shown, problem }: ListedMember): readonly string[] {
  const { joined = '', healthy = '', version = '', clusterSet = '' } = shown ?? {};
  const where = server === '' && problem === undefined ? '(no Secret here)' : server;
  const problems = [problem, settingsProblem(shown)].filter((text) => text !== undefined);
  return [name, where, joined, healthy, version, clusterSet, problems.join('; ')];
}

/** What of the settings of its profiles is not shown there. */
function settingsProblem(shown: ShownMember | undefined): string | undefined {
  return shown === undefined || shown.settings === '' || shown.settings === 'True' ? undefined : shown.settingsMessage;
}

function toJson({ name, server, shown, problem }: ListedMember): object {
  return { name, server, problem, ...(shown === undefined ? {} : { profile: { ...shown, name: undefined } }) };
}
