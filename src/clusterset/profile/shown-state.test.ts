import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ProfileFacts, SettingFault } from './profile-facts.ts';
import { mirroredProviders, nextShown, NOTHING_SHOWN, type ShowingOptions, type ShownState } from './shown-state.ts';

const NOW_MS = 1_790_000_000_000;
const OPTIONS: ShowingOptions = {
  selection: { excludeLabels: ['example.com/exclude'], requiredLabel: undefined },
  nowMs: NOW_MS,
  isLeaving: false,
};

function east(): ClusterId {
  const parsed = parseClusterId('east');
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function property(name: string, value: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name, labels }, spec: { value } };
}

function facts(more: Partial<ProfileFacts> = {}): ProfileFacts {
  return {
    cluster: east(),
    joined: 'registered',
    fingerprint: 'uid',
    version: 'v1.33.1+k3s1',
    health: { status: 'True', reason: 'APIServerReady', message: '' },
    properties: [property('b', '2'), property('a', '1')],
    isForbiddenProperties: false,
    identity: undefined,
    accessProviders: [{ name: 'direct', cluster: { server: 'https://east.example.com/path' } }],
    isMirrored: false,
    settings: { isGiven: false, displayName: undefined, faults: [] },
    memberId: 'kube-system-uid',
    lastContactMs: NOW_MS - 5_000,
    ...more,
  };
}

const shown = (
  more: Partial<ProfileFacts> = {},
  before: ShownState = NOTHING_SHOWN,
  options: Partial<ShowingOptions> = {},
): ShownState => nextShown(before, facts(more), { ...OPTIONS, ...options });
const condition = (state: ShownState, type: string): string => {
  const found = state.conditions.find((one) => one.type.endsWith(type));
  return found === undefined ? '' : `${found.status} ${found.reason}`;
};

