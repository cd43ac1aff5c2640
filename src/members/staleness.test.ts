import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { MemberStatus } from '../kube/member-event.ts';
import { isInitialSyncOver } from './initial-sync.ts';
import { parseStalenessWarning, stalenessWarning } from './staleness.ts';

function id(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function status(name: string, more: Partial<MemberStatus> = {}): MemberStatus {
  return {
    cluster: id(name),
    phase: 'stale',
    synced: true,
    lastContactMs: Date.UTC(2026, 10, 21, 10, 2, 59),
    fingerprint: undefined,
    version: undefined,
    reason: 'Unreachable',
    message: undefined,
    clockSkewSeconds: undefined,
    ...more,
  };
}

describe('the warning about stale members', () => {
  it('is absent when every member is live or has left', () => {
    expect(stalenessWarning([])).toBeUndefined();
    expect(stalenessWarning([status('east', { phase: 'live' }), status('west', { phase: 'left' })])).toBeUndefined();
  });

  it('names members in order, with the minute of the last contact', () => {
    const never = status('north', { phase: 'pending', lastContactMs: undefined });
    expect(stalenessWarning([never, status('east'), status('west', { phase: 'live' })])).toBe(
      'stale members: east (last contact 2026-11-21T10:02Z), north (never contacted); answers may be out of date',
    );
  });

  it('names five members and counts the others', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => status(name, { lastContactMs: undefined }));
    expect(stalenessWarning(six.slice(0, 5))).not.toContain('more');
    expect(stalenessWarning(six)).toContain('e (never contacted) and 1 more; answers');
    expect(stalenessWarning(six)).not.toContain('f (');
  });

  it.each(['DuplicateMember', 'IsHub'])('leaves out a member that is refused as %s: nothing is missing', (reason) => {
    expect(stalenessWarning([status('east', { phase: 'pending', reason })])).toBeUndefined();
  });

  it('is printable ASCII of at most 256 characters and counts every member', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,62}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(names, (all) => {
        const known = all.filter((name) => parseClusterId(name).ok);
        fc.pre(known.length > 0);
        const text = stalenessWarning(known.map((name) => status(name))) ?? '';
        expect(text).toMatch(/^[\x20-\x7e]{1,256}$/);
        const named = known.filter((name) => text.includes(`${name} (`)).length;
        const more = Number(/ and (\d+) more;/.exec(text)?.[1] ?? 0);
        expect(Math.min(named, 5) + more).toBeGreaterThanOrEqual(Math.min(known.length, 5));
      }),
    );
  });
});

describe('the initial sync', () => {
  const facts = { sourcesPending: 0, statuses: [], elapsedMs: 0, initialSyncMs: 20_000 };
  const unknown = status('east', { phase: 'pending', synced: false });

  it('is over when every source has reported and every member is known', () => {
    expect(isInitialSyncOver(false, facts)).toBe(true);
    expect(isInitialSyncOver(false, { ...facts, statuses: [status('east')] })).toBe(true);
  });

  it('waits for sources and members that are unknown', () => {
    expect(isInitialSyncOver(false, { ...facts, sourcesPending: 1 })).toBe(false);
    expect(isInitialSyncOver(false, { ...facts, statuses: [unknown] })).toBe(false);
  });

  it.each(['DuplicateMember', 'IsHub', 'IdentityMismatch', 'TooLarge'])(
    'does not wait for a member refused as %s',
    (reason) => {
      expect(isInitialSyncOver(false, { ...facts, statuses: [{ ...unknown, reason }] })).toBe(true);
    },
  );

  it('is over after its time, whatever is unknown', () => {
    expect(isInitialSyncOver(false, { ...facts, statuses: [unknown], elapsedMs: 19_999 })).toBe(false);
    expect(isInitialSyncOver(false, { ...facts, statuses: [unknown], elapsedMs: 20_000 })).toBe(true);
  });

  it('stays over when a member joins later', () => {
    expect(isInitialSyncOver(true, { ...facts, statuses: [unknown] })).toBe(true);
  });
});

describe('the warning, read back', () => {
  it('names the members with the minute of the last contact, also among other warnings', () => {
    const never = status('north', { phase: 'pending', lastContactMs: undefined });
    const text = stalenessWarning([never, status('east')]) ?? '';
    expect(parseStalenessWarning(`299 - "careful", 299 - "${text}; more (of it)"`)).toEqual({
      lastContactsMs: new Map([
        ['east', Date.UTC(2026, 10, 21, 10, 2)],
        ['north', undefined],
      ]),
      hasMore: false,
    });
  });

  it('says that there are more than are named', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => status(name));
    expect(parseStalenessWarning(stalenessWarning(six) ?? '').hasMore).toBe(true);
    expect(parseStalenessWarning(stalenessWarning(six.slice(1)) ?? '').hasMore).toBe(false);
    expect(parseStalenessWarning('stale members: 7; answers may be out of date')).toEqual({
      lastContactsMs: new Map(),
      hasMore: true,
    });
  });

  it.each(['', '299 - "v1alpha1 is deprecated"'])('is nobody in %j', (text) => {
    expect(parseStalenessWarning(text)).toEqual({ lastContactsMs: new Map(), hasMore: false });
  });
});
