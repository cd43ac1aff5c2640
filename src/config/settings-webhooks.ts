import type { Setting } from './setting.ts';

export const WEBHOOKS = [
  {
    path: 'webhooks.only',
    flag: 'webhooks-only',
    kind: 'boolean',
    default: false,
    description:
      'Run in a member and answer its admission and conversion webhooks only, on serving.securePort. The settings hub.* are then about this member; the hub of the ClusterSet is webhooks.hubKubeconfig.',
  },
  {
    path: 'webhooks.memberName',
    flag: 'member-name',
    kind: 'string',
    description: 'With webhooks.only: the name under which this member is registered on the hub.',
  },
  {
    path: 'webhooks.hubKubeconfig',
    flag: 'hub-kubeconfig',
    kind: 'string',
    description:
      "With webhooks.only: kubeconfig of the hub with this member's credential there. Without it nothing of other clusters is known, and joins are refused.",
  },
  {
    path: 'webhooks.convertedDefinitions',
    flag: 'webhooks-converted-definitions',
    kind: 'strings',
    default: [],
    description:
      'With webhooks.only: names of the CustomResourceDefinitions whose conversion webhook we are, so that their caBundle is kept right.',
  },
  {
    path: 'webhooks.unsynced',
    kind: 'choice',
    choices: ['deny', 'allow'],
    default: 'deny',
    description:
      'What the safety webhook answers before the member itself was read: deny asks to try again (503), as failurePolicy Fail does while nothing answers; allow judges by what is known so far.',
  },
  {
    path: 'webhooks.enabled',
    flag: 'webhooks',
    kind: 'boolean',
    default: false,
    description:
      'On the hub: answer the admission webhooks of members that ask by url, at /members/<name>/validate/ on a port of its own.',
  },
  {
    path: 'webhooks.port',
    flag: 'webhooks-port',
    kind: 'integer',
    unit: 'TCP port',
    default: 8443,
    minimum: 0,
    maximum: 65535,
    description: 'On the hub: HTTPS port of the webhooks, where nothing else is served; 0 takes any free one.',
  },
  {
    path: 'webhooks.clientCaFile',
    flag: 'webhooks-client-ca-file',
    kind: 'string',
    description:
      "On the hub: PEM file of the CA whose client certificates prove that a caller is a member's kube-apiserver. Without it nobody is proven.",
  },
  {
    path: 'webhooks.clientNames',
    kind: 'strings',
    default: [],
    description:
      'On the hub: which common name of a client certificate is which member, each written as name=member. The common name clusterset-member:<member> is always that member.',
  },
] as const satisfies readonly Setting[];