describe('what this server says in a profile', () => {
  test('version and properties are as in the member, properties by name', () => {
    const state = shown();
    expect(state.version).toBe('v1.33.1+k3s1');
    expect(state.properties.map(({ name, value }) => [name, value])).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(state.accessProviders).toEqual([{ name: 'direct', cluster: { server: 'https://east.example.com/path' } }]);
  });

  test.each<[string, Partial<ProfileFacts>, Record<string, string>]>([
    [
      'a healthy member',
      {},
      { ControlPlaneHealthy: 'True APIServerReady', Joined: 'True Registered', PropertiesComplete: 'True Complete' },
    ],
    [
      'one that was never contacted',
      { joined: 'pending', memberId: undefined, health: undefined, properties: undefined, version: undefined },
      { ControlPlaneHealthy: 'Unknown NeverContacted', Joined: 'False Pending', PropertiesComplete: '' },
    ],
    [
      'another cluster at its address',
      { joined: 'identityMismatch' },
      { ControlPlaneHealthy: 'Unknown MemberUnreachable', Joined: 'False IdentityMismatch' },
    ],
    ['a cluster that is registered twice', { joined: 'duplicateMember' }, { Joined: 'False DuplicateMember' }],
    ['properties that may not be read', { isForbiddenProperties: true }, { PropertiesComplete: 'Unknown Forbidden' }],
    ['a member without the definition of properties', { properties: [] }, { PropertiesComplete: 'True Complete' }],
    [
      'an id that another member has',
      { identity: { isUnique: false, reason: 'DuplicateClusterID', message: 'west' } },
      { IdentityUnique: 'False DuplicateClusterID' },
    ],
  ])('%s', (_title, more, expected) => {
    const state = shown(more);
    for (const [type, text] of Object.entries(expected)) expect(condition(state, type)).toBe(text);
  });

  /** What is known of a member after our restart until it answers; without a snapshot not even what was read. */
  const RESTARTED: Partial<ProfileFacts> = { joined: undefined, health: undefined, isForbiddenProperties: undefined };
  const NO_SNAPSHOT = { fingerprint: undefined, version: undefined, properties: undefined, lastContactMs: undefined };

  test.each<[string, Partial<ProfileFacts>]>([
    ['a healthy member', {}],
    ['another cluster at its address', { joined: 'identityMismatch' }],
    ['a cluster that is registered twice', { joined: 'duplicateMember' }],
    ['the hub', { joined: 'isHub' }],
    ['properties that may not be read', { isForbiddenProperties: true }],
    ['an id that another member has', { identity: { isUnique: false, reason: 'DuplicateClusterID', message: 'west' } }],
  ])('nothing of it changes because we start again: %s', (_title, more) => {
    const before = shown(more);
    const { identity } = facts(more);
    expect(shown({ ...RESTARTED, identity, lastContactMs: NOW_MS }, before)).toBe(before);
    expect(shown({ ...RESTARTED, ...NO_SNAPSHOT }, before)).toBe(before);
  });

  test('what the member answers after our restart is shown', () => {
    const mismatch = shown({ joined: 'identityMismatch' });
    const forbidden = shown({ isForbiddenProperties: true });
    expect(condition(shown({}, mismatch), 'Joined')).toBe('True Registered');
    expect(shown({}, mismatch).accessProviders).toHaveLength(1);
    expect(condition(shown({}, forbidden), 'PropertiesComplete')).toBe('True Complete');
    expect(condition(shown({ joined: 'duplicateMember' }, shown()), 'Joined')).toBe('False DuplicateMember');
    expect(condition(shown({ ...RESTARTED, ...NO_SNAPSHOT }), 'Joined')).toBe('False Pending');
    expect(condition(shown(RESTARTED), 'Joined')).toBe('True Registered');
  });

  test('a member that cannot be reached keeps what was known; another cluster at its address has no access', () => {
    const before = shown();
    const away = shown(
      {
        health: { status: 'Unknown', reason: 'MemberUnreachable', message: '' },
        properties: undefined,
        version: undefined,
        accessProviders: undefined,
      },
      before,
    );
    expect(away.version).toBe(before.version);
    expect(away.properties.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(away.accessProviders).toEqual(before.accessProviders);
    const mismatch = shown({ joined: 'identityMismatch', properties: [property('other', 'x')], version: 'v9' }, before);
    expect(mismatch.accessProviders).toEqual([]);
    expect(mismatch.properties.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(mismatch.version).toBe(before.version);
  });

  test('before probes have decided after a restart, the health is as it was', () => {
    const before = shown();
    expect(shown({ health: undefined }, before)).toBe(before);
  });
});

describe('what was said at registration', () => {
  const settings = (...faults: readonly SettingFault[]): Partial<ProfileFacts> => ({
    settings: { isGiven: true, displayName: undefined, faults },
  });

  test('is told of only where something was said, and stays while it cannot be read', () => {
    expect(condition(shown(), 'SettingsApplied')).toBe('');
    const said = shown(settings());
    expect(condition(said, 'SettingsApplied')).toBe('True Applied');
    expect(shown({ settings: undefined }, said)).toBe(said);
    expect(condition(shown({}, said), 'SettingsApplied')).toBe('');
  });

  test('is told with every fault', () => {
    const state = shown(
      settings({ reason: 'InvalidDisplayName', message: 'a' }, { reason: 'DuplicateMemberID', message: 'b' }),
    );
    expect(condition(state, 'SettingsApplied')).toBe('False InvalidDisplayName');
    expect(state.conditions.find(({ type }) => type.endsWith('SettingsApplied'))?.message).toBe('a; b');
  });
});

describe('the mirror of the access providers', () => {
  const on = { isMirrored: true };

  test('follows the setting, and is news only where there is something to mirror', () => {
    const before = shown();
    const mirrored = shown(on, before);
    expect(mirroredProviders(before)).toEqual([]);
    expect(mirroredProviders(mirrored)).toEqual(before.accessProviders);
    expect(shown({}, mirrored)).toEqual(before);
    const none = shown({ accessProviders: [] });
    expect(shown({ ...on, accessProviders: [] }, none)).toBe(none);
  });

  test('stays with a member that is away, and goes with the access to another cluster', () => {
    const before = shown(on);
    const away = shown({ ...on, accessProviders: undefined, joined: 'pending' }, before);
    expect(mirroredProviders(away)).toEqual(before.accessProviders);
    expect(mirroredProviders(shown({ ...on, joined: 'identityMismatch' }, before))).toEqual([]);
  });
});

describe('properties', () => {
  test.each([
    ['1024 characters', 'x'.repeat(1024), true],
    ['1025 characters', 'x'.repeat(1025), false],
    ['1024 emoji', '\u{1f600}'.repeat(1024), true],
    ['1025 emoji', '\u{1f600}'.repeat(1025), false],
    ['no value', '', false],
  ])('%s', (_title, value, isIncluded) => {
    const state = shown({ properties: [property('long', value), property('a', '1')] });
    expect(state.properties.map(({ name }) => name)).toEqual(isIncluded ? ['a', 'long'] : ['a']);
    const reason = value === '' ? 'ValueEmpty' : 'ValueTooLong';
    expect(condition(state, 'PropertiesComplete')).toBe(isIncluded ? 'True Complete' : `False ${reason}`);
  });

  test('that are too long are named with their length, never cut', () => {
    const state = shown({ properties: [property('long', 'x'.repeat(2000))] });
    expect(state.conditions.at(-1)?.message).toContain('long (2000)');
    expect(state.properties).toEqual([]);
  });

  test('the well-known ones have room first', () => {
    const many = Array.from({ length: 600 }, (_, index) =>
      property(`a-${String(index).padStart(3, '0')}`, 'x'.repeat(1000)),
    );
    const state = shown({ properties: [...many, property('clusterset.k8s.io', 'prod')] });
    expect(state.properties.map(({ name }) => name)).toContain('clusterset.k8s.io');
    expect(JSON.stringify(state.properties.map(({ name, value }) => ({ name, value }))).length).toBeLessThan(
      530 * 1024,
    );
    expect(condition(state, 'PropertiesComplete')).toBe('False TooManyProperties');
    expect(state.properties.map(({ name }) => name)).toEqual(state.properties.map(({ name }) => name).toSorted());
  });

  test('labels take them out', () => {
    const properties = [
      property('a', '1', { 'example.com/exclude': 'true' }),
      property('b', '2', { 'example.com/exclude': 'false' }),
    ];
    expect(shown({ properties }).properties.map(({ name }) => name)).toEqual(['b']);
  });

  test('a required label lets only those in that have it', () => {
    const properties = [property('a', '1', { in: 'true' }), property('b', '2')];
    const selection = { excludeLabels: [], requiredLabel: 'in' };
    expect(shown({ properties }, NOTHING_SHOWN, { selection }).properties.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('times', () => {
  test('move only with something else', () => {
    const before = shown();
    expect(shown({ lastContactMs: NOW_MS + 60_000 }, before, { nowMs: NOW_MS + 60_000 })).toBe(before);
    const after = shown({ version: 'v2', lastContactMs: NOW_MS + 60_000 }, before, { nowMs: NOW_MS + 60_000 });
    expect(after.properties.map(({ lastObservedTime }) => lastObservedTime)).toEqual([
      '2026-09-21T14:14:20Z',
      '2026-09-21T14:14:20Z',
    ]);
    expect(after.conditions.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(
      before.conditions.map(({ lastTransitionTime }) => lastTransitionTime),
    );
  });

  test('a member that is away was observed at the last contact, and no property earlier than before', () => {
    const before = shown();
    const health = { status: 'Unknown', reason: 'MemberUnreachable', message: '' } as const;
    const away = shown({ health, lastContactMs: NOW_MS + 10_000 }, before, { nowMs: NOW_MS + 60_000 });
    expect(away.properties[0]?.lastObservedTime).toBe('2026-09-21T14:13:30Z');
    const earlier = shown({ health, version: 'v3', lastContactMs: NOW_MS - 90_000 }, away, { nowMs: NOW_MS + 90_000 });
    expect(earlier.properties[0]?.lastObservedTime).toBe('2026-09-21T14:13:30Z');
    expect(away.conditions[0]?.lastTransitionTime).toBe('2026-09-21T14:14:20Z');
  });
});

test('equal facts give equal content, in whatever order and however often they are told', () => {
  const anyProperty = fc.record({ name: fc.stringMatching(/^[a-z]{1,4}$/), value: fc.string({ maxLength: 4 }) });
  const properties = fc.uniqueArray(anyProperty, { selector: ({ name }) => name });
  fc.assert(
    fc.property(properties, (list) => {
      const objects = list.map(({ name, value }) => property(name, value));
      const state = shown({ properties: objects });
      expect(JSON.stringify(shown({ properties: objects.toReversed() }))).toBe(JSON.stringify(state));
      expect(shown({ properties: objects.toReversed() }, state)).toBe(state);
    }),
  );
});
