import { describe, expect, test } from 'vitest';
import type { ResourceDefinition } from '../../src/resources/definition.ts';
import { definitions } from '../../src/resources/index.ts';
import { aggregatedDiscovery, groupDocument, groupList, resourceList } from './discovery.ts';
import { groupsOf } from './served-version.ts';

const GROUP = 'multicluster.x-k8s.io';
const ours = definitions.filter(({ groupRole }) => groupRole === 'multicluster');
const groups = groupsOf(ours.map((definition) => ({ group: GROUP, definition })));
const [group] = groups;
if (group === undefined) throw new Error('no group');

describe('legacy discovery documents', () => {
  test('a group lists its versions in order of priority, the first preferred', () => {
    const versions = ['v1beta1', 'v1alpha2', 'v1alpha1'].map((version) => ({
      groupVersion: `${GROUP}/${version}`,
      version,
    }));
    const fields = { name: GROUP, versions, preferredVersion: versions[0] };
    expect(groupDocument(group)).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...fields });
    expect(groupList(groups)).toEqual({ kind: 'APIGroupList', apiVersion: 'v1', groups: [fields] });
  });

  test('a version lists its kinds and subresources; hashes are those of kube-apiserver for the same storage version', () => {
    expect(group.versions.map(resourceList).find((list) => list['groupVersion'] === `${GROUP}/v1alpha2`)).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: `${GROUP}/v1alpha2`,
      resources: [
        {
          name: 'clusterprofiles',
          singularName: 'clusterprofile',
          namespaced: true,
          kind: 'ClusterProfile',
          verbs: ['get', 'list', 'patch', 'update', 'watch'],
          categories: ['multicluster'],
          storageVersionHash: 'DC0mtCqKp6k=',
        },
        {
          name: 'clusterprofiles/status',
          singularName: '',
          namespaced: true,
          kind: 'ClusterProfile',
          verbs: ['get', 'patch', 'update'],
        },
        {
          name: 'serviceexports',
          singularName: 'serviceexport',
          namespaced: true,
          kind: 'ServiceExport',
          verbs: ['create', 'get', 'list', 'patch', 'update', 'watch'],
          shortNames: ['svcex', 'svcexport'],
          storageVersionHash: 'kTfKBclH9iw=',
        },
        { name: 'serviceexports/status', singularName: '', namespaced: true, kind: 'ServiceExport', verbs: ['get'] },
        {
          name: 'serviceimports',
          singularName: 'serviceimport',
          namespaced: true,
          kind: 'ServiceImport',
          verbs: ['get', 'list', 'watch'],
          shortNames: ['svcim', 'svcimport'],
          storageVersionHash: 'zTFSFttd53E=',
        },
        {
          name: 'serviceimports/provenance',
          singularName: '',
          namespaced: true,
          group: 'clusterset-apiserver.dev',
          version: 'v1alpha1',
          kind: 'ServiceImportProvenance',
          verbs: ['get'],
        },
        {
          name: 'serviceimports/simulation',
          singularName: '',
          namespaced: true,
          group: 'clusterset-apiserver.dev',
          version: 'v1alpha1',
          kind: 'ServiceImportSimulation',
          verbs: ['create'],
        },
      ],
    });
  });

  test('without anything served the lists are empty, not absent', () => {
    expect(groupList([])).toEqual({ kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
    expect(aggregatedDiscovery([], 'v2')).toMatchObject({ items: [] });
  });
});

describe('aggregated discovery', () => {
  test('the two versions differ in nothing but their name', () => {
    const beta = aggregatedDiscovery(groups, 'v2beta1');
    expect(beta['apiVersion']).toBe('apidiscovery.k8s.io/v2beta1');
    expect({ ...beta, apiVersion: 'apidiscovery.k8s.io/v2' }).toEqual(aggregatedDiscovery(groups, 'v2'));
  });

  test('every resource has a response kind, a scope and its subresources', () => {
    expect(aggregatedDiscovery(groups, 'v2')).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      items: [
        {
          metadata: { name: GROUP },
          versions: [
            {
              version: 'v1beta1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'serviceexports',
                  responseKind: { group: GROUP, version: 'v1beta1', kind: 'ServiceExport' },
                  scope: 'Namespaced',
                  singularResource: 'serviceexport',
                  verbs: ['create', 'get', 'list', 'patch', 'update', 'watch'],
                  shortNames: ['svcex', 'svcexport'],
                  subresources: [
                    {
                      subresource: 'status',
                      responseKind: { group: GROUP, version: 'v1beta1', kind: 'ServiceExport' },
                      verbs: ['get'],
                    },
                  ],
                },
                { resource: 'serviceimports' },
              ],
            },
            { version: 'v1alpha2' },
            { version: 'v1alpha1' },
          ],
        },
      ],
    });
  });
});

describe('kinds that differ', () => {
  const [first] = definitions;
  if (first === undefined) throw new Error('no definition');
  const other: ResourceDefinition = {
    ...first,
    resource: 'widgets',
    kind: 'Widget',
    scope: 'Cluster',
    shortNames: [],
    categories: ['all'],
    implementedVerbs: ['watch', 'delete', 'list', 'get'],
    advertisedVerbs: ['watch', 'list', 'get'],
    versions: first.versions.filter((version) => version.name === 'v1alpha1'),
  };
  const mixed = groupsOf([
    { group: GROUP, definition: first },
    { group: GROUP, definition: other },
    { group: 'about.k8s.io', definition: other },
  ]);

  test('a kind appears in its own groups and versions only', () => {
    const found = mixed.flatMap(({ name, versions }) =>
      versions.map((version) => [name, version.name, version.kinds.map((kind) => kind.definition.resource)]),
    );
    expect(found).toEqual([
      [GROUP, 'v1beta1', ['serviceexports']],
      [GROUP, 'v1alpha2', ['serviceexports']],
      [GROUP, 'v1alpha1', ['serviceexports', 'widgets']],
      ['about.k8s.io', 'v1alpha1', ['widgets']],
    ]);
  });

  test('verbs that work but are not advertised stay out, and the others are sorted', () => {
    const [version] = mixed[1]?.versions ?? [];
    if (version === undefined) throw new Error('no version');
    const [widgets] = resourceList(version)['resources'] as readonly object[];
    expect(widgets).toMatchObject({ namespaced: false, verbs: ['get', 'list', 'watch'], categories: ['all'] });
    expect(widgets).not.toHaveProperty('shortNames');
  });
});
