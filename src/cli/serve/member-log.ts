import type { MemberStatus } from '../../kube/member-event.ts';
import type { Members, MembersLog } from '../../members/index.ts';
import { monotonic, schedule } from './clockwork.ts';

/** Lines at once about one member of which only the text of its problem changes, such as its plugin's next fault. */
const PROBLEM_LINES_BURST = 6;
/** One more such line is allowed after this time; until then the newest text waits, and those before it are not told. */
const PROBLEM_LINE_MS = 60_000;

export interface MemberLogTime {
  /** Milliseconds that never step back. */
  readonly monotonic: () => number;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
}

interface Told {
  state: string;
  problem: string | undefined;
  /** When all lines at once are allowed again, on the monotonic clock. */
  fullMs: number;
  newest: MemberStatus;
  /** Calls off the line that waits; undefined: none does. */
  cancel: (() => void) | undefined;
}

/**
 * One line whenever a member changes its state, the reason or the text of its problem, comes, or goes; never for mere
 * contact. Only here the address is told, which nobody but the operator needs to know.
 */
export function logMemberStates(
  members: Pick<Members, 'onStatusChange' | 'writable'>,
  log: MembersLog,
  time: MemberLogTime = { monotonic, schedule },
): void {
  const known = new Map<string, Told>();
  const tell = (status: MemberStatus): void =>
    logState(status, members.writable(status.cluster)?.connection().server, log);
  members.onStatusChange((status) => {
    const { cluster, phase, reason, message } = status;
    const state = `${phase} ${reason ?? ''}`;
    const told = known.get(cluster);
    if (told?.state === state) {
      told.newest = status;
      tellProblem(told, tell, time);
      return;
    }
    told?.cancel?.();
    const { fullMs = -Infinity } = told ?? {};
    if (phase === 'left') known.delete(cluster);
    else known.set(cluster, { state, problem: message, fullMs, newest: status, cancel: undefined });
    tell(status);
  });
}

/** Tells of another problem at once or when a line is allowed again; of none if by then it is the one that was told. */
function tellProblem(told: Told, tell: (status: MemberStatus) => void, time: MemberLogTime): void {
  if (told.newest.message === told.problem || told.cancel !== undefined) return;
  const nowMs = time.monotonic();
  const waitMs = told.fullMs - nowMs - (PROBLEM_LINES_BURST - 1) * PROBLEM_LINE_MS;
  if (waitMs > 0) {
    const run = (): void => {
      told.cancel = undefined;
      tellProblem(told, tell, time);
    };
    told.cancel = time.schedule(run, Math.ceil(waitMs));
    return;
  }
  told.fullMs = Math.max(told.fullMs, nowMs) + PROBLEM_LINE_MS;
  told.problem = told.newest.message;
  tell(told.newest);
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
