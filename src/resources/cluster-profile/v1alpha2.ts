import type { VersionDefinition } from '../definition.ts';
import { v1alpha2ProvidersSchema } from './access-provider-schema.ts';
import { fromV1alpha2, toV1alpha2 } from './conversion.ts';
import { clusterManagerSchema, profileSchema } from './status-schema.ts';

/** As cluster-inventory-api has it since the version was added: bounds everywhere, and no credentialProviders. */
export const v1alpha2: VersionDefinition = {
  name: 'v1alpha2',
  schema: profileSchema(
    clusterManagerSchema({
      maxLength: 63,
      minLength: 1,
      'x-kubernetes-validations': [
        { rule: '!format.labelValue().validate(self).hasValue()', message: 'must be a valid label value' },
      ],
    }),
    { accessProviders: v1alpha2ProvidersSchema('Ways to reach the cluster, free of credentials.') },
  ),
  deprecationWarning: undefined,
  subresources: [{ name: 'status', verbs: ['get', 'update', 'patch'] }],
  toStorage: (object) => fromV1alpha2(object, 'v1alpha1'),
  fromStorage: (object) => toV1alpha2(object, 'v1alpha2'),
};
