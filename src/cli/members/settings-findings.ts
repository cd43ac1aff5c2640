import type { SettingReason } from '../../clusterset/index.ts';
import { MEMBER_ID_LABEL } from '../../kube/domain.ts';
import type { WrittenProfile } from '../../members/sources/index.ts';
import {
  ACCESS_CLUSTER_ANNOTATION,
  ACCESS_PROVIDER_ANNOTATION,
  DISPLAY_NAME_ANNOTATION,
  PROFILE_EXTENSION,
} from '../../members/sources/index.ts';
import type { Finding } from '../install/finding.ts';
import { ok, refused, warning } from '../install/finding.ts';
import { judgeProfile } from '../serve/profile-settings.ts';
import type { ShownMember } from './profiles.ts';

const ANEW = 'remove the registration, wait until the member has left, and add it again';

/** What to do about the first fault. */
const ADVICE = {
  InvalidSettings: `correct the extension ${PROFILE_EXTENSION} in its kubeconfig`,
  InvalidDisplayName: `correct the annotation ${DISPLAY_NAME_ANNOTATION} of its Secret`,
  InvalidMemberID: `correct the label ${MEMBER_ID_LABEL} of its Secret`,
  DuplicateMemberID: `an id has one member: give it another id, ${ANEW}`,
  MemberIDKept: `take the label ${MEMBER_ID_LABEL} back, or for the new id ${ANEW}`,
  InvalidAccessProvider: `correct the annotation ${ACCESS_PROVIDER_ANNOTATION} of its Secret`,
  InvalidAccessCluster: `correct the annotation ${ACCESS_CLUSTER_ANNOTATION} of its Secret`,
} as const satisfies Record<SettingReason, string>;

const FAULT = /^False \((.*)\)$/;

/** Whether the profiles of a member show what was said at its registration; nothing if nothing was said. */
export function settingsFindings(
  shown: ShownMember | undefined,
  written: WrittenProfile | undefined,
): readonly Finding[] {
  if (shown?.settings === 'True') return [ok('profile', 'what was said at registration is applied')];
  const reason = FAULT.exec(shown?.settings ?? '')?.[1];
  if (shown !== undefined && reason !== undefined) {
    return [warning('profile', `${shown.settingsMessage} (${reason}); ${adviceFor(reason)}`)];
  }
  const { isGiven, faults } = judgeProfile(written);
  if (!isGiven) return [];
  const [first] = faults;
  if (first === undefined) return [ok('profile', 'what was said at registration can be used; it is not shown yet')];
  const messages = faults.map(({ message }) => message).join('; ');
  return [warning('profile', `${messages} (${first.reason}); ${adviceFor(first.reason)}`)];
}

/** What an id that somebody wants to give a member would come to. */
export function wantedIdFindings(
  name: string,
  wanted: string | undefined,
  shown: readonly ShownMember[],
): readonly Finding[] {
  if (wanted === undefined) return [];
  const holder = shown.find((member) => member.name !== name && member.memberId === wanted);
  if (holder !== undefined) {
    return [refused('member id', `"${wanted}" is that of member "${holder.name}" already; choose another one`)];
  }
  const had = shown.find((member) => member.name === name)?.memberId ?? '';
  if (had === '' || had === wanted) return [];
  return [warning('member id', `its profiles keep "${had}"; for "${wanted}" ${ANEW}`)];
}

function adviceFor(reason: string): string {
  return Object.entries(ADVICE).find(([known]) => known === reason)?.[1] ?? 'see docs/profiles.md';
}
