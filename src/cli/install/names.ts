import { DOMAIN } from '../../kube/domain.ts';

/** Every name that installation uses, once. */
export const NAME = 'clusterset-apiserver';
export const FIELD_MANAGER = 'clusterset-apiserver-install';
export const MEMBER_NAME = 'clusterset-apiserver-reader';
export const MEMBER_WRITER_NAME = 'clusterset-apiserver-writer';
export const MEMBER_IMPERSONATOR_NAME = 'clusterset-apiserver-impersonator';
export const MEMBER_PUBLISHER_NAME = 'clusterset-apiserver-publisher';
/** What else the same account may do where the member asks the hub by url. */
export const MEMBER_BUNDLES_NAME = 'clusterset-apiserver-ca-bundles';
export const MEMBER_SECRET_LABEL = 'sigs.k8s.io/multicluster-runtime-kubeconfig';
/** What the server makes itself in our namespace, beside its Lease (of its own name). */
export const RECORD_LABEL = `${DOMAIN}/record`;
export const certificatesName = (serviceName: string): string => `${serviceName}-certificates`;
/** The ConfigMap with the operator's own admission rules, and the key of the rules file in it. */
export const rulesName = (serviceName: string): string => `${serviceName}-rules`;
export const RULES_KEY = 'rules.yaml';
export const COEXISTENCE_GROUP = `multicluster.${DOMAIN}`;
export const ABOUT_COEXISTENCE_GROUP = `about.${DOMAIN}`;
/** Groups that are served beside the upstream ones of the same hub. */
export function isCoexistence(group: string): boolean {
  return group === COEXISTENCE_GROUP || group === ABOUT_COEXISTENCE_GROUP;
}

export const SECURE_PORT = 6443;

/** Names of what admission and conversion webhooks need in a member. */
export const WEBHOOKS_NAME = 'clusterset-webhooks';
export const WEBHOOKS_PORT = 8443;
export const SAFETY_CONFIGURATION = 'clusterset-safety';
export const ADVICE_CONFIGURATION = 'clusterset-advice';
/** Of the webhooks in them: one per resource, named `<resource>.<this>`. */
export const SAFETY_WEBHOOK = `safety.${DOMAIN}`;
export const ADVICE_WEBHOOK = `advice.${DOMAIN}`;
/** The Secret in a member with its credential on the hub, and the key in it. */
export const HUB_CREDENTIAL_SECRET = `${WEBHOOKS_NAME}-hub`;
export const HUB_CREDENTIAL_KEY = 'kubeconfig';
/** A member's account on the hub, and its roles there. */
export const hubAccountName = (member: string): string => `${WEBHOOKS_NAME}-${member}`;
export const WEBHOOKS_POD_LABELS = { 'app.kubernetes.io/name': WEBHOOKS_NAME } as const;

/** On everything that install makes; uninstall removes nothing without it. */
export const INSTALLED_LABELS = {
  'app.kubernetes.io/name': NAME,
  'app.kubernetes.io/managed-by': FIELD_MANAGER,
} as const;

/** What selects our pods. */
export const POD_LABELS = { 'app.kubernetes.io/name': NAME } as const;
