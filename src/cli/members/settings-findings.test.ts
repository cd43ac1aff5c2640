import { describe, expect, it } from 'vitest';
import type { WrittenProfile } from '../../members/sources/index.ts';
import type { ShownMember } from './profiles.ts';
import { settingsFindings, wantedIdFindings } from './settings-findings.ts';

function shown(name: string, more: Partial<ShownMember> = {}): ShownMember {
  const rest = { joined: 'True', healthy: 'True', version: 'v1.36.4', clusterSet: '', clusterId: '' };
  return { name, ...rest, memberId: `uid-of-${name}`, settings: '', settingsMessage: '', ...more };
}

function told(one: ShownMember | undefined, written?: WrittenProfile): readonly string[] {
  return settingsFindings(one, written).map(({ level, message }) => `${level}: ${message}`);
}

describe('what was said of the profiles of a member', () => {
  it('is told as the server applies it', () => {
    expect(told(shown('east', { settings: 'True' }))).toEqual(['ok: what was said at registration is applied']);
    const settings = 'False (MemberIDKept)';
    const kept = shown('east', { settings, settingsMessage: 'member id "b" was given later' });
    expect(told(kept, { memberId: 'b' })).toEqual([
      'warning: member id "b" was given later (MemberIDKept); take the label multicluster.x-k8s.io/inventory-member-id back, or for the new id remove the registration, wait until the member has left, and add it again',
    ]);
  });

  it('is judged as the server would while it shows nothing', () => {
    const pending = 'ok: what was said at registration can be used; it is not shown yet';
    expect(told(undefined, { displayName: 'East' })).toEqual([pending]);
    expect(told(shown('east'), { displayName: 'East' })).toEqual([pending]);
    expect(told(undefined, { displayName: '', accessCluster: '[]' })).toEqual([
      'warning: display name must be a text that is not empty; cluster of the access provider must be a JSON object (InvalidDisplayName); correct the annotation clusterset-apiserver.dev/display-name of its Secret',
    ]);
  });

  it('is not told where nothing was said', () => {
    expect(told(shown('east'))).toEqual([]);
    expect(told(undefined)).toEqual([]);
  });

  it('is told with a reason that a newer server has', () => {
    const newer = shown('east', { settings: 'False (Other)', settingsMessage: 'm' });
    expect(told(newer)).toEqual(['warning: m (Other); see docs/profiles.md']);
  });
});

describe('an id that is wanted for a member', () => {
  const members = [shown('east', { memberId: 'a' }), shown('west', { memberId: 'b' })];
  it.each<[string, string | undefined, readonly string[]]>([
    ['north', undefined, []],
    ['north', 'c', []],
    ['east', 'a', []],
    ['north', 'b', ['refused: "b" is that of member "west" already; choose another one']],
    [
      'east',
      'c',
      [
        'warning: its profiles keep "a"; for "c" remove the registration, wait until the member has left, and add it again',
      ],
    ],
  ])('by %s, %s, is judged by who has which', (name, wanted, expected) => {
    const findings = wantedIdFindings(name, wanted, members);
    expect(findings.map(({ level, message }) => `${level}: ${message}`)).toEqual(expected);
  });
});
