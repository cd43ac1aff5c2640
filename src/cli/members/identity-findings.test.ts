import { describe, expect, it } from 'vitest';
import { failed, succeeded } from '../../kube/outcome.ts';
import { ok } from '../install/finding.ts';
import type { KnownMember } from './identity-findings.ts';
import { identityFindings, knownByServer, withSeen } from './identity-findings.ts';
import type { MemberLook, SeenIdentity } from './look.ts';
import type { ShownMember } from './profiles.ts';

function look(name: string, more: Partial<SeenIdentity> = {}): MemberLook {
  const identity = { fingerprint: `uid-of-${name}`, isHub: false, id: undefined, set: undefined, ...more };
  return { name, findings: [ok('reachable', 'answers')], identity };
}

function known(name: string, more: Partial<KnownMember> = {}): KnownMember {
  return { name, fingerprint: `uid-of-${name}`, id: name, set: 'prod', ...more };
}

function shown(name: string, more: Partial<ShownMember> = {}): ShownMember {
  const rest = { joined: 'True', healthy: 'True', version: 'v1.36.4', clusterSet: '', clusterId: '' };
  return { name, ...rest, memberId: `uid-of-${name}`, settings: '', settingsMessage: '', ...more };
}

function told(one: MemberLook, members: readonly KnownMember[], clusterSet?: string): Record<string, string> {
  const findings = identityFindings(one, { known: succeeded(members), clusterSet });
  return Object.fromEntries(findings.map(({ level, subject, message }) => [subject, `${level}: ${message}`]));
}

const REMOVE = 'remove that registration first (members remove), and wait until the member has left';

describe('the cluster of a member', () => {
  it.each<[string, MemberLook, readonly KnownMember[], string]>([
    ['is new', look('east'), [known('west')], 'ok: uid of namespace kube-system is uid-of-east'],
    ['is the one that it was', look('east'), [known('east')], 'ok: uid of namespace kube-system is uid-of-east'],
    [
      'has another name already',
      look('east', { fingerprint: 'uid-of-west' }),
      [known('west')],
      `refused: it is the same cluster as member "west" (uid of namespace kube-system uid-of-west); ${REMOVE}`,
    ],
    [
      'is not the one that has the name',
      look('east', { fingerprint: 'rebuilt' }),
      [known('east')],
      `refused: cluster name "east" is taken by another cluster: uid of namespace kube-system is rebuilt, and uid-of-east of that one; ${REMOVE}`,
    ],
    [
      'may not be told',
      look('east', { fingerprint: undefined }),
      [known('west', { fingerprint: undefined })],
      'refused: namespace kube-system cannot be read; run install --member to give that right',
    ],
    [
      'is the hub',
      look('east', { isHub: true }),
      [],
      'warning: it is the hub itself, which may be a member under the coexistence groups only',
    ],
  ])('%s', (...[, one, members, identity]) => {
    expect(told(one, members)).toMatchObject({ identity });
  });

  it('is not compared where nothing is known', () => {
    const [first] = identityFindings(look('east'), { known: failed('no server serves it'), clusterSet: undefined });
    expect(first).toMatchObject({
      level: 'ok',
      message: expect.stringMatching(
        /whether it has another name already is not known: no server serves it$/,
      ) as string,
    });
  });

  it('is nothing to tell of where it cannot be reached', () => {
    const context = { known: succeeded([]), clusterSet: undefined };
    expect(identityFindings({ ...look('east'), identity: undefined }, context)).toEqual([]);
  });
});

describe('the id of a member', () => {
  it.each<[string, Partial<SeenIdentity>, Partial<KnownMember>, string]>([
    ['is its own', { id: 'east', set: 'prod' }, {}, 'ok: east'],
    [
      'is taken',
      { id: 'east', set: 'prod' },
      { id: 'east' },
      'warning: id "east" of member "east" is also claimed by "west"',
    ],
    ['is taken in another set', { id: 'east', set: 'prod' }, { id: 'east', set: 'test' }, 'ok: east'],
    ['is taken, but there is no set', { id: 'east' }, { id: 'east', set: undefined }, 'ok: east'],
    ['is none', {}, {}, 'ok: none: it is called east'],
    [
      'is none in a set',
      { set: 'prod' },
      {},
      'warning: none, but in a set: create the ClusterProperty cluster.clusterset.k8s.io there, best with the value "east"',
    ],
  ])('%s', (...[, identity, other, id]) => {
    expect(told(look('east', identity), [known('east', { id: 'east' }), known('west', other)])).toMatchObject({ id });
  });
});

it('a set that is not the wanted one is told', () => {
  expect(told(look('east', { set: 'test' }), [], 'prod')['set']).toMatch(
    /^warning: member "east" belongs to ClusterSet "test"/,
  );
  expect(told(look('east', { set: 'prod' }), [], 'prod')['set']).toBe('ok: prod');
});

it('members that the server refused hold neither their cluster nor their id', () => {
  const uid = '0b8f3a54-0d3c-4a5e-9c1b-6f1f8f0a9d11';
  const members = [
    shown('east', { clusterId: 'east', clusterSet: 'prod', memberId: uid }),
    // Given at registration, not the uid of its namespace.
    shown('given', { memberId: 'prod-eu-1' }),
    shown('east-again', { joined: 'False (DuplicateMember)', memberId: uid }),
    shown('new', { joined: 'False (Pending)', memberId: '' }),
  ];
  expect(knownByServer(members)).toEqual([
    { name: 'east', fingerprint: uid, id: 'east', set: 'prod' },
    { name: 'given', fingerprint: undefined, id: undefined, set: undefined },
    { name: 'new', fingerprint: undefined, id: undefined, set: undefined },
  ]);
});

it('those that were looked at together are compared unless the server knows which is the member', () => {
  const looks = [
    look('a', { fingerprint: 'x' }),
    look('b', { fingerprint: 'x' }),
    look('east-again', { fingerprint: 'uid-of-east' }),
  ];
  const members = withSeen([known('east')], looks);
  expect(members.map(({ name }) => name)).toEqual(['east', 'a', 'b']);
  expect(looks.map((one) => told(one, members)['identity'])).toEqual([
    expect.stringContaining('the same cluster as member "b"'),
    expect.stringContaining('the same cluster as member "a"'),
    expect.stringContaining('the same cluster as member "east"'),
  ]);
});
