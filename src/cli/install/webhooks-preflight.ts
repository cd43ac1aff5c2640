import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused, warning } from './finding.ts';
import type { ListedControllers } from './unlisted-writers.ts';
import { managersFinding } from './unlisted-writers.ts';

/**
 * matchConditions keep deletions and Kubernetes itself out of our way. They are GA in 1.30 (KEP-3716); before that they can be
 * switched off, and are then dropped without a word.
 */
const OLDEST_MINOR = 30;
/**
 * Our policies parse addresses (`isIP`, `ip`), which CEL in Kubernetes has since 1.30; an expression that is stored may only
 * use what the minor version before had, too (k8s.io/apiserver/pkg/cel/environment, DefaultCompatibilityVersion).
 * ValidatingAdmissionPolicy itself is GA in 1.30 (KEP-3488).
 */
export const POLICIES_MINOR = 31;
const ADMISSION = 'admissionregistration.k8s.io';

export interface WebhooksQuestion extends ListedControllers {
  readonly namespace: string;
  readonly withV1alpha2: boolean;
}

/** Whether webhooks can be installed in a member; what becomes of its definitions is told apart. */
export async function preflightWebhooks(
  client: ClusterClient,
  question: WebhooksQuestion,
): Promise<readonly Finding[]> {
  return [
    await versionFinding(client),
    await policiesFinding(client),
    await namespaceFinding(client, question.namespace),
    await managersFinding(client, question),
    ...(question.withV1alpha2 ? [warning('v1alpha2', V1ALPHA2_COST)] : []),
  ];
}

/** What serving a version costs that kube-apiserver cannot convert by itself. */
export const V1ALPHA2_COST =
  'from now on every read of ServiceExports and ServiceImports in another version than v1beta1, also by CoreDNS and other ' +
  'readers of v1alpha1, asks the webhooks in this member and fails while none answers; so do deletions of namespaces that ' +
  'hold such objects. Without v1alpha2 nothing depends on them';

async function versionFinding(client: ClusterClient): Promise<Finding> {
  const { text, minor } = await versionOf(client);
  return minor === undefined || minor >= OLDEST_MINOR
    ? ok('version', `${client.server} is ${text}`)
    : refused('version', `${client.server} is ${text}: webhooks need Kubernetes 1.${OLDEST_MINOR} or newer`);
}

async function versionOf(
  client: ClusterClient,
): Promise<{ readonly text: string; readonly minor: number | undefined }> {
  const text = textAt(await client.get('/version'), 'gitVersion') ?? 'unknown';
  const minor = /^v?1\.(\d+)/.exec(text)?.[1];
  return { text, minor: minor === undefined ? undefined : Number(minor) };
}

async function policiesFinding(client: ClusterClient): Promise<Finding> {
  return (await takesPolicies(client))
    ? ok('policies', 'ValidatingAdmissionPolicy is served: some rules hold also while no webhook answers')
    : warning(
        'policies',
        `no ValidatingAdmissionPolicy v1 of Kubernetes 1.${POLICIES_MINOR} here: no rule holds while no webhook answers`,
      );
}

/** Whether our policies can be applied. */
export async function takesPolicies(client: ClusterClient): Promise<boolean> {
  const { minor } = await versionOf(client);
  return (minor === undefined || minor >= POLICIES_MINOR) && (await servesPolicies(client));
}

export async function servesPolicies(client: ClusterClient): Promise<boolean> {
  const resources = (await client.get(`/apis/${ADMISSION}/v1`))?.['resources'];
  return (
    isJsonList(resources) && resources.some((one) => isJsonObject(one) && one['name'] === 'validatingadmissionpolicies')
  );
}

async function namespaceFinding(client: ClusterClient, name: string): Promise<Finding> {
  const found = await client.get(`/api/v1/namespaces/${name}`);
  return textAt(found, 'metadata', 'deletionTimestamp') === undefined
    ? ok('namespace', `${name} ${found === undefined ? 'will be created' : 'exists'}`)
    : refused('namespace', `${name} is still being deleted: try again when it is gone`);
}
