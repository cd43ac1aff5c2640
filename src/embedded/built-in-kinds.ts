import type { FieldCause } from '../kube/api-errors.ts';
import { fieldInvalid, fieldRequired } from '../kube/api-errors.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { KindDefinition, Verb } from '../resources/definition.ts';
import { ENDPOINT_SLICE_SCHEMA, LEASE_SCHEMA, NAMESPACE_SCHEMA, SERVICE_SCHEMA } from './built-in-schemas.ts';
import { ENDPOINT_SLICE_COLUMNS, LEASE_COLUMNS, NAMESPACE_COLUMNS, SERVICE_COLUMNS } from './columns.ts';
import type { EmbeddedKind, KindTraits } from './kind.ts';
import { completeService, serviceFaults } from './service-rules.ts';

const VERBS: readonly Verb[] = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS: readonly Verb[] = ['get', 'patch', 'update'];
type Words = Pick<
  KindDefinition,
  'kind' | 'resource' | 'singular' | 'description' | 'scope' | 'shortNames' | 'columns'
>;

function builtIn(words: Words, schema: JsonObject, hasStatus: boolean): KindDefinition {
  return {
    ...words,
    categories: words.kind === 'Service' ? ['all'] : [],
    made: 'stored',
    implementedVerbs: VERBS,
    advertisedVerbs: VERBS,
    readOnlyMessage: undefined,
    storageVersion: 'v1',
    versions: [
      {
        name: 'v1',
        schema,
        deprecationWarning: undefined,
        subresources: hasStatus ? [{ name: 'status', verbs: STATUS_VERBS }] : [],
        toStorage: (object) => object,
        fromStorage: (object) => object,
      },
    ],
  };
}

const PLAIN_TRAITS: KindTraits = {
  isCustom: false,
  hasGeneration: false,
  hasStatus: false,
  createsOnUpdate: false,
  needsResourceVersion: false,
  returnsDeleted: false,
  nameForm: 'subdomain',
  mergeKeys: { conditions: 'type', ownerReferences: 'uid' },
  complete: (object) => object,
  faults: () => [],
};

/** The name of every namespace is also its label, so that selectors can name it. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

export const NAMESPACES: EmbeddedKind = {
  served: {
    group: '',
    definition: builtIn(
      {
        kind: 'Namespace',
        resource: 'namespaces',
        singular: 'namespace',
        shortNames: ['ns'],
        scope: 'Cluster',
        description: 'A scope for names within one cluster.',
        columns: NAMESPACE_COLUMNS,
      },
      NAMESPACE_SCHEMA,
      true,
    ),
  },
  traits: {
    ...PLAIN_TRAITS,
    hasStatus: true,
    nameForm: 'label',
    complete: (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: { ...object.metadata.labels, [NAMESPACE_NAME_LABEL]: object.metadata.name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: isJsonObject(object.status) ? { phase: 'Active', ...object.status } : { phase: 'Active' },
    }),
  },
};

export const SERVICES: EmbeddedKind = {
  served: {
    group: '',
    definition: builtIn(
      {
        kind: 'Service',
        resource: 'services',
        singular: 'service',
        shortNames: ['svc'],
        scope: 'Namespaced',
        description: 'A name and address for a set of pods.',
        columns: SERVICE_COLUMNS,
      },
      SERVICE_SCHEMA,
      true,
    ),
  },
  traits: {
    ...PLAIN_TRAITS,
    hasStatus: true,
    createsOnUpdate: true,
    returnsDeleted: true,
    nameForm: 'label',
    mergeKeys: { ...PLAIN_TRAITS.mergeKeys, ports: 'port' },
    complete: completeService,
    faults: serviceFaults,
  },
};

const LEASES: EmbeddedKind = {
  served: {
    group: 'coordination.k8s.io',
    definition: builtIn(
      {
        kind: 'Lease',
        resource: 'leases',
        singular: 'lease',
        shortNames: [],
        scope: 'Namespaced',
        description: 'A claim that somebody renews while it holds.',
        columns: LEASE_COLUMNS,
      },
      LEASE_SCHEMA,
      false,
    ),
  },
  traits: { ...PLAIN_TRAITS, createsOnUpdate: true, needsResourceVersion: true, faults: leaseFaults },
};

const ENDPOINT_SLICES: EmbeddedKind = {
  served: {
    group: 'discovery.k8s.io',
    definition: builtIn(
      {
        kind: 'EndpointSlice',
        resource: 'endpointslices',
        singular: 'endpointslice',
        shortNames: [],
        scope: 'Namespaced',
        description: 'Some of the addresses behind a Service.',
        columns: ENDPOINT_SLICE_COLUMNS,
      },
      ENDPOINT_SLICE_SCHEMA,
      false,
    ),
  },
  traits: { ...PLAIN_TRAITS, hasGeneration: true, complete: completeSlice, faults: sliceFaults },
};

export const BUILT_IN_KINDS: readonly EmbeddedKind[] = [NAMESPACES, SERVICES, LEASES, ENDPOINT_SLICES];

function leaseFaults(object: KubeObject): readonly FieldCause[] {
  const seconds = isJsonObject(object.spec) ? object.spec['leaseDurationSeconds'] : undefined;
  if (seconds === undefined || (typeof seconds === 'number' && seconds > 0)) return [];
  return [fieldInvalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')];
}

function completeSlice(object: KubeObject): KubeObject {
  const endpoints = objectsIn(object['endpoints']).map((endpoint) => ({ conditions: {}, ...endpoint }));
  const ports = objectsIn(object['ports']).map((port) => ({ name: '', protocol: 'TCP', ...port }));
  return { ...object, endpoints, ...(object['ports'] === undefined ? {} : { ports }) };
}

function sliceFaults(object: KubeObject): readonly FieldCause[] {
  return typeof object['addressType'] === 'string' ? [] : [fieldRequired('addressType', '')];
}

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
