import type { Setting } from './setting.ts';

/** Members that others have written down, each by its own convention. */
export const INVENTORIES = [
  {
    path: 'members.kubeconfigDirectory',
    flag: 'members-kubeconfig-directory',
    kind: 'string',
    description:
      'Directory of kubeconfigs, one member each, named after its file and reached by its current context; re-read while running.',
  },
  {
    path: 'members.clusterApiNamespaces',
    kind: 'strings',
    default: [],
    description:
      'Namespaces of the hub whose Cluster API kubeconfig Secrets (type cluster.x-k8s.io/secret, <cluster>-kubeconfig) register members.',
  },
  {
    path: 'members.argoCdNamespaces',
    kind: 'strings',
    default: [],
    description:
      'Namespaces of the hub whose Argo CD cluster Secrets register members, if they hold a token or a client certificate.',
  },
  {
    path: 'members.profileNamespaces',
    kind: 'strings',
    default: [],
    description: 'Namespaces whose ClusterProfiles, made by the managers of members.profileManagers, register members.',
  },
  {
    path: 'members.profileManagers',
    kind: 'strings',
    default: [],
    description:
      'Cluster managers whose ClusterProfiles are followed. Whoever writes a profile says where credentials are sent, so others are refused.',
  },
  {
    path: 'members.profileKubeconfig',
    kind: 'string',
    description:
      'Kubeconfig of the cluster that has these ClusterProfiles. Default: the hub, if apiGroups.multicluster leaves its own ClusterProfiles visible.',
  },
  {
    path: 'members.accessProviders',
    flag: 'clusterprofile-provider-file',
    kind: 'string',
    description:
      'Provider file (JSON) that says how to log in for each access provider that ClusterProfiles name; the first that a profile offers is used.',
  },
  {
    path: 'members.allowedPlugins',
    kind: 'strings',
    default: [],
    description:
      'Absolute paths of the credential plugins that may run. Empty: those that the provider file, and with members.allowExec the members.kubeconfig, name.',
  },
] as const satisfies readonly Setting[];
