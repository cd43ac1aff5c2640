import { parseClusterId } from '../../kube/cluster-id.ts';
import { textAt } from '../../kube/object.ts';
import type { InstallOptions, PreflightOptions, UninstallOptions } from '../program/install.ts';
import { readShownMembers } from '../members/profiles.ts';
import { manifestText } from './apply.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { expiry, makeKubeconfig } from './kubeconfig.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { freshCrds, planCrdRemoval } from './member-crds.ts';
import { HUB_CREDENTIAL_KEY, WEBHOOKS_NAME } from './names.ts';
import { readGivenRules } from './operator-rules.ts';
import { RefusedError } from './refused-error.ts';
import { clusterFindings } from './registration-look.ts';
import { removeInstalled, removeObjects } from './remove.ts';
import type { InstallDeps, Target } from './target.ts';
import { openNamedHub, openTarget, refuseUnwritable, report } from './target.ts';
import { applyWebhooks } from './webhooks-application.ts';
import type { HubPart } from './webhooks-hub.ts';
import { askedHub, credentialSecret, hubAccountManifests } from './webhooks-hub.ts';
import type { WebhooksPlan } from './webhooks-plan.ts';
import { everyWebhooksManifest, planWebhooks } from './webhooks-plan.ts';
import { installedPolicies, policyManifests } from './webhooks-policies.ts';
import { V1ALPHA2_COST } from './webhooks-preflight.ts';
import { lookAtMember } from './webhooks-look.ts';
import { serverObjects } from './webhooks-removal.ts';
import { webhooksArguments } from './webhooks-workload.ts';

type Named<T> = T & { readonly member: string };

/** `install --member NAME --webhooks`: looks first, then applies in the order that keeps the member usable. */
export async function installWebhooks(deps: InstallDeps, options: Named<InstallOptions>): Promise<void> {
  const name = parseClusterId(options.member);
  if (!name.ok) throw new RefusedError(name.error);
  const hub = options.webhooksUrl === undefined ? undefined : await askedHub(deps, options);
  const operatorRules = await readGivenRules(options.rules);
  const plan = planWebhooks({ ...options, operatorRules }, hub);
  if (options.output === 'yaml') {
    const manifests = [...plan.serving, ...freshCrds(plan.crds), ...policyManifests(options), ...plan.asking];
    deps.say(manifestText(manifests));
    return;
  }
  const target = await openTarget(deps, options);
  if (options.externalAddress !== undefined) await refuseUnwritable(deps, kubeconfigFile(options));
  const { findings, crds } = await lookAtMember(deps, target.client, { options, plan });
  report(deps, [...findings, ...(await hubFindings(deps, target.client, options))]);
  await applyWebhooks(deps, target.client, {
    ...{ options, plan, crds },
    announce: async () => {
      if (options.externalAddress !== undefined) await announce(deps, target, { options, plan });
    },
  });
  if (plan.way.type === 'url' && plan.way.hub === undefined) deps.say(UNKNOWN_HUB);
  if (options.withV1alpha2) deps.say(`v1alpha2 is served: ${V1ALPHA2_COST}.`);
}

const UNKNOWN_HUB =
  'Without --hub-kubeconfig nobody keeps the caBundle of the webhook configurations: put the CA of the hub there yourself.';

/** Whether this cluster is known to the hub under another name, or another cluster under this one. */
async function hubFindings(
  deps: InstallDeps,
  member: ClusterClient,
  options: Named<InstallOptions>,
): Promise<readonly Finding[]> {
  if (options.hubKubeconfig === undefined) return [];
  const { client: hub } = await openNamedHub(deps, options);
  const { namespace, member: name } = options;
  return clusterFindings({ name, member, hub, namespace }, await readShownMembers(hub, namespace));
}

function kubeconfigFile({ writeKubeconfig, member }: Named<Pick<InstallOptions, 'writeKubeconfig'>>): string {
  return writeKubeconfig ?? `clusterset-webhooks-${member}.kubeconfig`;
}

