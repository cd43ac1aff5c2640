import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { Right } from './access-check.ts';
import { missingRights } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused, warning } from './finding.ts';
import type { ListedControllers } from './unlisted-writers.ts';
import { managersFinding } from './unlisted-writers.ts';

/** With matchConditions, which keep deletions and Kubernetes itself out of our way. */
const OLDEST_MINOR = 28;
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
    await rightsFinding(client, question),
    ...(question.withV1alpha2 ? [warning('v1alpha2', V1ALPHA2_COST)] : []),
  ];
}

/** What serving a version costs that kube-apiserver cannot convert by itself. */
export const V1ALPHA2_COST =
  'from now on every read of ServiceExports and ServiceImports in another version than v1beta1, also by CoreDNS and other ' +
  'readers of v1alpha1, asks the webhooks in this member and fails while none answers; so do deletions of namespaces that ' +
  'hold such objects. Without v1alpha2 nothing depends on them';

async function versionFinding(client: ClusterClient): Promise<Finding> {
  const version = await client.get('/version');
  const text = textAt(version, 'gitVersion') ?? 'unknown';
  const minor = Number(/^v?1\.(\d+)/.exec(text)?.[1]);
  return minor < OLDEST_MINOR
    ? refused('version', `${client.server} is ${text}: webhooks need Kubernetes 1.${OLDEST_MINOR} or newer`)
    : ok('version', `${client.server} is ${text}`);
}

async function policiesFinding(client: ClusterClient): Promise<Finding> {
  return (await servesPolicies(client))
    ? ok('policies', 'ValidatingAdmissionPolicy is served: some rules hold also while no webhook answers')
    : warning(
        'policies',
        'no ValidatingAdmissionPolicy v1 here (Kubernetes 1.30): no rule holds while no webhook answers',
      );
}

/** ValidatingAdmissionPolicy is served in v1 since Kubernetes 1.30. */
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

async function rightsFinding(client: ClusterClient, { namespace }: WebhooksQuestion): Promise<Finding> {
  const rbac = 'rbac.authorization.k8s.io';
  const rights: readonly Right[] = [
    { verb: 'create', group: '', resource: 'namespaces' },
    { verb: 'create', group: '', resource: 'serviceaccounts', namespace },
    { verb: 'create', group: '', resource: 'secrets', namespace },
    { verb: 'create', group: '', resource: 'configmaps', namespace },
    { verb: 'create', group: '', resource: 'services', namespace },
    { verb: 'create', group: 'apps', resource: 'deployments', namespace },
    { verb: 'create', group: rbac, resource: 'clusterroles' },
    { verb: 'create', group: rbac, resource: 'clusterrolebindings' },
    { verb: 'create', group: rbac, resource: 'roles', namespace },
    { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    { verb: 'patch', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    { verb: 'create', group: ADMISSION, resource: 'validatingwebhookconfigurations' },
    { verb: 'create', group: ADMISSION, resource: 'validatingadmissionpolicies' },
    { verb: 'create', group: ADMISSION, resource: 'validatingadmissionpolicybindings' },
  ];
  const missing = await missingRights(client, rights);
  return missing.length === 0
    ? ok('rights', 'everything that install applies is allowed')
    : refused('rights', `you may not ${missing.join(', ')}: use an administrator's kubeconfig`);
}
