import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberStatus } from '../kube/member-event.ts';

/** What is told about a member; these words are the reasons of Events. */
export interface MemberNews {
  readonly type: 'Normal' | 'Warning';
  /** The last two come of what was registered: nothing of the member is shown. */
  readonly reason: 'MemberStale' | 'MemberReturned' | 'DuplicateMember' | 'IsHub';
  readonly note: string;
}

/** `unclear`: restored and not read yet, so nobody can say whether it is there. */
type Standing = 'live' | 'stale' | 'unclear';

/**
 * Tells when a member turns stale and when it is back, and when what is registered is no member of its own; `baseline` is
 * how all stood at the beginning, which is no news.
 */
export function createMemberNews(baseline: readonly MemberStatus[]): (status: MemberStatus) => MemberNews | undefined {
  const contactNews = createContactNews(baseline);
  const refusalNews = createRefusalNews(baseline);
  return (status) => contactNews(status) ?? refusalNews(status);
}

type NewsOf = (status: MemberStatus) => MemberNews | undefined;

/** A member that is only being read again (its credentials were rotated, say) counts as what it was before. */
function createContactNews(baseline: readonly MemberStatus[]): NewsOf {
  const known = new Map<ClusterId, Standing>();
  for (const status of baseline) {
    const standing = standingOf(status);
    if (standing !== undefined) known.set(status.cluster, standing);
  }
  return (status) => {
    const { cluster } = status;
    const before = known.get(cluster);
    const after = standingOf(status);
    if (after === undefined) {
      known.delete(cluster);
      return undefined;
    }
    if (after === 'unclear') {
      if (before === undefined) known.set(cluster, after);
      return undefined;
    }
    known.set(cluster, after);
    if (before === 'live' && after === 'stale') return turnedStale(status);
    return before === 'stale' && after === 'live' ? returned(status) : undefined;
  };
}

function createRefusalNews(baseline: readonly MemberStatus[]): NewsOf {
  const known = new Map<ClusterId, string>();
  const refusalNews: NewsOf = (status) => {
    const news = status.phase === 'left' ? undefined : notTaken(status);
    const before = known.get(status.cluster);
    if (news === undefined) known.delete(status.cluster);
    else known.set(status.cluster, news.note);
    return news?.note === before ? undefined : news;
  };
  for (const status of baseline) refusalNews(status);
  return refusalNews;
}

function notTaken({ cluster, reason, message }: MemberStatus): MemberNews | undefined {
  const note = `Member cluster ${cluster} is not used: ${message ?? 'no further message'}.`;
  if (reason === 'DuplicateMember') return { type: 'Warning', reason: 'DuplicateMember', note };
  return reason === 'IsHub' ? { type: 'Warning', reason: 'IsHub', note } : undefined;
}

/** undefined: nothing of it is shown, so that it can neither turn stale nor return. */
function standingOf({ phase, reason }: MemberStatus): Standing | undefined {
  if (phase === 'live') return 'live';
  if (phase !== 'stale') return undefined;
  return reason === 'Syncing' ? 'unclear' : 'stale';
}

/** Without the time of last contact: a member that comes and goes is one series of the same text. */
function turnedStale({ cluster, reason, message }: MemberStatus): MemberNews {
  const why = `${reason ?? 'Unknown'}: ${message ?? 'no further message'}`;
  const note = `Member cluster ${cluster} cannot be followed any more; its last known objects stay. ${why}`;
  return { type: 'Warning', reason: 'MemberStale', note };
}

function returned({ cluster }: MemberStatus): MemberNews {
  return { type: 'Normal', reason: 'MemberReturned', note: `Member cluster ${cluster} is followed again.` };
}
