import type { Setting } from './setting.ts';

export const HUB = [
  {
    path: 'clusterSet',
    flag: 'cluster-set',
    kind: 'string',
    description:
      'Name of the ClusterSet that is served. Exports of members whose property clusterset.k8s.io names another set do not count.',
  },
  {
    path: 'apiGroups.multicluster',
    flag: 'api-group',
    kind: 'string',
    default: 'multicluster.x-k8s.io',
    description:
      'API group under which ServiceImport and ServiceExport are served. Use multicluster.clusterset-apiserver.dev on a hub that already serves the upstream group.',
  },
  {
    path: 'apiGroups.about',
    flag: 'about-api-group',
    kind: 'string',
    default: 'about.k8s.io',
    description:
      'API group under which ClusterProperty is served. Use about.clusterset-apiserver.dev on a hub that has ClusterProperties of its own, as every member has.',
  },
  {
    path: 'hub.kubeconfig',
    flag: 'kubeconfig',
    kind: 'string',
    description:
      'Kubeconfig of the hub. Default: the service account when running in a pod, else no hub (stand-alone).',
  },
  {
    path: 'hub.authenticationKubeconfig',
    flag: 'authentication-kubeconfig',
    kind: 'string',
    description: 'Kubeconfig for TokenReviews and the authentication ConfigMap. Default: that of the hub.',
  },
  {
    path: 'hub.authorizationKubeconfig',
    flag: 'authorization-kubeconfig',
    kind: 'string',
    description: 'Kubeconfig for SubjectAccessReviews. Default: that of the hub.',
  },
  {
    path: 'hub.namespace',
    flag: 'namespace',
    kind: 'string',
    default: 'clusterset-system',
    description: 'Our namespace on the hub: Lease, certificates, records and member Secrets.',
  },
] as const satisfies readonly Setting[];

export const MEMBERS = [
  {
    path: 'members.kubeconfig',
    flag: 'members-kubeconfig',
    kind: 'string',
    description: 'Kubeconfig whose contexts are the members, one each; re-read while running.',
  },
  {
    path: 'members.contexts',
    flag: 'members-contexts',
    kind: 'strings',
    default: [],
    description: 'Only these contexts of members.kubeconfig, each written as context or context=name; empty means all.',
  },
  {
    path: 'members.secrets',
    kind: 'boolean',
    default: true,
    description:
      'Register members from Secrets in hub.namespace with label sigs.k8s.io/multicluster-runtime-kubeconfig=true, key kubeconfig (needs a hub).',
  },
  {
    path: 'members.allowExec',
    kind: 'boolean',
    default: false,
    description: 'Allow exec credential plugins in members.kubeconfig. Kubeconfigs from Secrets may never use them.',
  },
  {
    path: 'members.removalGraceSeconds',
    kind: 'integer',
    unit: 'seconds',
    default: 60,
    minimum: 0,
    maximum: 86400,
    description: 'How long a removed registration stays, so that a re-created Secret changes nothing.',
  },
  {
    path: 'members.initialSyncSeconds',
    kind: 'integer',
    unit: 'seconds',
    default: 20,
    minimum: 1,
    maximum: 600,
    description: 'How long data requests are held off with 429 after the start while members have not answered yet.',
  },
  {
    path: 'members.probeIntervalMs',
    kind: 'integer',
    unit: 'milliseconds',
    default: 10_000,
    minimum: 100,
    maximum: 300_000,
    description:
      'How often a member is asked whether its control plane is ready. Trouble is told after two such probes, silence after three and at least 40 s.',
  },
  {
    path: 'members.objectsMax',
    kind: 'integer',
    unit: 'objects',
    default: 250_000,
    minimum: 100,
    maximum: 5_000_000,
    description: 'Objects read from one member; one that has more is refused with state TooLarge.',
  },
  {
    path: 'merge.ipFamilies',
    kind: 'choice',
    choices: ['intersection', 'union'],
    default: 'intersection',
    description: 'How ipFamilies of the exports are merged.',
  },
] as const satisfies readonly Setting[];

export const EVENTS = [
  {
    path: 'events.enabled',
    flag: 'events',
    kind: 'boolean',
    default: true,
    description:
      'Write Kubernetes Events on the hub when a conflict begins or ends, a type changes, a last export goes, or a member turns stale or returns (needs a hub).',
  },
  {
    path: 'events.perMinute',
    flag: 'events-per-minute',
    kind: 'integer',
    unit: 'requests per minute',
    default: 60,
    minimum: 2,
    maximum: 6000,
    description:
      'Most requests with Events that the hub gets in a minute, half of them at once; more wait or are only counted.',
  },
] as const satisfies readonly Setting[];
