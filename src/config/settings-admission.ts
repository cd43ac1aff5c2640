import type { Setting } from './setting.ts';

export const ADMISSION = [
  {
    path: 'admission.forbiddenNamespaces',
    flag: 'forbidden-namespaces',
    kind: 'strings',
    default: ['kube-system', 'kube-public', 'kube-node-lease'],
    description: 'Namespaces from which no ServiceExport can be created through this API.',
  },
  {
    path: 'admission.warnedNamespaces',
    kind: 'strings',
    default: ['default'],
    description: 'Namespaces of which a created ServiceExport is answered with a warning.',
  },
  {
    path: 'admission.warnings',
    kind: 'boolean',
    default: true,
    description:
      'Answer writes with warnings, such as those about a conflict that they cause. Denials are not affected.',
  },
  {
    path: 'admission.tellOtherClusters',
    kind: 'choice',
    choices: ['always', 'authenticated', 'never'],
    default: 'authenticated',
    description:
      'Who is told names and values of other clusters in warnings and denials. Else they are "another cluster". Callers of this API and members with a credential of their own are authenticated.',
  },
  {
    path: 'admission.exportedMetadataSupported',
    kind: 'boolean',
    default: true,
    description:
      'Whether the MCS implementation of the members passes on exportedLabels and exportedAnnotations, which KEP-1645 leaves open. If not, who sets them is warned.',
  },
  {
    path: 'admission.controllers',
    flag: 'controllers',
    kind: 'strings',
    default: [],
    description:
      'User names of the MCS implementation in the members. While none is named, rules against others who write status, ServiceImports or imported EndpointSlices are off.',
  },
  {
    path: 'admission.administrators',
    flag: 'administrators',
    kind: 'strings',
    default: [],
    description: 'User names that may write what is otherwise left to admission.controllers.',
  },
  {
    path: 'admission.rulesFile',
    flag: 'admission-rules',
    kind: 'string',
    description:
      'File of rules of your own in CEL (docs/cel.md), read again when it changes. A broken one keeps the rules before; at the start it is an error.',
  },
  {
    path: 'admission.standardProperties',
    flag: 'standard-properties',
    kind: 'strings',
    default: [],
    description:
      'Names with a reserved suffix (.k8s.io, .kubernetes.io) that ClusterProperties may be created with beside the two well-known ones.',
  },
  {
    path: 'admission.strictClusterSetNames',
    flag: 'strict-cluster-set-names',
    kind: 'boolean',
    default: false,
    description: 'Refuse a clusterset.k8s.io whose value can be no label value; otherwise it is warned about.',
  },
] as const satisfies readonly Setting[];
