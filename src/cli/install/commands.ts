import { profileChange } from '../members/registration-profile.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { ApiGroups } from '../../resources/index.ts';
import { ADMISSION_SUBJECTS, definitions } from '../../resources/index.ts';
import type { InstallOptions, PreflightOptions, UninstallOptions } from '../program/install.ts';
import { applyAll, manifestText } from './apply.ts';
import { certManagerFindings, issuerOf } from './certificate-issuer.ts';
import type { CertManagerWords } from './certificate-issuer.ts';
import type { ClusterClient } from './cluster-client.ts';
import { parseAddress } from './external-address.ts';
import type { Finding } from './finding.ts';
import { hubManifests, servedVersions } from './hub-manifests.ts';
import type { HubOptions } from './hub-manifests.ts';
import { preflightHub } from './hub-preflight.ts';
import { expiry, makeKubeconfig } from './kubeconfig.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { memberManifests, memberManifestsToRemove } from './member-manifests.ts';
import { preflightMember } from './member-preflight.ts';
import { lookAtRegistration, refuseProfile, register, unregister } from './member-registration.ts';
import { refuseMisplacedInInstall, refuseMisplacedInPreflight, refuseMisplacedInUninstall } from './misplaced-words.ts';
import { MEMBER_NAME, NAME } from './names.ts';
import type { AskedWrites } from './operator-rules.ts';
import { ANY_RULES, readGivenRules, rulesArguments, rulesFindings } from './operator-rules.ts';
import { RefusedError } from './refused-error.ts';
import { installedApiServices, removeInstalled, removeServerObjects } from './remove.ts';
import type { InstallDeps, Target } from './target.ts';
import { openTarget, refuseUnwritable, report } from './target.ts';
import { installWebhooks, lookAtWebhooks, uninstallWebhooks } from './webhooks-commands.ts';
import { everyHubAccount } from './webhooks-hub.ts';

export async function preflight(deps: InstallDeps, options: PreflightOptions): Promise<void> {
  refuseMisplacedInPreflight(options);
  if (options.webhooks) return lookAtWebhooks(deps, withMember(options));
  if (options.member !== undefined) refuseServing(options);
  const { client } = await openTarget(deps, options);
  if (options.member !== undefined) {
    report(deps, await preflightMember(client));
    return;
  }
  const operatorRules = await readGivenRules(options.rules);
  const rules = rulesFindings(operatorRules, JUDGED_WRITES);
  const manifests = hubManifests({ ...hubOptions({ ...ANYHOW, ...options }), operatorRules });
  report(deps, [...(await lookAtHub(client, options, manifests)), ...rules]);
}

/** What a look does not depend on. */
const ANYHOW = { aggregate: 'view', image: '', externalAddress: undefined } as const;

/** A hub judges the rows that are written through it, and whatever members ask it about. */
const JUDGED_WRITES: readonly AskedWrites[] = ADMISSION_SUBJECTS.flatMap(({ group, resource }) =>
  [resource, `${resource}/status`].map((name) => ({
    ...{ group, resource: name, operations: ['CREATE', 'UPDATE', 'DELETE'] },
  })),
);

/** Webhooks are a matter of one member. */
function withMember<T extends { readonly member: string | undefined }>(options: T): T & { readonly member: string } {
  if (options.member === undefined) throw new RefusedError('--webhooks needs --member NAME');
  return { ...options, member: options.member };
}

/** The account that the hub reads a member with serves nothing. */
function refuseServing({ certManagerIssuer, rules }: Pick<InstallOptions, 'certManagerIssuer' | 'rules'>): void {
  const word = certManagerIssuer === undefined ? '--rules' : '--cert-manager-issuer';
  if (certManagerIssuer !== undefined || rules !== undefined) {
    throw new RefusedError(`${word} with --member needs --webhooks`);
  }
}

