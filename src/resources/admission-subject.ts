import type { JsonObject, KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { AdmissionRule } from './admission.ts';
import type { ResourceDefinition } from './definition.ts';
import { rules as sliceRules } from './endpoint-slice/rules.ts';
import { rules as serviceRules } from './member-service/rules.ts';
import { type ApiGroups, definitions, UPSTREAM_GROUPS } from './registry.ts';

/** A resource of members whose writes are judged by webhooks, whether or not it is served by us. */
export interface AdmissionSubject {
  /** As members know it; '' is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** That reviews may come in; rules see the first. */
  readonly versions: readonly string[];
  /**
   * Those of them that webhook configurations name: they have the root fields of the first, which match conditions
   * compare. kube-apiserver converts whatever is written in another version to one of them (matchPolicy Equivalent).
   */
  readonly askedVersions: readonly string[];
  /** Of the version that rules see, as in `VersionDefinition`; absent where it is not ours to know. */
  readonly schema?: JsonObject | undefined;
  readonly rules: readonly AdmissionRule[];
  /** The object in the version that rules see; pure. */
  readonly toStorage: (object: KubeObject) => KubeObject;
}

/** Everything that webhooks are asked about: webhook configurations, and the rules that answer, follow from this list. */
export const ADMISSION_SUBJECTS: readonly AdmissionSubject[] = [
  ...definitions.map((definition) => subjectOfDefinition(definition, UPSTREAM_GROUPS)),
  {
    group: '',
    resource: 'services',
    kind: 'Service',
    scope: 'Namespaced',
    ...{ versions: ['v1'], askedVersions: ['v1'] },
    rules: serviceRules,
    toStorage: (object) => object,
  },
  {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    kind: 'EndpointSlice',
    scope: 'Namespaced',
    ...{ versions: ['v1'], askedVersions: ['v1'] },
    rules: sliceRules,
    toStorage: (object) => object,
  },
];

function subjectOfDefinition(definition: ResourceDefinition, groups: ApiGroups): AdmissionSubject {
  const { resource, kind, scope, rules, storageVersion } = definition;
  const names = definition.versions.map(({ name }) => name);
  const schemaOf = (name: string): JsonObject | undefined =>
    definition.versions.find((version) => version.name === name)?.schema;
  const versions = [storageVersion, ...names.filter((name) => name !== storageVersion)];
  const rootFields = rootFieldsOf(schemaOf(storageVersion));
  return {
    ...{ resource, kind, scope, rules },
    group: groups[definition.groupRole],
    schema: schemaOf(storageVersion),
    versions,
    askedVersions: versions.filter((name) => rootFieldsOf(schemaOf(name)).join() === rootFields.join()),
    toStorage: (object) => {
      const name = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
      return definition.versions.find((version) => version.name === name)?.toStorage(object) ?? object;
    },
  };
}

/** Such as spec and status, in alphabetical order. */
function rootFieldsOf(schema: JsonObject | undefined): readonly string[] {
  const properties = schema?.['properties'];
  return Object.keys(isJsonObject(properties) ? properties : {})
    .filter((name) => !['apiVersion', 'kind', 'metadata'].includes(name))
    .sort();
}
