import { expect, it } from 'vitest';
import { createRequest, serviceState } from '../../../test/support/admission.ts';
import { clusterId, serviceExport } from '../../../test/support/clusterset-objects.ts';
import type { KnownIdentity } from '../../clusterset/index.ts';
import { loadConfiguration } from '../../config/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { AdmissionContext } from '../../resources/index.ts';
import { createAdmissionContext, tellsOthers } from './admission-context.ts';

function contextOf(text: string | undefined): AdmissionContext {
  const config = loadConfiguration(text, {});
  if (!config.ok) throw new Error(config.error);
  const facts = {
    serviceIn: () => serviceState(),
    namespaceIn: () => 'active' as const,
    namespaceObjectIn: () => undefined,
    membersWithoutNamespace: () => [clusterId('west')],
    hasExport: () => true,
    exportState: () => 'exported' as const,
    memberCount: () => 2,
    propertyIn: () => undefined,
    knownIdentity: (cluster: ClusterId) => identity(cluster),
    identityProblems: () => [],
    knownIdentities: () => ['east', 'west'].map((name) => identity(clusterId(name))),
  };
  return createAdmissionContext({
    ...{ config: config.value, facts, predict: ({ operation }) => [operation] },
    isReachable: (cluster) => cluster === 'west',
    profiles: () => [],
    pending: () => [],
  });
}

function identity(name: ClusterId): KnownIdentity {
  return { name, clusterID: `${name}-1`, clusterSet: 'prod', observed: true };
}

it('takes the policy from the configuration', () => {
  expect(contextOf(undefined).policy).toEqual({
    forbiddenNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
    warnedNamespaces: ['default'],
    warnings: true,
    namesOthers: true,
    exportedMetadataSupported: true,
    profileManager: 'clusterset-apiserver',
    controllers: [],
    administrators: [],
    standardProperties: [],
    strictClusterSetNames: false,
  });
  const lines = ['forbiddenNamespaces: []', 'warnedNamespaces: [a]', 'warnings: false', 'controllers: [mcs]'];
  lines.push('tellOtherClusters: never', 'exportedMetadataSupported: false');
  expect(contextOf(['admission:', ...lines].join('\n  ')).policy).toEqual({
    forbiddenNamespaces: [],
    warnedNamespaces: ['a'],
    warnings: false,
    namesOthers: false,
    exportedMetadataSupported: false,
    profileManager: 'clusterset-apiserver',
    controllers: ['mcs'],
    administrators: [],
    standardProperties: [],
    strictClusterSetNames: false,
  });
});

it.each([
  ['always', true, true],
  ['authenticated', true, false],
  ['never', false, false],
])('tells of other clusters: %s', (value, toAuthenticated, toOthers) => {
  const config = loadConfiguration(`admission: { tellOtherClusters: ${value} }`, {});
  if (!config.ok) throw new Error(config.error);
  expect([tellsOthers(config.value, true), tellsOthers(config.value, false)]).toEqual([toAuthenticated, toOthers]);
});

it('looks at the facts of members and at what is predicted', () => {
  const { lookup } = contextOf(undefined);
  expect(lookup.membersWithoutNamespace('prod')).toEqual(['west']);
  expect(lookup.predict(createRequest(serviceExport()), { namesOthers: true })).toEqual(['CREATE']);
});

it('tells who members are, and whether they can be reached', () => {
  const { lookup } = contextOf(undefined);
  const east = { name: 'east', clusterID: 'east-1', clusterSet: 'prod', observed: true, reachable: false };
  const west = { name: 'west', clusterID: 'west-1', clusterSet: 'prod', observed: true, reachable: true };
  expect(lookup.identityOf(clusterId('east'))).toEqual(east);
  expect(lookup.otherIdentities(clusterId('east'))).toEqual([west]);
  expect(lookup.otherIdentities(clusterId('west'))).toEqual([east]);
});
