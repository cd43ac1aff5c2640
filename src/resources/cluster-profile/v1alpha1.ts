import { withVersion } from '../api-version.ts';
import type { VersionDefinition } from '../definition.ts';
import { v1alpha1ProvidersSchema } from './access-provider-schema.ts';
import { clusterManagerSchema, profileSchema } from './status-schema.ts';

const PROVIDERS = 'Ways to reach the cluster, free of credentials.';

/** As cluster-inventory-api v0.1 has it; the superset, hence the storage version. */
export const v1alpha1: VersionDefinition = {
  name: 'v1alpha1',
  schema: profileSchema(clusterManagerSchema({}), {
    accessProviders: v1alpha1ProvidersSchema(PROVIDERS),
    credentialProviders: v1alpha1ProvidersSchema(
      'Deprecated: use accessProviders, which wins where both have a provider of the same name.',
    ),
  }),
  deprecationWarning: undefined,
  subresources: [{ name: 'status', verbs: ['get', 'update', 'patch'] }],
  toStorage: (object) => withVersion(object, 'v1alpha1'),
  fromStorage: (object) => withVersion(object, 'v1alpha1'),
};
