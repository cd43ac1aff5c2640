import { definitions } from '../../../src/resources/index.ts';
import { MULTICLUSTER_GROUP } from '../../../src/kube/domain.ts';

const MCS_RESOURCES = ['serviceexports', 'serviceimports'];

/** CustomResourceDefinitions of the MCS API for a member, in the versions asked for. */
export function memberDefinitions(versions: readonly string[] = ['v1alpha1', 'v1beta1']): object[] {
  return definitions
    .filter(({ resource }) => MCS_RESOURCES.includes(resource))
    .map((definition) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${definition.resource}.${MULTICLUSTER_GROUP}` },
      spec: {
        group: MULTICLUSTER_GROUP,
        scope: definition.scope,
        names: {
          plural: definition.resource,
          singular: definition.singular,
          kind: definition.kind,
          shortNames: definition.shortNames,
        },
        versions: versions.map((name) => ({
          name,
          served: true,
          storage: name === (versions.includes('v1beta1') ? 'v1beta1' : versions[0]),
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: definition.versions.find((version) => version.name === name)?.schema,
          },
        })),
      },
    }));
}

/** The definition of one kind whose objects keep every field, known or not. */
export function openDefinition(resource: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const [definition] = definitions.filter((one) => one.resource === resource);
  if (definition === undefined) throw new Error(`no kind ${resource}`);
  const { kind, singular, shortNames, scope } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${MULTICLUSTER_GROUP}` },
    spec: {
      group: MULTICLUSTER_GROUP,
      scope,
      names: { plural: resource, singular, kind, shortNames },
      versions: ['v1alpha1', 'v1beta1'].map((name) => {
        const isStored = name === 'v1beta1';
        return { name, served: true, storage: isStored, subresources: { status: {} }, schema };
      }),
    },
  };
}

/** The About API's ClusterProperty, as far as a member's identity needs it. */
export function clusterPropertyDefinition(): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'clusterproperties.about.k8s.io',
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/2149' },
    },
    spec: {
      group: 'about.k8s.io',
      scope: 'Cluster',
      names: { plural: 'clusterproperties', singular: 'clusterproperty', kind: 'ClusterProperty' },
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { value: { type: 'string' } } } },
            },
          },
        },
      ],
    },
  };
}
