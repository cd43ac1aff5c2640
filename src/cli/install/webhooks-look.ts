import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { Right } from './access-check.ts';
import { certManagerFindings, secretName } from './certificate-issuer.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import type { Manifest } from './manifest.ts';
import type { CrdPlan } from './member-crds.ts';
import { freshCrds, planCrds } from './member-crds.ts';
import { certificatesName, WEBHOOKS_NAME } from './names.ts';
import { rightsFinding } from './needed-rights.ts';
import { rulesFindings } from './operator-rules.ts';
import type { InstallDeps } from './target.ts';
import type { ListedControllers } from './unlisted-writers.ts';
import { askedWrites } from './webhook-manifests.ts';
import { credentialSecret } from './webhooks-hub.ts';
import type { HubQuestion } from './webhooks-hub-look.ts';
import { hubFinding } from './webhooks-hub-look.ts';
import type { WebhooksOptions, WebhooksPlan } from './webhooks-plan.ts';
import { everyWebhooksManifest } from './webhooks-plan.ts';
import { policyManifests } from './webhooks-policies.ts';
import { preflightWebhooks, takesPolicies } from './webhooks-preflight.ts';
import { removalFinding } from './webhooks-removal.ts';

/** What was found in a member, and what becomes of its definitions. */
export interface MemberLook {
  readonly findings: readonly Finding[];
  readonly crds: readonly CrdPlan[];
}

type LookOptions = WebhooksOptions & ListedControllers & HubQuestion;

/** Looks whether the plan would work; changes nothing. */
export async function lookAtMember(
  deps: InstallDeps,
  client: ClusterClient,
  { options, plan }: { readonly options: LookOptions; readonly plan: WebhooksPlan },
): Promise<MemberLook> {
  const applied = await appliedManifests(client, options, plan);
  const rights = await rightsFinding(client, {
    manifests: applied,
    leftovers: everyWebhooksManifest(options.namespace),
    beside: lookRights(options),
  });
  // Without them the rest could not even be read.
  if (rights.level === 'refused') return { findings: [rights], crds: [] };
  const crds = await planCrds(client, plan.crds);
  const findings = [
    ...(await preflightWebhooks(client, options)),
    rights,
    await removalFinding(client, { namespace: options.namespace, applied, asking: plan.asking }),
    ...(plan.way.type === 'url' ? [] : [await hubFinding(deps, client, options)]),
    ...(await certManagerFindings(client, options)),
    ...rulesFindings(plan.operatorRules, askedWrites(plan.asking)),
    ...crds.map(({ finding }) => finding),
  ];
  return { findings, crds };
}

/** All that may be applied: of definitions those that would be made where there are none. */
async function appliedManifests(
  client: ClusterClient,
  options: LookOptions,
  { serving, crds, asking, way }: WebhooksPlan,
): Promise<readonly Manifest[]> {
  const policies = (await takesPolicies(client)) ? policyManifests(options) : [];
  const secrets = way.type === 'url' ? [] : [credentialSecret(options.namespace, undefined)];
  return [...serving, ...secrets, ...freshCrds(crds), ...policies, ...asking];
}

/** What installing asks for beside what it applies. */
function lookRights(options: LookOptions): readonly Right[] {
  const { namespace, controllers, externalAddress, withV1alpha2, certManagerIssuer } = options;
  const admission = 'admissionregistration.k8s.io';
  // Policies that an earlier run made.
  const listed: Omit<Right, 'verb'>[] = [
    { group: admission, resource: 'validatingadmissionpolicies' },
    { group: admission, resource: 'validatingadmissionpolicybindings' },
  ];
  // Who wrote what is left to the controllers.
  const written = [
    { group: MULTICLUSTER_GROUP, resource: 'serviceexports' },
    { group: MULTICLUSTER_GROUP, resource: 'serviceimports' },
    { group: 'discovery.k8s.io', resource: 'endpointslices' },
  ];
  const secret = certManagerIssuer === undefined ? certificatesName(WEBHOOKS_NAME) : secretName(WEBHOOKS_NAME);
  return [
    ...[...listed, ...(controllers.length > 0 ? written : [])].map((place) => ({ verb: 'list', ...place })),
    ...(externalAddress === undefined ? [] : [tokenRight(namespace)]),
    ...(withV1alpha2
      ? [
          { verb: 'get', group: '', resource: 'secrets', namespace, names: [secret] },
          { verb: 'create', group: MULTICLUSTER_GROUP, resource: 'serviceimports', namespace },
        ]
      : []),
  ];
}

function tokenRight(namespace: string): Right {
  return {
    ...{ verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace },
    names: [WEBHOOKS_NAME],
  };
}
