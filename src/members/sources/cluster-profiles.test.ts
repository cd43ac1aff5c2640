import { expect, it } from 'vitest';
import { createPlainConnection } from '../../../test/support/plain-connection.ts';
import { parseAccessProviders } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { clusterProfiles } from './cluster-profiles.ts';

const EXEC = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/plugin' };
const PARSED = parseAccessProviders(JSON.stringify({ providers: [{ name: 'a', execConfig: EXEC }] }));

const CONVENTION = clusterProfiles({
  connection: createPlainConnection(() => 1),
  namespace: 'fleet',
  managers: ['theirs'],
  ownManager: 'ours',
  access: { providers: () => (PARSED.ok ? PARSED.value.providers : []), follow: () => () => undefined },
});

function profile(manager: string, more: JsonObject = {}): JsonObject {
  return {
    metadata: { name: 'east', labels: { 'x-k8s.io/cluster-manager': manager } },
    spec: { clusterManager: { name: manager } },
    status: { accessProviders: [{ name: 'a', cluster: { server: 'https://east.example' } }] },
    ...more,
  };
}

it('registers the profile of a trusted manager', () => {
  const outcome = CONVENTION.candidate(profile('theirs'), 'east')?.outcome;
  expect(outcome?.ok === true && [outcome.value.name, outcome.value.source, outcome.value.settings.server]).toEqual([
    'east',
    'ClusterProfile fleet/east',
    'https://east.example',
  ]);
});

it('takes over its display name and member id, and nothing that annotations say of access', () => {
  const metadata = {
    name: 'east',
    labels: { 'multicluster.x-k8s.io/inventory-member-id': 'id-1' },
    annotations: { 'clusterset-apiserver.dev/access-cluster': '{"server":"https://elsewhere.example"}' },
  };
  const spec = { displayName: 'East', clusterManager: { name: 'theirs' } };
  const outcome = CONVENTION.candidate(profile('theirs', { metadata, spec }), 'east')?.outcome;
  expect(outcome?.ok === true && outcome.value.profile).toEqual({ displayName: 'East', memberId: 'id-1' });
});

it('refuses the profile of another manager: it says where credentials are sent', () => {
  const outcome = CONVENTION.candidate(profile('somebody'), 'east')?.outcome;
  const message = 'ClusterProfile fleet/east: its manager "somebody" is not trusted';
  expect(outcome).toEqual({ ok: false, error: { name: 'east', message, standing: 'untrusted' } });
});

it('takes a profile of ours for none', () => {
  expect(CONVENTION.candidate(profile('ours'), 'east')).toBeUndefined();
});

it('refuses a profile without a way in that is configured', () => {
  const outcome = CONVENTION.candidate(profile('theirs', { status: {} }), 'east')?.outcome;
  expect(outcome).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('no access provider') as string },
  });
});

it('compares connections by their values', () => {
  const digests = [profile('theirs'), profile('theirs')].map((one) => {
    const outcome = CONVENTION.candidate(one, 'east')?.outcome;
    return outcome?.ok === true ? outcome.value.digest : undefined;
  });
  expect(digests[0]).toBeDefined();
  expect(digests[0]).toBe(digests[1]);
});
