import { describe, expect, it } from 'vitest';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import type { MemberEvent, MemberStatus } from '../../kube/member-event.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createProfileFacts } from './profile-facts.ts';

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

function concernsOthers(event: MemberEvent): boolean {
  const facts = createProfileFacts({
    members: { status: () => undefined, observation: () => undefined },
    identities: { knownIdentities: () => [], identityProblems: () => [] },
    settingsOf: () => undefined,
    ...{ accessProvider: 'direct', isMirrored: false },
  });
  return facts.apply(event);
}

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
      members: {
        status: () => ({ ...STATUS, reason }),
        observation: () =>
          isConfirmed === undefined ? undefined : { isConfirmed, health: undefined, isForbiddenProperties: undefined },
      },
      identities: { knownIdentities: () => [], identityProblems: () => [] },
      settingsOf: () => undefined,
      ...{ accessProvider: 'direct', isMirrored: false },
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
