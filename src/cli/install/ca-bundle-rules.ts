import type { CaBundleTarget } from '../../hub/index.ts';
import type { PolicyRule } from '../../resources/index.ts';

const COLLECTIONS: Readonly<Record<CaBundleTarget['type'], { readonly group: string; readonly resource: string }>> = {
  APIService: { group: 'apiregistration.k8s.io', resource: 'apiservices' },
  ValidatingWebhookConfiguration: {
    group: 'admissionregistration.k8s.io',
    resource: 'validatingwebhookconfigurations',
  },
  CustomResourceDefinition: { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
};

/** What the server needs to keep the caBundles of these objects right, and of no others. */
export function caBundleRules(targets: readonly Pick<CaBundleTarget, 'type' | 'name'>[]): readonly PolicyRule[] {
  return Object.entries(COLLECTIONS).flatMap(([type, { group, resource }]) => {
    const resourceNames = targets.filter((target) => target.type === type).map(({ name }) => name);
    if (resourceNames.length === 0) return [];
    return [{ apiGroups: [group], resources: [resource], verbs: ['get', 'watch', 'patch'], resourceNames }];
  });
}
