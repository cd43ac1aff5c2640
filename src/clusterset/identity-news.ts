import type { ClusterId } from '../kube/cluster-id.ts';
import type { IdentityProblem } from './identity-problems.ts';

/** What is told when the identity of a member becomes, or ceases to be, a problem; these words are the reasons of Events. */
export interface IdentityNews {
  readonly cluster: ClusterId;
  readonly type: 'Normal' | 'Warning';
  readonly reason: IdentityProblem['reason'] | 'IdentityProblemEnded';
  readonly note: string;
}

/** Tells what is new in each list of all problems after the one before; the first is compared with none. */
export function createIdentityNews(): (problems: readonly IdentityProblem[]) => readonly IdentityNews[] {
  let known: ReadonlyMap<ClusterId, string> = new Map();
  return (problems) => {
    const before = known;
    known = new Map(problems.map(({ cluster, message }) => [cluster, message]));
    const ended = [...before.keys()].filter((cluster) => !known.has(cluster));
    return [
      ...problems
        .filter(({ cluster, message }) => before.get(cluster) !== message)
        .map(({ cluster, reason, message }) => ({ cluster, type: 'Warning', reason, note: message }) as const),
      ...ended.map(end),
    ];
  };
}

function end(cluster: ClusterId): IdentityNews {
  const note = `Nothing is wrong any more with the identity of member ${cluster}.`;
  return { cluster, type: 'Normal', reason: 'IdentityProblemEnded', note };
}