async function announce(
  deps: InstallDeps,
  target: Target,
  { options, plan }: { readonly options: Named<InstallOptions>; readonly plan: WebhooksPlan },
): Promise<void> {
  const account = { namespace: options.namespace, name: WEBHOOKS_NAME };
  const made = await makeKubeconfig({ ...target, account, name: options.member });
  const file = kubeconfigFile(options);
  await deps.writeFile(file, made.text);
  const secret = await target.client.get(objectPath(credentialSecret(options.namespace, undefined)));
  const credential = textAt(secret, 'data', HUB_CREDENTIAL_KEY);
  const hubFile = credential === undefined ? undefined : file.replace(/(\.kubeconfig)?$/, '-hub.kubeconfig');
  if (hubFile !== undefined) await deps.writeFile(hubFile, Buffer.from(credential ?? '', 'base64').toString('utf8'));
  const port = plan.way.type === 'service' ? plan.way.port : 0;
  const words = webhooksArguments(options, { port, hubKubeconfig: hubFile, rulesFile: options.rules });
  deps.say(
    [
      '',
      `The kubeconfig of the webhooks for this cluster is in ${file}${expiry(made)}.`,
      ...(hubFile === undefined ? [] : [`That for the hub is in ${hubFile}.`]),
      'Start them on that host with:',
      `  clusterset-apiserver ${[...words, `--kubeconfig=${file}`].join(' ')}`,
    ].join('\n'),
  );
}

/** `preflight --member NAME --webhooks`: changes nothing. */
export async function lookAtWebhooks(deps: InstallDeps, options: Named<PreflightOptions>): Promise<void> {
  const { client } = await openTarget(deps, options);
  const operatorRules = await readGivenRules(options.rules);
  const plan = planWebhooks({ ...ANYHOW, ...options, operatorRules }, undefined);
  const { findings } = await lookAtMember(deps, client, { options: { ...ANYHOW, ...options }, plan });
  report(deps, findings);
}

/** What a look does not depend on. */
const ANYHOW = {
  image: '',
  failurePolicy: 'Fail',
  externalAddress: undefined,
  webhooksUrl: undefined,
  administrators: [],
} as const;

/**
 * `uninstall --member NAME --webhooks`: refuses before it changes anything; then what asks goes before what answers.
 * Definitions and objects stay.
 */
export async function uninstallWebhooks(deps: InstallDeps, options: Named<UninstallOptions>): Promise<void> {
  const { client } = await openTarget(deps, options);
  const { namespace, dryRun } = options;
  const crds = await planCrdRemoval(client, options.deleteCrds);
  if (crds.findings.length > 0) report(deps, crds.findings);
  const every = everyWebhooksManifest(namespace);
  const asking = every.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration');
  const others = every.filter(({ kind }) => kind !== 'ValidatingWebhookConfiguration');
  const isNamespace = ({ kind }: Manifest): boolean => kind === 'Namespace';
  await removeInstalled(deps, client, { manifests: [...(await installedPolicies(client)), ...asking], dryRun });
  for (const { path, name, patch } of crds.restored) {
    await client.merge(path, patch, dryRun);
    deps.say(`CustomResourceDefinition ${name} converts by itself again${dryRun ? ' (dry run)' : ''}`);
  }
  await removeInstalled(deps, client, { manifests: others.filter((one) => !isNamespace(one)), dryRun });
  await removeObjects(deps, client, { objects: serverObjects(namespace), dryRun });
  await removeInstalled(deps, client, { manifests: crds.deleted, dryRun });
  await removeInstalled(deps, client, { manifests: others.filter(isNamespace), dryRun, before: others });
  if (options.hubKubeconfig !== undefined) await closeHubAccount(deps, options);
}

async function closeHubAccount(deps: InstallDeps, part: HubPart): Promise<void> {
  const hub = await openNamedHub(deps, part);
  await removeInstalled(deps, hub.client, { manifests: hubAccountManifests(part), dryRun: part.dryRun });
}
