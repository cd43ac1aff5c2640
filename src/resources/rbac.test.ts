import { expect, test } from 'vitest';
import type { ResourceDefinition } from './definition.ts';
import { editRules, memberReadRules, viewRules } from './rbac.ts';
import { definitions } from './registry.ts';
import { serviceExport } from './service-export/definition.ts';

const apiGroups = { multicluster: 'multicluster.x-k8s.io', about: 'about.k8s.io' };

test('readers may get, list and watch the kinds, get their status and provenance, and ask what if', () => {
  expect(viewRules(definitions, apiGroups)).toEqual([
    {
      apiGroups: ['multicluster.x-k8s.io'],
      resources: ['serviceexports', 'serviceimports', 'clusterprofiles'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: ['multicluster.x-k8s.io'],
      resources: [
        'serviceexports/status',
        'serviceimports/status',
        'serviceimports/provenance',
        'clusterprofiles/status',
      ],
      verbs: ['get'],
    },
    { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceimports/simulation'], verbs: ['create'] },
    { apiGroups: ['about.k8s.io'], resources: ['clusterproperties'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['about.k8s.io'], resources: ['clusterproperties/status'], verbs: ['get'] },
  ]);
});

test('what may be written: rows of members without their status, the overlay of profiles with it, and joins', () => {
  expect(editRules(definitions, apiGroups)).toEqual([
    {
      apiGroups: [apiGroups.multicluster],
      resources: ['serviceexports'],
      verbs: ['create', 'delete', 'deletecollection', 'patch', 'update'],
    },
    {
      apiGroups: [apiGroups.multicluster],
      resources: ['clusterprofiles', 'clusterprofiles/status'],
      verbs: ['patch', 'update'],
    },
    {
      apiGroups: [apiGroups.about],
      resources: ['clusterproperties'],
      verbs: ['create', 'delete', 'deletecollection', 'patch', 'update'],
    },
    // Asking to join keeps an identity for a while, as the write itself does.
    { apiGroups: [apiGroups.about], resources: ['clusterproperties/join'], verbs: ['create'] },
  ]);
});

test('a kind that can be written brings its verbs, hidden ones included', () => {
  const writable: ResourceDefinition = { ...serviceExport, implementedVerbs: ['get', 'update', 'create', 'delete'] };
  expect(editRules([writable], apiGroups)).toEqual([
    { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceexports'], verbs: ['create', 'delete', 'update'] },
  ]);
});

test('asking a subresource that keeps nothing is reading, creating one that is kept is writing', () => {
  const answer = { group: 'g', version: 'v1', kind: 'Weight', schema: {}, columns: [], rows: () => [] };
  const withSubresource = (isQuestion: boolean): ResourceDefinition => ({
    ...serviceExport,
    implementedVerbs: [],
    versions: serviceExport.versions.slice(0, 1).map((version) => ({
      ...version,
      subresources: [{ name: 'weight', verbs: ['get', 'create'], answer: { ...answer, isQuestion } }],
    })),
  });
  const rule = { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceexports/weight'] };
  expect(viewRules([withSubresource(true)], apiGroups)).toEqual([{ ...rule, verbs: ['create', 'get'] }]);
  expect(editRules([withSubresource(true)], apiGroups)).toEqual([]);
  expect(viewRules([withSubresource(false)], apiGroups)).toEqual([{ ...rule, verbs: ['get'] }]);
  expect(editRules([withSubresource(false)], apiGroups)).toEqual([{ ...rule, verbs: ['create'] }]);
});

test('rules name the configured group', () => {
  const other = { multicluster: 'multicluster.clusterset-apiserver.dev', about: 'about.clusterset-apiserver.dev' };
  const groups = viewRules(definitions, other).flatMap((rule) => ('apiGroups' in rule ? rule.apiGroups : []));
  expect([...new Set(groups)]).toEqual([other.multicluster, other.about]);
});

test('in a member we read and nothing else', () => {
  expect(memberReadRules()).toEqual([
    { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceexports'], verbs: ['list', 'watch'] },
    { apiGroups: ['about.k8s.io'], resources: ['clusterproperties'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: ['kube-controller-manager', 'kube-scheduler'],
      verbs: ['get'],
    },
    { nonResourceURLs: ['/readyz', '/healthz', '/version', '/apis', '/apis/*'], verbs: ['get'] },
  ]);
});