export async function install(deps: InstallDeps, options: InstallOptions): Promise<void> {
  refuseMisplacedInInstall(options);
  refuseProfile(options);
  if (options.webhooks) return installWebhooks(deps, withMember(options));
  if (options.member !== undefined) refuseServing(options);
  if (options.member !== undefined) return installMember(deps, options, options.member);
  const operatorRules = await readGivenRules(options.rules);
  const hub = { ...hubOptions(options), operatorRules };
  const manifests = hubManifests(hub);
  if (options.output === 'yaml') {
    deps.say(manifestText(manifests));
    return;
  }
  const target = await openTarget(deps, options);
  if (hub.external !== undefined) await refuseUnwritable(deps, hubKubeconfigFile(options));
  const looked = await lookAtHub(target.client, options, manifests);
  report(deps, [...looked, ...rulesFindings(operatorRules, JUDGED_WRITES)]);
  await applyAll(deps, target.client, { manifests, dryRun: options.dryRun });
  await removeLeftovers(deps, target.client, { options, manifests });
  if (hub.external !== undefined && !options.dryRun) await announceExternal(deps, target, options);
}

export async function uninstall(deps: InstallDeps, options: UninstallOptions): Promise<void> {
  refuseMisplacedInUninstall(options);
  if (options.webhooks) return uninstallWebhooks(deps, withMember(options));
  const { client } = await openTarget(deps, options);
  const { namespace, dryRun } = options;
  if (options.member !== undefined) {
    // First, so that the server does not see its rights go.
    await unregister(deps, options, options.member);
    await removeInstalled(deps, client, { manifests: memberManifests(namespace, ALL_RIGHTS), dryRun });
    return;
  }
  const manifests = [
    ...everyHubManifest(options),
    ...(await everyHubAccount(client, namespace)),
    ...(await installedApiServices(client, namespace)),
  ];
  const [namespaces, others] = [manifests.filter(isNamespace), manifests.filter((one) => !isNamespace(one))];
  await removeInstalled(deps, client, { manifests: others, dryRun });
  // Only now: a server that still had its rights would write them again.
  await removeServerObjects(deps, client, { namespace, dryRun });
  await removeInstalled(deps, client, { manifests: namespaces, dryRun, before: others });
}

const ALL_RIGHTS = { write: true, impersonate: true, publish: true };

/** What any way of installing makes. */
function everyHubManifest(
  options: Pick<InstallOptions, 'namespace' | 'apiGroup' | 'aboutApiGroup'>,
): readonly Manifest[] {
  const every = { ...options, aggregate: 'all', image: '', certManagerIssuerKind: 'Issuer' } as const;
  const ways = [
    { externalAddress: undefined, certManagerIssuer: 'any' },
    { externalAddress: '192.0.2.1:1', certManagerIssuer: undefined },
  ];
  return ways.flatMap((way) => hubManifests({ ...hubOptions({ ...every, ...way }), operatorRules: ANY_RULES }));
}

function isNamespace({ kind }: Manifest): boolean {
  return kind === 'Namespace';
}

/** What an earlier run made and this one does not: the other way of serving, another group, roles not asked for. */
async function removeLeftovers(
  deps: InstallDeps,
  client: ClusterClient,
  { options, manifests }: { readonly options: InstallOptions; readonly manifests: readonly Manifest[] },
): Promise<void> {
  const kept = new Set(manifests.map(objectPath));
  const known = [...everyHubManifest(options), ...(await installedApiServices(client, options.namespace))];
  const leftovers = known.filter((object) => !kept.has(objectPath(object)));
  await removeInstalled(deps, client, { manifests: leftovers, dryRun: options.dryRun });
}

async function lookAtHub(
  client: ClusterClient,
  options: Pick<PreflightOptions, 'namespace' | 'apiGroup' | 'aboutApiGroup' | 'certManagerIssuer'>,
  manifests: readonly Manifest[],
): Promise<readonly Finding[]> {
  const versions = servedVersions(definitions, apiGroups(options));
  return [
    ...(await preflightHub(client, {
      ...{ namespace: options.namespace, versions, manifests },
      leftovers: everyHubManifest(options),
    })),
    ...(await certManagerFindings(client, options)),
  ];
}

