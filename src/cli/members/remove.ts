import { describeObject } from '../install/manifest.ts';
import { RefusedError } from '../install/refused-error.ts';
import type { MembersRemoveOptions } from '../program/members.ts';
import { openHub } from './hub.ts';
import { readRegistration, registrationManifest } from './registration.ts';
import type { MembersDeps } from './members-deps.ts';

/** Removes a registration Secret; throws RefusedError when there is none of that name. */
export async function removeMember(deps: MembersDeps, options: MembersRemoveOptions): Promise<void> {
  const { name, namespace, dryRun } = options;
  const hub = await openHub(deps, options);
  if ((await readRegistration(hub, namespace, name)) === undefined) {
    throw new RefusedError(`no Secret in namespace ${namespace} registers a member ${name}`);
  }
  const secret = registrationManifest(namespace, name);
  await hub.remove(secret, dryRun);
  deps.say(`${describeObject(secret)} removed on ${hub.server}${dryRun ? ' (dry run)' : ''}`);
  if (!dryRun) {
    deps.say(
      `${name} leaves after members.removalGraceSeconds. What install made in the member stays: uninstall --member.`,
    );
  }
}
