import type { ResourceDefinition } from '../../../src/resources/definition.ts';
import { definitionOf, definitions, UPSTREAM_GROUPS } from '../../../src/resources/index.ts';

/** The kinds that members have. */
const MEMBER_KINDS = ['serviceexports', 'serviceimports', 'clusterproperties'];

/** Groups under k8s.io are refused without it. */
const APPROVAL = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/3084' };

/** CustomResourceDefinitions of our kinds for a member, in those of the versions that a kind has, or in its own. */
export function memberDefinitions(versions: readonly string[] = ['v1alpha1', 'v1beta1']): object[] {
  const kinds = definitions.filter(({ resource }) => MEMBER_KINDS.includes(resource));
  return kinds.map((definition) => {
    const served = definition.versions.filter(({ name }) => versions.includes(name));
    return memberDefinition(definition, served.length === 0 ? definition.versions : served);
  });
}

/** The About API's ClusterProperty alone. */
export function clusterPropertyDefinition(): object {
  const definition = definitionOf('clusterproperties');
  return memberDefinition(definition, definition.versions);
}

function memberDefinition(definition: ResourceDefinition, versions: ResourceDefinition['versions']): object {
  const group = UPSTREAM_GROUPS[definition.groupRole];
  const { resource, singular, kind, shortNames, scope } = definition;
  const stored = versions.find(({ name }) => name === definition.storageVersion) ?? versions[0];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${group}`, annotations: APPROVAL },
    spec: {
      ...{ group, scope },
      names: { plural: resource, singular, kind, shortNames },
      versions: versions.map(({ name, schema }) => ({
        ...{ name, served: true, storage: name === stored?.name },
        subresources: { status: {} },
        schema: { openAPIV3Schema: schema },
      })),
    },
  };
}

/** The definition of one kind whose objects keep every field, known or not. The last version is stored. */
export function openDefinition(resource: string, versions: readonly string[] = ['v1alpha1', 'v1beta1']): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const definition = definitionOf(resource);
  const { kind, singular, shortNames, scope } = definition;
  const group = UPSTREAM_GROUPS[definition.groupRole];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${group}`, annotations: APPROVAL },
    spec: {
      ...{ group, scope },
      names: { plural: resource, singular, kind, shortNames },
      versions: versions.map((name) => {
        const isStored = name === versions.at(-1);
        return { name, served: true, storage: isStored, subresources: { status: {} }, schema };
      }),
    },
  };
}

/** What upstream's definitions do not have. */
const VALIDATIONS = ['x-kubernetes-validations', 'maxLength', 'minLength', 'pattern', 'enum'];

export function withoutValidations(definition: object): object {
  return JSON.parse(
    JSON.stringify(definition, (key, value: unknown) => (VALIDATIONS.includes(key) ? undefined : value)),
  ) as object;
}
