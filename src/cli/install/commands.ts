import { parseClusterId } from '../../kube/cluster-id.ts';
import { stringify } from 'yaml';
import type { ApiGroups } from '../../resources/index.ts';
import { definitions } from '../../resources/index.ts';
import type { InstallOptions, PreflightOptions, UninstallOptions } from '../program/install.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { formatFindings, isRefused } from './finding.ts';
import { hubManifests, servedVersions } from './hub-manifests.ts';
import type { ExternalAddress, HubOptions } from './hub-manifests.ts';
import { preflightHub } from './hub-preflight.ts';
import type { MadeKubeconfig } from './kubeconfig.ts';
import { makeKubeconfig } from './kubeconfig.ts';
import type { Manifest } from './manifest.ts';
import { describeObject, objectPath } from './manifest.ts';
import { memberManifests, memberManifestsToRemove } from './member-manifests.ts';
import { preflightMember } from './member-preflight.ts';
import { FIELD_MANAGER, MEMBER_NAME, MEMBER_SECRET_LABEL, NAME } from './names.ts';
import { RefusedError } from './refused-error.ts';
import { installedApiServices, removeInstalled, removeServerObjects } from './remove.ts';

/** A cluster to work on, and what of its kubeconfig goes into the ones we make. */
export interface Target {
  readonly client: ClusterClient;
  /** Address with path prefix, as kubeconfigs carry it. */
  readonly server: string;
  readonly ca: string | undefined;
  readonly tlsServerName: string | undefined;
}

export interface InstallDeps {
  readonly open: (kubeconfig: string, context: string | undefined) => Promise<Target>;
  readonly writeFile: (file: string, text: string) => Promise<void>;
  readonly say: (line: string) => void;
}

export async function preflight(deps: InstallDeps, options: PreflightOptions): Promise<void> {
  const { client } = await openTarget(deps, options);
  const findings = options.member === undefined ? await lookAtHub(client, options) : await preflightMember(client);
  report(deps, findings);
}

function openTarget(
  deps: InstallDeps,
  options: { readonly kubeconfig: string | undefined; readonly context: string | undefined },
): Promise<Target> {
  if (options.kubeconfig === undefined) throw new RefusedError('--kubeconfig FILE is needed');
  return deps.open(options.kubeconfig, options.context);
}

export async function install(deps: InstallDeps, options: InstallOptions): Promise<void> {
  if (options.member !== undefined) return installMember(deps, options, options.member);
  const hub = hubOptions(options);
  const manifests = hubManifests(hub);
  if (options.output === 'yaml') {
    deps.say(manifestText(manifests));
    return;
  }
  const target = await openTarget(deps, options);
  report(deps, await lookAtHub(target.client, options));
  await applyAll(deps, target.client, { manifests, dryRun: options.dryRun });
  await removeLeftovers(deps, target.client, { options, manifests });
  if (hub.external !== undefined && !options.dryRun) await announceExternal(deps, target, options);
}

export async function uninstall(deps: InstallDeps, options: UninstallOptions): Promise<void> {
  const { client } = await openTarget(deps, options);
  const { namespace, dryRun } = options;
  if (options.member !== undefined) {
    await unregister(deps, options, options.member);
    await removeInstalled(deps, client, { manifests: memberManifests(namespace, ALL_RIGHTS), dryRun });
    return;
  }
  const manifests = [...everyHubManifest(options), ...(await installedApiServices(client, namespace))];
  const [namespaces, others] = [manifests.filter(isNamespace), manifests.filter((one) => !isNamespace(one))];
  await removeInstalled(deps, client, { manifests: others, dryRun });
  // Only now: a server that still had its rights would write them again.
  await removeServerObjects(deps, client, { namespace, dryRun });
  await removeInstalled(deps, client, { manifests: namespaces, dryRun });
}

const ALL_RIGHTS = { write: true, impersonate: true, publish: true };

/** What any way of installing makes. */
function everyHubManifest(options: Pick<InstallOptions, 'namespace' | 'apiGroup'>): readonly Manifest[] {
  const every = { ...options, aggregate: 'all', image: '' } as const;
  return [undefined, '192.0.2.1:1'].flatMap((externalAddress) =>
    hubManifests(hubOptions({ ...every, externalAddress })),
  );
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

/** Several documents in one text, as kubectl reads them. */
export function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map((object) => stringify(object)).join('---\n');
}

async function lookAtHub(
  client: ClusterClient,
  options: { readonly namespace: string; readonly apiGroup: string },
): Promise<readonly Finding[]> {
  return preflightHub(client, {
    namespace: options.namespace,
    versions: servedVersions(definitions, apiGroups(options.apiGroup)),
  });
}

function report(deps: InstallDeps, findings: readonly Finding[]): void {
  deps.say(formatFindings(findings));
  if (isRefused(findings)) throw new RefusedError('preflight found what must be solved first; nothing was changed');
}

