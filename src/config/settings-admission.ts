import type { Setting } from './setting.ts';

export const ADMISSION = [
  {
    path: 'admission.forbiddenNamespaces',
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
] as const satisfies readonly Setting[];
