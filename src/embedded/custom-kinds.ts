import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import type { KindDefinition, Verb, VersionDefinition } from '../resources/definition.ts';
import { definitions, schemaFaults } from '../resources/index.ts';
import { PLAIN_COLUMNS } from './columns.ts';
import type { EmbeddedKind, KindTraits } from './kind.ts';

const VERBS: readonly Verb[] = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS: VersionDefinition['subresources'] = [{ name: 'status', verbs: ['get', 'patch', 'update'] }];

/** What the CustomResourceDefinitions of the MCS API serve in members. */
const MEMBER_VERSIONS = new Set(['v1beta1', 'v1alpha1']);

function memberKind(resource: string): EmbeddedKind {
  const definition = definitions.find((one) => one.resource === resource);
  if (definition === undefined) throw new Error(`no definition of ${resource}`);
  const versions = definition.versions.filter(({ name }) => MEMBER_VERSIONS.has(name));
  return {
    served: {
      group: MULTICLUSTER_GROUP,
      definition: stored({ ...definition, versions: versions.map((one) => ({ ...one, subresources: STATUS })) }),
    },
    traits: customTraits(true, definition.versions.find(({ name }) => name === definition.storageVersion)?.schema),
  };
}

function stored(definition: KindDefinition): KindDefinition {
  return {
    ...definition,
    made: 'stored',
    implementedVerbs: VERBS,
    advertisedVerbs: VERBS,
    readOnlyMessage: undefined,
    columns: PLAIN_COLUMNS,
  };
}

function customTraits(hasStatus: boolean, schema: JsonObject = {}): KindTraits {
  return {
    isCustom: true,
    hasGeneration: true,
    hasStatus,
    createsOnUpdate: false,
    needsResourceVersion: true,
    returnsDeleted: false,
    nameForm: 'subdomain',
    mergeKeys: {},
    complete: (object) => object,
    faults: (object) => schemaFaults(object, schema),
  };
}

const PROPERTY_SCHEMA: JsonObject = {
  description: 'A fact about a cluster (KEP-2149).',
  type: 'object',
  properties: {
    spec: {
      description: 'The property.',
      type: 'object',
      properties: { value: { description: 'Its value.', type: 'string' } },
    },
  },
};

function propertyVersion(name: string): VersionDefinition {
  const withVersion = (object: KubeObject, version: string): KubeObject => ({
    ...object,
    apiVersion: `${ABOUT_GROUP}/${version}`,
  });
  return {
    name,
    schema: PROPERTY_SCHEMA,
    deprecationWarning: undefined,
    subresources: [],
    toStorage: (object) => withVersion(object, 'v1beta1'),
    fromStorage: (object) => withVersion(object, name),
  };
}

const CLUSTER_PROPERTIES: EmbeddedKind = {
  served: {
    group: ABOUT_GROUP,
    definition: stored({
      resource: 'clusterproperties',
      singular: 'clusterproperty',
      kind: 'ClusterProperty',
      shortNames: [],
      categories: [],
      scope: 'Cluster',
      made: 'stored',
      description: 'A fact about a cluster.',
      implementedVerbs: VERBS,
      advertisedVerbs: VERBS,
      readOnlyMessage: undefined,
      storageVersion: 'v1beta1',
      versions: [propertyVersion('v1beta1'), propertyVersion('v1alpha1')],
      columns: PLAIN_COLUMNS,
    }),
  },
  traits: customTraits(false, PROPERTY_SCHEMA),
};

export const CUSTOM_KINDS: readonly EmbeddedKind[] = [
  memberKind('serviceexports'),
  memberKind('serviceimports'),
  CLUSTER_PROPERTIES,
];
