import type { MemberStatus } from '../../kube/member-event.ts';
import type { Members, MembersLog } from '../../members/index.ts';

/**
 * One line whenever a member changes its state or the reason for it, comes, or goes; never for mere contact. Only here
 * the address is told, which nobody but the operator needs to know.
 */
export function logMemberStates(members: Pick<Members, 'onStatusChange' | 'writable'>, log: MembersLog): void {
  const known = new Map<string, string>();
  members.onStatusChange((status) => {
    const { cluster, phase, reason } = status;
    const state = `${phase} ${reason ?? ''}`;
    if (known.get(cluster) === state) return;
    if (phase === 'left') known.delete(cluster);
    else known.set(cluster, state);
    logState(status, members.writable(cluster)?.connection().server, log);
  });
}

function logState(status: MemberStatus, server: string | undefined, log: MembersLog): void {
  const { cluster: memberCluster, phase, reason, message, version } = status;
  if (phase === 'live' && reason === undefined) {
    log.info({ memberCluster, version }, 'member live');
    return;
  }
  if (phase === 'left') {
    log.info({ memberCluster }, 'member left');
    return;
  }
  const lastContact = status.lastContactMs === undefined ? undefined : new Date(status.lastContactMs).toISOString();
  const fields = { memberCluster, phase, reason, problem: message, lastContact, server };
  if (phase === 'pending' && (reason === undefined || reason === 'Syncing')) log.info(fields, 'member registered');
  else log.warn(fields, phase === 'live' ? 'member live, but not sound' : 'member not live');
}
