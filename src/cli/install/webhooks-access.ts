import type { ApiGroups } from '../../resources/index.ts';
import { memberReadRules } from '../../resources/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { caBundleRules } from './ca-bundle-rules.ts';
import { bindClusterRole, clusterRole } from './hub-access.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import {
  ADVICE_CONFIGURATION,
  certificatesName,
  hubAccountName,
  MEMBER_BUNDLES_NAME,
  MEMBER_NAME,
  SAFETY_CONFIGURATION,
  WEBHOOKS_NAME,
} from './names.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** A rule limited to named objects. */
interface NamedRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A list or watch of one name counts as a read of that name. */
const KEEP_VERBS = ['get', 'list', 'watch', 'patch'];

/**
 * What the webhooks' account may do in the member: read its facts, keep caBundle of its own configurations and of the
 * definitions that it converts, keep its certificates and its Lease.
 */
export function webhooksAccess(namespace: string, convertedCrds: readonly string[]): readonly Manifest[] {
  const account = { namespace, name: WEBHOOKS_NAME };
  const clusterWide: readonly NamedRule[] = [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingwebhookconfigurations'],
      resourceNames: [SAFETY_CONFIGURATION, ADVICE_CONFIGURATION],
      verbs: KEEP_VERBS,
    },
    ...(convertedCrds.length === 0
      ? []
      : [
          {
            apiGroups: ['apiextensions.k8s.io'],
            resources: ['customresourcedefinitions'],
            resourceNames: convertedCrds,
            verbs: KEEP_VERBS,
          },
        ]),
  ];
  const inNamespace: readonly NamedRule[] = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: [certificatesName(WEBHOOKS_NAME)],
      verbs: ['get', 'list', 'watch', 'update', 'patch'],
    },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [WEBHOOKS_NAME],
      verbs: ['get', 'update', 'patch'],
    },
  ];
  const role = { apiVersion: `${RBAC}/v1`, name: WEBHOOKS_NAME, namespace };
  return [
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name: WEBHOOKS_NAME, namespace }, {}),
    clusterRole(WEBHOOKS_NAME, [...memberReadRules(), ...clusterWide], {}),
    bindClusterRole(WEBHOOKS_NAME, account),
    manifest({ ...role, kind: 'Role' }, { rules: inNamespace.map(asJson) }),
    manifest(
      { ...role, kind: 'RoleBinding' },
      {
        roleRef: { apiGroup: RBAC, kind: 'Role', name: WEBHOOKS_NAME },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
    ),
  ];
}

/** Where a member asks the hub by url: the account that the hub reads it with keeps caBundle of the two configurations. */
export function hubBundlesAccess(namespace: string): readonly Manifest[] {
  const type = 'ValidatingWebhookConfiguration';
  const targets = [SAFETY_CONFIGURATION, ADVICE_CONFIGURATION].map((name) => ({ type, name }) as const);
  return [
    clusterRole(MEMBER_BUNDLES_NAME, caBundleRules(targets), {}),
    bindClusterRole(MEMBER_BUNDLES_NAME, { name: MEMBER_NAME, namespace }),
  ];
}

/**
 * The member's account on the hub: it reads the rows of every cluster, and may ask for the join of its own. It is made per
 * member, so that one credential can be taken back.
 */
export function hubAccount(namespace: string, member: string, apiGroups: ApiGroups): readonly Manifest[] {
  const name = hubAccountName(member);
  const reads = ['list', 'watch'];
  const rules: readonly NamedRule[] = [
    {
      apiGroups: [apiGroups.multicluster],
      resources: ['serviceexports', 'clusterprofiles'],
      verbs: reads,
    },
    { apiGroups: [apiGroups.about], resources: ['clusterproperties'], verbs: reads },
    {
      apiGroups: [apiGroups.about],
      resources: ['clusterproperties/join'],
      resourceNames: [`${member}.clusterset.k8s.io`, `${member}.cluster.clusterset.k8s.io`],
      verbs: ['create'],
    },
  ];
  return [
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name, namespace }, {}),
    clusterRole(name, rules, {}),
    bindClusterRole(name, { name, namespace }),
  ];
}

function asJson(rule: NamedRule): JsonObject {
  return { ...rule };
}
