import { describe, expect, it } from 'vitest';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createProfileFacts } from './profile-facts.ts';

const EAST = clusterId('east');
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
