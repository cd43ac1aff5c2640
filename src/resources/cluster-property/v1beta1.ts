import type { JsonObject } from '../../kube/object.ts';
import { withVersion } from '../api-version.ts';
import type { VersionDefinition } from '../definition.ts';
import { CLUSTER_ID_PATTERN } from './cel-rules.ts';
import { JOIN } from './join.ts';
import { PROPERTY_VALUE_CHARACTERS_MAX } from './value-length.ts';

/** Shared by both versions: they differ in their name only. */
export const CLUSTER_PROPERTY_SCHEMA: JsonObject = {
  description:
    'ClusterProperty is one fact about a cluster, under a name that says what it means. ' +
    'Read through this API it is called <cluster>.<name>.',
  type: 'object',
  properties: {
    spec: {
      description: 'The property.',
      type: 'object',
      required: ['value'],
      properties: {
        value: {
          description: 'What the property says.',
          type: 'string',
          minLength: 1,
          maxLength: PROPERTY_VALUE_CHARACTERS_MAX,
        },
      },
    },
    status: { description: 'Nothing is reported of a property yet.', type: 'object' },
  },
  // What kube-apiserver holds by itself where it stores the objects.
  'x-kubernetes-validations': [
    { rule: 'has(self.spec)', message: 'spec.value is required' },
    {
      rule: `self.metadata.name != 'cluster.clusterset.k8s.io' || !has(self.spec) || (size(self.spec.value) <= 253 && self.spec.value.matches('${CLUSTER_ID_PATTERN}'))`,
      message: 'a cluster id is a DNS subdomain',
    },
    {
      rule: "self.metadata.name != 'clusterset.k8s.io' || !has(self.spec) || !has(oldSelf.spec) || self.spec.value == oldSelf.spec.value",
      message: 'membership cannot be changed in place; delete clusterset.k8s.io, then create it with the new value',
    },
  ],
};

export const v1beta1: VersionDefinition = {
  name: 'v1beta1',
  schema: CLUSTER_PROPERTY_SCHEMA,
  deprecationWarning: undefined,
  subresources: [{ name: 'status', verbs: ['get'] }, JOIN],
  toStorage: (object) => withVersion(object, 'v1beta1'),
  fromStorage: (object) => withVersion(object, 'v1beta1'),
};
