import type { MemberStatus } from '../../kube/member-event.ts';
import type { Members, MembersLog } from '../../members/index.ts';

/** One line whenever a member changes its state or the reason for it, comes, or goes; never for mere contact. */
export function logMemberStates(members: Pick<Members, 'onStatusChange' | 'statuses'>, log: MembersLog): void {
  let known = new Map<string, string>();
  members.onStatusChange(() => {
    const current = new Map<string, string>();
    for (const status of members.statuses()) {
      const state = `${status.phase} ${status.reason ?? ''}`;
      current.set(status.cluster, state);
      if (known.get(status.cluster) !== state) logState(status, log);
    }
    for (const memberCluster of known.keys()) {
      if (!current.has(memberCluster)) log.info({ memberCluster }, 'member left');
    }
    known = current;
  });
}

function logState(status: MemberStatus, log: MembersLog): void {
  const { cluster: memberCluster, phase, reason, message, version } = status;
  if (phase === 'live' && reason === undefined) {
    log.info({ memberCluster, version }, 'member live');
    return;
  }
  const lastContact = status.lastContactMs === undefined ? undefined : new Date(status.lastContactMs).toISOString();
  const fields = { memberCluster, phase, reason, problem: message, lastContact };
  if (phase === 'pending' && (reason === undefined || reason === 'Syncing')) log.info(fields, 'member registered');
  else log.warn(fields, 'member not live');
}
