import { describe, expect, it } from 'vitest';
import { profileFacts } from '../../../test/support/profile-life.ts';
import { formatTime } from '../../kube/time.ts';
import type { ProfileFacts } from './profile-facts.ts';
import { profileObject } from './profile-object.ts';
import { NO_OVERLAY } from './profile-record.ts';
import { cutProfileRow, readProfileRow } from './profile-row.ts';
import { nextShown, NOTHING_SHOWN } from './shown-state.ts';

const SEEN_MS = Date.UTC(2026, 10, 28, 14, 2, 40);
const NOTICED_MS = SEEN_MS + 50_000;

function profileOf(more: Partial<ProfileFacts>, isLeaving = false) {
  const facts = profileFacts({ lastContactMs: SEEN_MS, ...more });
  const selection = { excludeLabels: [], requiredLabel: undefined };
  const shown = nextShown(NOTHING_SHOWN, facts, { selection, nowMs: NOTICED_MS, isLeaving });
  const { cluster, fingerprint } = facts;
  const object = profileObject(cluster, {
    ...{
      namespace: 'inventory',
      manager: 'm',
      uid: 'u',
      generation: 1,
      shown,
      displayName: undefined,
      givenDisplayName: undefined,
    },
    ...{ creationTimestamp: formatTime(0), memberId: fingerprint, deletionTimestamp: undefined },
    ...{ resourceVersion: undefined, overlay: NO_OVERLAY },
  });
  return { ...object, metadata: { ...object.metadata, resourceVersion: '7' } };
}

const property = {
  apiVersion: 'about.k8s.io/v1beta1',
  kind: 'ClusterProperty',
  metadata: { name: 'location.example.com' },
  spec: { value: 'x'.repeat(900) },
};

const health = (reason: 'MemberUnreachable' | 'ProbeForbidden' | 'ProbeThrottled'): Partial<ProfileFacts> => ({
  health: { status: 'Unknown', reason, message: '' },
});

describe('what a profile tells', () => {
  it.each<[string, Partial<ProfileFacts>, object]>([
    ['of a member', {}, { membership: 'member', lost: undefined, memberId: 'kube-system-uid' }],
    [
      'of one that was never read',
      { joined: 'pending', fingerprint: undefined },
      { membership: 'unread', memberId: '' },
    ],
    ['of one whose properties were not read', { properties: undefined }, { membership: 'unread', lost: undefined }],
    ['of the same cluster twice', { joined: 'duplicateMember' }, { membership: 'none' }],
    ['of the hub', { joined: 'isHub' }, { membership: 'none' }],
    ['of one that never answered', { health: undefined }, { lost: { lastContactMs: undefined } }],
    ['of one that is lost', health('MemberUnreachable'), { lost: { lastContactMs: NOTICED_MS } }],
    [
      'of one that is lost and has properties',
      { ...health('MemberUnreachable'), properties: [property] },
      { lost: { lastContactMs: SEEN_MS } },
    ],
    ['of one whose health may not be read', health('ProbeForbidden'), { lost: undefined }],
    ['of one that has too much to do', health('ProbeThrottled'), { lost: undefined }],
  ])('%s', (_, facts, told) => {
    const profile = profileOf(facts);
    expect(readProfileRow(profile)).toMatchObject({ cluster: 'east', revision: 7, ...told });
    expect(readProfileRow(cutProfileRow(profile))).toEqual(readProfileRow(profile));
  });

  it('of one that leaves', () => {
    expect(readProfileRow(profileOf({}, true))).toMatchObject({ membership: 'none' });
  });

  it('nothing that is no profile of ours', () => {
    expect(readProfileRow({ ...profileOf({}), status: {} })).toBeUndefined();
  });

  it('less than it holds', () => {
    const profile = profileOf({ properties: [property] });
    expect(JSON.stringify(profile)).toContain('xxx');
    expect(JSON.stringify(cutProfileRow(profile))).not.toMatch(/xxx|https:/);
  });
});
