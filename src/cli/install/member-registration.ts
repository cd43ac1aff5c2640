import { secretsPath } from '../../members/sources/index.ts';
import { readShownMembers } from '../members/profiles.ts';
import { registrationManifest, writeRegistration } from '../members/registration.ts';
import type { ProfileChange } from '../members/registration-profile.ts';
import { saysProfile } from '../members/registration-profile.ts';
import { wantedIdFindings } from '../members/settings-findings.ts';
import type { InstallOptions, UninstallOptions } from '../program/install.ts';
import type { Finding } from './finding.ts';
import type { MadeKubeconfig } from './kubeconfig.ts';
import { expiry } from './kubeconfig.ts';
import { describeObject } from './manifest.ts';
import { RefusedError } from './refused-error.ts';
import type { WantedMember } from './registration-look.ts';
import { clusterFindings, secretFindings } from './registration-look.ts';
import { removeInstalled } from './remove.ts';
import type { InstallDeps } from './target.ts';
import { openNamedHub, report } from './target.ts';

/** What profiles show is said of a member, by the command that registers it. Throws RefusedError elsewhere. */
export function refuseProfile(options: InstallOptions): void {
  const registers = options.member !== undefined && options.hubKubeconfig !== undefined && !options.webhooks;
  if (saysProfile(options) && !registers) {
    throw new RefusedError(
      '--display-name, --member-id, --provider and --provider-cluster need --member and --hub-kubeconfig: they are said where a member is registered',
    );
  }
}

/** Looks, before anything is changed, whether the hub would take the member under this name, and what is said of it. */
export async function lookAtRegistration(
  deps: InstallDeps,
  options: InstallOptions,
  { name, member, change }: Pick<WantedMember, 'name' | 'member'> & { readonly change: ProfileChange },
): Promise<void> {
  if (options.hubKubeconfig === undefined) return;
  const { client: hub } = await openNamedHub(deps, options);
  const { namespace } = options;
  const wanted = { name, member, hub, namespace };
  reportAny(deps, await secretFindings(wanted));
  const shown = await readShownMembers(hub, namespace);
  reportAny(deps, [
    ...(await clusterFindings(wanted, shown)),
    ...wantedIdFindings(name, change.set.memberId, shown.ok ? shown.value : []),
  ]);
}

function reportAny(deps: InstallDeps, findings: readonly Finding[]): void {
  if (findings.length > 0) report(deps, findings);
}

export interface MadeMember {
  readonly member: string;
  readonly kubeconfig: MadeKubeconfig;
  readonly change: ProfileChange;
}

/** Stores the member's kubeconfig as a registration Secret; the running server picks it up by itself. */
export async function register(
  deps: InstallDeps,
  options: InstallOptions,
  { member, kubeconfig, change }: MadeMember,
): Promise<void> {
  const { client } = await openNamedHub(deps, options);
  const { namespace } = options;
  const present = await client.get(`${secretsPath(namespace)}/${encodeURIComponent(member)}`);
  const registration = { namespace, name: member, kubeconfig: kubeconfig.text, change, present };
  const written = await writeRegistration(client, registration, false);
  deps.say(`${describeObject(written.secret)} ${written.change} on ${client.server}${expiry(kubeconfig)}.`);
}

/** Takes the registration away. */
export async function unregister(deps: InstallDeps, options: UninstallOptions, member: string): Promise<void> {
  if (options.hubKubeconfig === undefined) return;
  const hub = await openNamedHub(deps, options);
  const manifests = [registrationManifest(options.namespace, member)];
  await removeInstalled(deps, hub.client, { manifests, dryRun: options.dryRun });
}
