import type { JsonObject, KubeObject } from '../kube/object.ts';
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
    versions: ['v1'],
    rules: serviceRules,
    toStorage: (object) => object,
  },
  {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    kind: 'EndpointSlice',
    scope: 'Namespaced',
    versions: ['v1'],
    rules: sliceRules,
    toStorage: (object) => object,
  },
];

function subjectOfDefinition(definition: ResourceDefinition, groups: ApiGroups): AdmissionSubject {
  const { resource, kind, scope, rules, storageVersion } = definition;
  const others = definition.versions.map(({ name }) => name).filter((name) => name !== storageVersion);
  return {
    ...{ resource, kind, scope, rules },
    group: groups[definition.groupRole],
    schema: definition.versions.find(({ name }) => name === storageVersion)?.schema,
    versions: [storageVersion, ...others],
    toStorage: (object) => {
      const name = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
      return definition.versions.find((version) => version.name === name)?.toStorage(object) ?? object;
    },
  };
}
