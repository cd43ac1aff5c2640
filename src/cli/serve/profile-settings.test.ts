import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../kube/object.ts';
import { judgeProfile, NOTHING_SAID } from './profile-settings.ts';

function reasons(written: JsonValue): readonly string[] {
  return judgeProfile(written).faults.map(({ reason }) => reason);
}

function message(written: JsonValue): string {
  return judgeProfile(written)
    .faults.map((fault) => fault.message)
    .join('; ');
}

describe('what is said of the profiles of a member', () => {
  it('is used as it is', () => {
    const server = 'https://public.example';
    const said = { displayName: 'East, Basel', memberId: 'id-1' };
    const accessProviders = ['google', 'aws'];
    const expected = { ...said, accessProviders, accessCluster: { server }, isGiven: true, faults: [] };
    const accessCluster = JSON.stringify({ server });
    expect(judgeProfile({ ...said, accessProvider: accessProviders, accessCluster: { server } })).toEqual(expected);
    expect(judgeProfile({ ...said, accessProvider: 'google, aws', accessCluster })).toEqual(expected);
  });

  it('may be nothing', () => {
    expect(judgeProfile(undefined)).toBe(NOTHING_SAID);
    expect(judgeProfile({ displayName: null })).toEqual({ ...NOTHING_SAID, isGiven: true });
  });

  it('may be that nothing is published', () => {
    expect(judgeProfile({ accessProvider: '' })).toMatchObject({ accessProviders: [], faults: [] });
    expect(judgeProfile({ accessProvider: [] })).toMatchObject({ accessProviders: [], faults: [] });
  });

  it.each<[string, JsonValue, string]>([
    ['text', 'East', 'InvalidSettings'],
    ['a list', [], 'InvalidSettings'],
    ['an unknown setting', { displayname: 'East' }, 'InvalidSettings'],
    ['no display name', { displayName: '' }, 'InvalidDisplayName'],
    ['a number', { displayName: 1 }, 'InvalidDisplayName'],
    ['two lines', { displayName: 'a\nb' }, 'InvalidDisplayName'],
    ['an escape sequence', { displayName: '\u001b[31m' }, 'InvalidDisplayName'],
    ['half a character', { displayName: '\ud83d' }, 'InvalidDisplayName'],
    ['254 characters', { displayName: '\u{1f600}'.repeat(254) }, 'InvalidDisplayName'],
    ['no member id', { memberId: '' }, 'InvalidMemberID'],
    ['no label value', { memberId: 'a b' }, 'InvalidMemberID'],
    ['64 characters', { memberId: 'a'.repeat(64) }, 'InvalidMemberID'],
    ['a long provider', { accessProvider: 'a'.repeat(254) }, 'InvalidAccessProvider'],
    ['a number for a provider', { accessProvider: [1] }, 'InvalidAccessProvider'],
    ['no name between commas', { accessProvider: 'google,,aws' }, 'InvalidAccessProvider'],
    ['one provider twice', { accessProvider: 'google,google' }, 'InvalidAccessProvider'],
    ['five providers', { accessProvider: 'a,b,c,d,e' }, 'InvalidAccessProvider'],
    ['the provider of Secrets', { accessProvider: 'kubeconfig-secretreader' }, 'InvalidAccessProvider'],
    ['no JSON', { accessCluster: '{' }, 'InvalidAccessCluster'],
    ['JSON of a list', { accessCluster: '[]' }, 'InvalidAccessCluster'],
    ['a bad field', { accessCluster: { server: 'http://a' } }, 'InvalidAccessCluster'],
    ['far too much', { accessCluster: { 'tls-server-name': 'a'.repeat(70_000) } }, 'InvalidAccessCluster'],
  ])('%s is left out', (_title, written, reason) => {
    expect(judgeProfile(written)).toEqual({
      ...NOTHING_SAID,
      isGiven: true,
      faults: [{ reason, message: expect.any(String) as string }],
    });
  });

  it.each([
    ['253 characters', { displayName: '\u{1f600}'.repeat(253) }],
    ['63 characters', { memberId: 'a'.repeat(63) }],
  ])('%s is used', (_title, written) => {
    expect(reasons(written)).toEqual([]);
    expect(judgeProfile(written)).toMatchObject(written);
  });

  it.each([
    ['253 characters of a provider', ['a'.repeat(253)]],
    ['four providers', ['a', 'b', 'c', 'd']],
  ])('%s is used', (_title, accessProviders) => {
    expect(judgeProfile({ accessProvider: accessProviders.join(',') })).toMatchObject({ accessProviders, faults: [] });
  });

  it('is used apart from what cannot be, each by itself', () => {
    const judged = judgeProfile({ displayName: '', memberId: 'id-1', accessProvider: 1, accessCluster: '{}' });
    expect(judged).toMatchObject({ displayName: undefined, memberId: 'id-1', accessProviders: undefined });
    expect(judged.faults.map(({ reason }) => reason)).toEqual(['InvalidDisplayName', 'InvalidAccessProvider']);
  });

  it('is bounded and without its content where it is told', () => {
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`field-${index}${'x'.repeat(99)}`, 'mArKeR']),
    );
    expect(message(many)).toContain('and 47 more');
    expect(message({ accessCluster: many })).toContain('and 47 more');
    expect(message(many).length + message({ accessCluster: many }).length).toBeLessThan(1000);
    expect(message({ accessCluster: '{"token": "mArKeR"' })).not.toContain('mArKeR');
    expect(message({ accessCluster: { extensions: [{ name: 'a', extension: { token: 'mArKeR' } }] } })).toMatch(
      /^cluster of the access provider: extensions\[0\].extension.token looks like a credential/,
    );
  });
});
