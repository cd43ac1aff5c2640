import type { Setting } from './setting.ts';

export const PROFILES = [
  {
    path: 'profiles.managerName',
    kind: 'string',
    default: 'clusterset-apiserver',
    description:
      'Name of this server as a cluster manager, in the ClusterProfiles that it serves and in those of others that it must not take for theirs. Never change it while profiles exist: it is part of what they are.',
  },
  {
    path: 'profiles.namespaces',
    kind: 'strings',
    default: [],
    description:
      'Inventories: the namespaces that have one ClusterProfile per member each. Empty means hub.namespace. Profiles are there as long as the hub has the namespace.',
  },
  {
    path: 'profiles.accessProvider',
    kind: 'string',
    default: 'direct',
    description:
      'Name under which address and certificate authority of each member are published in status.accessProviders; empty publishes none.',
  },
  {
    path: 'profiles.kubeconfigSecretReader',
    kind: 'boolean',
    default: false,
    description:
      'Publish for each member whose kubeconfig lies in a Secret also the access provider kubeconfig-secretreader, which names that Secret. For consumers that may read it: they then log in as this server does.',
  },
  {
    path: 'profiles.credentialProviders',
    kind: 'boolean',
    default: false,
    description:
      'Show what this server publishes in status.accessProviders as status.credentialProviders, too, for consumers that know only that older name. v1alpha2 does not have it.',
  },
  {
    path: 'profiles.excludeLabels',
    kind: 'strings',
    default: ['clusterset-apiserver.dev/exclude-from-profile'],
    description:
      'ClusterProperties with one of these labels, unless its value is false, are left out of profiles. open-cluster-management.io/spoke-only honours what Open Cluster Management means.',
  },
  {
    path: 'profiles.requiredLabel',
    kind: 'string',
    description:
      'Only ClusterProperties with this label and the value true go into profiles, such as multicluster.x-k8s.io/clusterProfile. Default: all.',
  },
] as const satisfies readonly Setting[];