function apiGroups(options: Pick<PreflightOptions, 'apiGroup' | 'aboutApiGroup'>): ApiGroups {
  return { multicluster: options.apiGroup, about: options.aboutApiGroup };
}

function hubOptions(
  options: Pick<
    InstallOptions,
    'namespace' | 'apiGroup' | 'aboutApiGroup' | 'aggregate' | 'image' | 'externalAddress'
  > &
    CertManagerWords,
): HubOptions {
  return {
    namespace: options.namespace,
    apiGroups: apiGroups(options),
    definitions,
    aggregate: options.aggregate,
    image: options.image,
    external: options.externalAddress === undefined ? undefined : parseAddress(options.externalAddress),
    issuer: issuerOf(options, options.externalAddress === undefined ? undefined : '--external-address'),
  };
}

function hubKubeconfigFile({ writeKubeconfig }: Pick<InstallOptions, 'writeKubeconfig'>): string {
  return writeKubeconfig ?? 'clusterset-hub.kubeconfig';
}

async function announceExternal(deps: InstallDeps, target: Target, options: InstallOptions): Promise<void> {
  const account = { namespace: options.namespace, name: NAME };
  const made = await makeKubeconfig({ ...target, account, name: 'hub' });
  const file = hubKubeconfigFile(options);
  await deps.writeFile(file, made.text);
  const port = parseAddress(options.externalAddress ?? '').port;
  const rules = rulesArguments(options.rules)
    .map((word) => ` ${word}`)
    .join('');
  deps.say(
    [
      '',
      `The kubeconfig for the server is in ${file}${expiry(made)}.`,
      'Start the server on that host with:',
      `  clusterset-apiserver serve --kubeconfig ${file} --namespace ${options.namespace} --api-group ${options.apiGroup} --about-api-group ${options.aboutApiGroup} --secure-port ${port}${rules}`,
    ].join('\n'),
  );
}

async function installMember(deps: InstallDeps, options: InstallOptions, member: string): Promise<void> {
  const name = parseClusterId(member);
  if (!name.ok) throw new RefusedError(name.error);
  const rights = {
    write: options.withWriteRights,
    impersonate: options.withImpersonationRights,
    publish: options.withPublishRights,
  };
  const manifests = memberManifests(options.namespace, rights);
  if (options.output === 'yaml') {
    deps.say(manifestText(manifests));
    return;
  }
  const change = profileChange(options);
  const target = await openTarget(deps, options);
  await lookAtRegistration(deps, options, { name: member, member: target.client, change });
  await refuseUnwritable(deps, options.writeKubeconfig);
  const { dryRun } = options;
  await applyAll(deps, target.client, { manifests, dryRun });
  await removeInstalled(deps, target.client, {
    manifests: memberManifestsToRemove(options.namespace, rights),
    dryRun,
  });
  if (dryRun) return;
  if (options.hubKubeconfig === undefined && options.writeKubeconfig === undefined) {
    deps.say(NO_KUBECONFIG);
    return;
  }
  const account = { namespace: options.namespace, name: MEMBER_NAME };
  const made = await makeKubeconfig({ ...target, account, name: member });
  if (options.writeKubeconfig !== undefined) {
    await deps.writeFile(options.writeKubeconfig, made.text);
    deps.say(`The kubeconfig of member ${member} is in ${options.writeKubeconfig}${expiry(made)}.`);
  }
  if (options.hubKubeconfig !== undefined) await register(deps, options, { member, kubeconfig: made, change });
}

const NO_KUBECONFIG =
  'The account is there, and nobody uses it yet: with --hub-kubeconfig FILE the member is registered, with --write-kubeconfig FILE its kubeconfig is written.';
