import type { JsonObject } from '../kube/object.ts';
import type { KindDefinition, Verb, VersionDefinition } from '../resources/definition.ts';
import { definitionOf, schemaFaults, UPSTREAM_GROUPS } from '../resources/index.ts';
import { PLAIN_COLUMNS } from './columns.ts';
import type { EmbeddedKind, KindTraits } from './kind.ts';

const VERBS: readonly Verb[] = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS: VersionDefinition['subresources'] = [{ name: 'status', verbs: ['get', 'patch', 'update'] }];

/** What the CustomResourceDefinitions of our kinds serve in members. */
const MEMBER_VERSIONS = new Set(['v1beta1', 'v1alpha1']);

function memberKind(resource: string): EmbeddedKind {
  const definition = definitionOf(resource);
  const versions = definition.versions.filter(({ name }) => MEMBER_VERSIONS.has(name));
  return {
    served: {
      group: UPSTREAM_GROUPS[definition.groupRole],
      definition: stored({ ...definition, versions: versions.map((one) => ({ ...one, subresources: STATUS })) }),
    },
    traits: customTraits(definition.versions.find(({ name }) => name === definition.storageVersion)?.schema),
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

function customTraits(schema: JsonObject = {}): KindTraits {
  return {
    isCustom: true,
    hasGeneration: true,
    hasStatus: true,
    createsOnUpdate: false,
    needsResourceVersion: true,
    returnsDeleted: false,
    nameForm: 'subdomain',
    mergeKeys: {},
    complete: (object) => object,
    faults: (object) => schemaFaults(object, schema),
  };
}

export const CUSTOM_KINDS: readonly EmbeddedKind[] = [
  memberKind('serviceexports'),
  memberKind('serviceimports'),
  memberKind('clusterproperties'),
];
