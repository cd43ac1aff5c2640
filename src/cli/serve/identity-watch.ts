import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import type { ClusterSetView, IdentityNews, IdentityProblem } from '../../clusterset/index.ts';
import { createIdentityNews } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';

import type { Members, MembersLog } from '../../members/index.ts';
import { registrationWarnings } from '../../members/sources/index.ts';
import { tellsIdentity } from './identity-events.ts';

/** Properties of many members are read at once; all members are looked at together, once in this time. */
const IDENTITY_LOOK_MS = 200;
const REASONS: readonly IdentityProblem['reason'][] = ['DuplicateClusterID', 'MissingClusterID'];

export interface IdentityWatchDeps {
  readonly members: Pick<Members, 'onEvent'>;
  readonly facts: Pick<ClusterSetView['facts'], 'identityProblems' | 'knownIdentities'>;
  /** Resolves once the facts hold all that members told until now. */
  readonly taken: () => Promise<void>;
  /** The ClusterSet that is served; undefined: all. */
  readonly clusterSet: string | undefined;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  readonly log: MembersLog;
  readonly registry: Registry;
}

export interface IdentityWatch {
  /** What is so now is no news to a listener. */
  readonly onNews: (listener: (news: IdentityNews) => void) => void;
}

/**
 * Tells what members, whoever wrote there, are in conflict with the identity rules or with how they are registered: each
 * change once in the log, and problems to listeners.
 */
export function createIdentityWatch(deps: IdentityWatchDeps): IdentityWatch {
  const { members, facts, log } = deps;
  const listeners: ((news: IdentityNews) => void)[] = [];
  const newsOf = createIdentityNews();
  const tellWarnings = createWarningLog(deps);
  let isPlanned = false;
  const look = (): void => {
    tellWarnings();
    for (const news of newsOf(facts.identityProblems())) {
      tellProblem(news, log);
      for (const listener of listeners) listener(news);
    }
  };
  members.onEvent((event) => {
    if (isPlanned || !tellsIdentity(event)) return;
    isPlanned = true;
    deps.schedule(() => {
      isPlanned = false;
      void deps.taken().then(look);
    }, IDENTITY_LOOK_MS);
  });
  countProblems(deps);
  return {
    onNews: (listener) => {
      look();
      listeners.push(listener);
    },
  };
}

function tellProblem({ cluster: memberCluster, type, reason, note }: IdentityNews, log: MembersLog): void {
  if (type === 'Warning') log.warn({ memberCluster, reason, problem: note }, 'member identity is not sound');
  else log.info({ memberCluster }, 'member identity is sound again');
}

/** What is odd about a member, when it becomes so. */
function createWarningLog({ facts, clusterSet: served, log }: IdentityWatchDeps): () => void {
  let known: ReadonlyMap<ClusterId, readonly string[]> = new Map();
  return () => {
    const before = known;
    known = new Map(
      facts.knownIdentities().map(({ name, clusterID, clusterSet }) => {
        // That others have the same id is told as a problem of its own.
        const id = clusterID === '' ? undefined : clusterID;
        const set = clusterSet === '' ? undefined : clusterSet;
        return [name, registrationWarnings({ name, id, sameId: [], set, served })];
      }),
    );
    for (const [memberCluster, warnings] of known) {
      for (const problem of warnings) {
        if (before.get(memberCluster)?.includes(problem) === true) continue;
        log.warn({ memberCluster, problem }, 'member registered, but not as it should be');
      }
    }
  };
}

function countProblems({ facts, registry }: IdentityWatchDeps): void {
  const gauge: Gauge = new Gauge({
    name: 'clusterset_identity_problems',
    help: 'Members whose identity is not unique in their ClusterSet, or that have none.',
    labelNames: ['reason'],
    registers: [registry],
    collect: () => {
      const problems = facts.identityProblems();
      for (const reason of REASONS) gauge.set({ reason }, problems.filter((one) => one.reason === reason).length);
    },
  });
}
