import { describe, expect, it } from 'vitest';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import type { ProfileFacts, SettingFault } from '../../clusterset/index.ts';
import { plainSettings } from '../../connection/index.ts';
import type { MemberEvent, MemberStatus } from '../../kube/member-event.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { MemberIds, WantedId } from './member-ids.ts';
import { createProfileFacts, type ProfileFactsDeps } from './profile-facts.ts';
import { NOTHING_SAID } from './profile-settings.ts';
import type { UsableRegistration } from './registrations.ts';

const EAST = clusterId('east');
const STATUS: MemberStatus = {
  cluster: EAST,
  phase: 'stale',
  synced: true,
  lastContactMs: undefined,
  fingerprint: 'uid-east',
  version: undefined,
  reason: undefined,
  message: undefined,
  clockSkewSeconds: undefined,
};
const ABOUT = { cluster: EAST, resource: 'clusterproperties' } as const;

function property(name: string): KubeObject {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value: 'x' } };
}

const DEPS: ProfileFactsDeps = {
  members: { status: () => undefined, observation: () => undefined },
  identities: { knownIdentities: () => [], identityProblems: () => [] },
  registrationOf: () => undefined,
  memberIds: { decide: () => ({ memberId: undefined, fault: undefined }) },
  access: { provider: 'direct', publishesKubeconfigs: false },
  authorityText: () => undefined,
  isMirrored: false,
};

function concernsOthers(event: MemberEvent): boolean {
  return createProfileFacts(DEPS).apply(event);
}

const REGISTRATION: UsableRegistration = {
  settings: plainSettings('https://east.example'),
  profile: { ...NOTHING_SAID, isGiven: true, displayName: 'East', memberId: 'id-1' },
  kubeconfig: undefined,
};

function factsOf(more: Partial<ProfileFactsDeps>, status: Partial<MemberStatus> = {}): ProfileFacts | undefined {
  return createProfileFacts({
    ...{ ...DEPS, ...more },
    members: { status: () => ({ ...STATUS, ...status }), observation: () => undefined },
  }).factsOf(EAST);
}

describe('a profile is computed from', () => {
  it('what was said at registration, with what is wrong with it', () => {
    const fault: SettingFault = { reason: 'DuplicateMemberID', message: 'it is that of west' };
    const decided: WantedId[] = [];
    const decide: MemberIds['decide'] = (_cluster, wanted) => {
      decided.push(wanted);
      return { memberId: 'decided', fault };
    };
    const facts = factsOf({ registrationOf: () => REGISTRATION, memberIds: { decide } });
    expect(facts).toMatchObject({
      memberId: 'decided',
      settings: { isGiven: true, displayName: 'East', faults: [fault] },
      accessProviders: [{ name: 'direct', cluster: { server: 'https://east.example' } }],
    });
    expect(decided).toEqual([{ given: 'id-1', derived: 'uid-east' }]);
  });

  it('nothing that is not known while the registration cannot be read', () => {
    const decided: WantedId[] = [];
    const decide: MemberIds['decide'] = (_cluster, wanted) => {
      decided.push(wanted);
      return { memberId: undefined, fault: undefined };
    };
    expect(factsOf({ memberIds: { decide } })).toMatchObject({ settings: undefined, accessProviders: undefined });
    factsOf({ memberIds: { decide }, registrationOf: () => REGISTRATION }, { reason: 'IdentityMismatch' });
    expect(decided.map(({ derived }) => derived)).toEqual([undefined, undefined]);
  });
});

describe('a certificate authority in a file', () => {
  const settings = { ...REGISTRATION.settings, certificateAuthority: { type: 'file' as const, path: '/ca' } };

  function accessWith(registration: UsableRegistration) {
    const texts = new Map<string, string>();
    const facts = createProfileFacts({
      ...{ ...DEPS, registrationOf: () => registration, authorityText: (path) => texts.get(path) },
      members: { status: () => STATUS, observation: () => undefined },
    });
    return { texts, access: () => facts.factsOf(EAST)?.accessProviders };
  }

  it('is published as it is now, and while it is not known nothing is said', () => {
    const { texts, access } = accessWith({ ...REGISTRATION, settings });
    expect(access()).toBeUndefined();
    for (const text of ['first', 'second']) {
      texts.set('/ca', text);
      const authority = Buffer.from(text).toString('base64');
      expect(access()).toMatchObject([{ cluster: { 'certificate-authority-data': authority } }]);
      expect(access()).toBe(access());
    }
  });

  it('is not needed where another was said at registration', () => {
    const profile = { ...REGISTRATION.profile, accessCluster: { 'certificate-authority-data': 'b3RoZXI=' } };
    const { access } = accessWith({ ...REGISTRATION, settings, profile });
    expect(access()).toMatchObject([{ cluster: { 'certificate-authority-data': 'b3RoZXI=' } }]);
  });
});

describe('what a member tells concerns the profiles of others', () => {
  it.each(['cluster.clusterset.k8s.io', 'clusterset.k8s.io'])('when %s changes or goes', (name) => {
    expect(concernsOthers({ ...ABOUT, type: 'changed', applied: [property(name)], deleted: [] })).toBe(true);
    expect(concernsOthers({ ...ABOUT, type: 'changed', applied: [], deleted: [{ namespace: '', name }] })).toBe(true);
  });

  it('when it leaves, or all its properties are known', () => {
    expect(concernsOthers({ type: 'left', cluster: EAST })).toBe(true);
    expect(concernsOthers({ ...ABOUT, type: 'synced' })).toBe(true);
  });

  it('not when another property or resource changes', () => {
    const applied = [property('load.example.com')];
    expect(concernsOthers({ ...ABOUT, type: 'changed', applied, deleted: [] })).toBe(false);
    expect(concernsOthers({ ...ABOUT, resource: 'services', type: 'changed', applied, deleted: [] })).toBe(false);
  });
});

describe('whether a member belongs here', () => {
  const joinedOf = (reason: string | undefined, isConfirmed: boolean | undefined): string | undefined =>
    createProfileFacts({
      ...DEPS,
      members: {
        status: () => ({ ...STATUS, reason }),
        observation: () =>
          isConfirmed === undefined ? undefined : { isConfirmed, health: undefined, isForbiddenProperties: undefined },
      },
    }).factsOf(EAST)?.joined;

  it.each([
    ['IdentityMismatch', false, 'identityMismatch'],
    ['DuplicateMember', false, 'duplicateMember'],
    ['IsHub', false, 'isHub'],
    ['Unreachable', false, undefined],
    ['Unreachable', true, 'registered'],
    [undefined, true, 'registered'],
    [undefined, undefined, undefined],
  ])('with the reason %s, its identity confirmed in this life: %s', (reason, isConfirmed, expected) => {
    expect(joinedOf(reason, isConfirmed)).toBe(expected);
  });
});