function apiGroups(multicluster: string): ApiGroups {
  return { multicluster, about: 'about.k8s.io' };
}

function hubOptions(
  options: Pick<InstallOptions, 'namespace' | 'apiGroup' | 'aggregate' | 'image' | 'externalAddress'>,
): HubOptions {
  return {
    namespace: options.namespace,
    apiGroups: apiGroups(options.apiGroup),
    definitions,
    aggregate: options.aggregate,
    image: options.image,
    external: options.externalAddress === undefined ? undefined : parseAddress(options.externalAddress),
  };
}

/** `host:port`, `[v6]:port`. */
function parseAddress(text: string): ExternalAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) {
    throw new RefusedError(`--external-address must be HOST:PORT, got "${text}"`);
  }
  return { host, port };
}

interface ApplyPlan {
  readonly manifests: readonly Manifest[];
  readonly dryRun: boolean;
}

async function applyAll(deps: InstallDeps, client: ClusterClient, { manifests, dryRun }: ApplyPlan): Promise<void> {
  // A dry run on a cluster without our namespace could not even ask for what lies in it.
  const namespace = manifests.find(({ kind }) => kind === 'Namespace');
  const present = namespace !== undefined && (await client.get(`/api/v1/namespaces/${namespace.metadata.name}`));
  for (const object of manifests) {
    const unasked = dryRun && present === undefined && object.metadata.namespace === namespace?.metadata.name;
    const change = unasked ? 'created' : (await client.apply(object, dryRun)).change;
    deps.say(`${describeObject(object)} ${change}${dryRun ? ' (dry run)' : ''}`);
  }
}

async function announceExternal(deps: InstallDeps, target: Target, options: InstallOptions): Promise<void> {
  const account = { namespace: options.namespace, name: NAME };
  const made = await makeKubeconfig({ ...target, account, name: 'hub' });
  const file = options.writeKubeconfig ?? 'clusterset-hub.kubeconfig';
  await deps.writeFile(file, made.text);
  const port = parseAddress(options.externalAddress ?? '').port;
  deps.say(
    [
      '',
      `The kubeconfig for the server is in ${file}${expiry(made)}.`,
      'Start the server on that host with:',
      `  clusterset-apiserver serve --kubeconfig ${file} --namespace ${options.namespace} --api-group ${options.apiGroup} --secure-port ${port}`,
    ].join('\n'),
  );
}

function expiry({ expires }: MadeKubeconfig): string {
  return expires === undefined ? '' : `; its token ends at ${expires}, running install again makes a new one`;
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
  const target = await openTarget(deps, options);
  const { dryRun } = options;
  await applyAll(deps, target.client, { manifests, dryRun });
  await removeInstalled(deps, target.client, {
    manifests: memberManifestsToRemove(options.namespace, rights),
    dryRun,
  });
  if (dryRun) return;
  const account = { namespace: options.namespace, name: MEMBER_NAME };
  const made = await makeKubeconfig({ ...target, account, name: member });
  if (options.hubKubeconfig !== undefined) await register(deps, options, { member, kubeconfig: made });
  else if (options.writeKubeconfig !== undefined) {
    await deps.writeFile(options.writeKubeconfig, made.text);
    deps.say(`The kubeconfig of member ${member} is in ${options.writeKubeconfig}${expiry(made)}.`);
  } else deps.say(made.text);
}

/** Stores the member's kubeconfig as a registration Secret; the running server picks it up by itself. */
async function register(
  deps: InstallDeps,
  options: InstallOptions,
  { member, kubeconfig }: { readonly member: string; readonly kubeconfig: MadeKubeconfig },
): Promise<void> {
  const hub = await openTarget(deps, { kubeconfig: options.hubKubeconfig, context: undefined });
  const secret: Manifest = {
    ...registration(options.namespace, member),
    type: 'Opaque',
    data: { kubeconfig: Buffer.from(kubeconfig.text).toString('base64') },
  };
  const { change } = await hub.client.apply(secret, false);
  deps.say(`${describeObject(secret)} ${change} on ${hub.client.server}${expiry(kubeconfig)}.`);
}

/** Takes the registration away first, so that the server does not see its rights go. */
async function unregister(deps: InstallDeps, options: UninstallOptions, member: string): Promise<void> {
  if (options.hubKubeconfig === undefined) return;
  const hub = await openTarget(deps, { kubeconfig: options.hubKubeconfig, context: undefined });
  const manifests = [registration(options.namespace, member)];
  await removeInstalled(deps, hub.client, { manifests, dryRun: options.dryRun });
}

function registration(namespace: string, member: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: member,
      namespace,
      labels: { [MEMBER_SECRET_LABEL]: 'true', 'app.kubernetes.io/managed-by': FIELD_MANAGER },
    },
  };
}
