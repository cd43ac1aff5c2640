import { describe, expect, it } from 'vitest';
import { clusterId } from '../../test/support/clusterset-objects.ts';
import type { MemberStatus } from '../kube/member-event.ts';
import { createMemberNews } from './member-news.ts';

function status(more: Partial<MemberStatus>): MemberStatus {
  return {
    cluster: clusterId('east'),
    phase: 'live',
    synced: true,
    lastContactMs: 0,
    fingerprint: undefined,
    version: 'v1.36.4',
    reason: undefined,
    message: undefined,
    clockSkewSeconds: undefined,
    ...more,
  };
}

const LIVE = status({});
const STALE = status({ phase: 'stale', reason: 'Unreachable', message: 'connection refused' });
const FORBIDDEN = status({ phase: 'stale', reason: 'Unauthorized', message: '401' });
const READING = status({ phase: 'stale', reason: 'Syncing', message: 'the first complete state is being read' });
const PENDING = status({ phase: 'pending', reason: 'Syncing' });
const LEFT = status({ phase: 'left' });
const TWICE = status({
  phase: 'pending',
  reason: 'DuplicateMember',
  message: 'the same cluster is registered as west',
});
const THRICE = { ...TWICE, message: 'the same cluster is registered as north' };
const HUB = status({ phase: 'pending', reason: 'IsHub', message: 'this is the hub itself' });

interface Told {
  readonly later: readonly MemberStatus[];
  readonly reasons: readonly string[];
}

describe('what is told about a member', () => {
  it.each<[string, readonly MemberStatus[], Told]>([
    ['that turns stale and comes back', [LIVE], { later: [STALE, LIVE], reasons: ['MemberStale', 'MemberReturned'] }],
    ['that is stale for another reason', [LIVE], { later: [STALE, FORBIDDEN], reasons: ['MemberStale'] }],
    ['that is live with a flaw', [LIVE], { later: [status({ reason: 'ClockSkew' }), LIVE], reasons: [] }],
    ['that was stale at the start', [STALE], { later: [FORBIDDEN, LIVE], reasons: ['MemberReturned'] }],
    ['that is read again after our start', [READING], { later: [LIVE], reasons: [] }],
    ['that cannot be read again after our start', [READING], { later: [STALE, LIVE], reasons: ['MemberReturned'] }],
    ['whose credentials were rotated', [LIVE], { later: [READING, LIVE], reasons: [] }],
    ['whose new credentials are wrong', [LIVE], { later: [READING, FORBIDDEN], reasons: ['MemberStale'] }],
    [
      'that is read again while it counts as stale',
      [LIVE],
      { later: [STALE, READING, LIVE], reasons: ['MemberStale', 'MemberReturned'] },
    ],
    ['that is new', [], { later: [PENDING, LIVE], reasons: [] }],
    ['that leaves', [LIVE], { later: [LEFT], reasons: [] }],
    [
      'that leaves as a stale one and is registered anew',
      [LIVE],
      { later: [STALE, LEFT, PENDING, LIVE], reasons: ['MemberStale'] },
    ],
    ['that is registered twice', [], { later: [PENDING, TWICE, TWICE], reasons: ['DuplicateMember'] }],
    ['that was registered twice at the start', [TWICE], { later: [TWICE, LIVE], reasons: [] }],
    ['whose first name is another', [TWICE], { later: [THRICE], reasons: ['DuplicateMember'] }],
    ['that is registered twice again', [TWICE], { later: [LEFT, PENDING, TWICE], reasons: ['DuplicateMember'] }],
    ['that turns out to be the hub', [PENDING], { later: [HUB], reasons: ['IsHub'] }],
  ])('%s', (_, baseline, { later, reasons }) => {
    const newsOf = createMemberNews(baseline);
    expect(later.flatMap((one) => newsOf(one)?.reason ?? [])).toEqual(reasons);
  });

  it('names it and says why, in the same words each time', () => {
    const newsOf = createMemberNews([LIVE]);
    const first = newsOf(STALE);
    expect(first).toEqual({
      type: 'Warning',
      reason: 'MemberStale',
      note: 'Member cluster east cannot be followed any more; its last known objects stay. Unreachable: connection refused',
    });
    expect(newsOf(LIVE)).toEqual({
      type: 'Normal',
      reason: 'MemberReturned',
      note: 'Member cluster east is followed again.',
    });
    expect(newsOf({ ...STALE, lastContactMs: 5000 })).toEqual(first);
  });

  it('says who has the cluster that is registered twice', () => {
    expect(createMemberNews([])(TWICE)).toEqual({
      ...{ type: 'Warning', reason: 'DuplicateMember' },
      note: 'Member cluster east is not used: the same cluster is registered as west.',
    });
  });

  it('keeps members apart', () => {
    const west = { cluster: clusterId('west') };
    const newsOf = createMemberNews([LIVE, { ...STALE, ...west }]);
    expect(newsOf(STALE)?.reason).toBe('MemberStale');
    expect(newsOf({ ...LIVE, ...west })?.reason).toBe('MemberReturned');
  });
});
