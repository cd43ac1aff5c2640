import type { InstallOptions } from '../program/install.ts';
import { applyAll } from './apply.ts';
import type { AwaitedState, Look } from './awaited-state.ts';
import { awaitState } from './awaited-state.ts';
import type { ClusterClient } from './cluster-client.ts';
import { confirmConversion, isConvertedByWebhook, withCaBundle } from './conversion-switch.ts';
import { knownCaBundle } from './conversion-trust.ts';
import { parseAddress } from './external-address.ts';
import type { Manifest } from './manifest.ts';
import { describeObject, objectPath } from './manifest.ts';
import type { CrdPlan } from './member-crds.ts';
import { CONVERTED_VERSION, isStoredIn, withoutWebhook } from './member-crds.ts';
import { WEBHOOKS_NAME } from './names.ts';
import { RefusedError } from './refused-error.ts';
import { removeInstalled } from './remove.ts';
import { rolloutOf } from './rollout.ts';
import { movesService } from './service-move.ts';
import type { InstallDeps } from './target.ts';
import { answerProblem } from './tls-answer.ts';
import { credentialSecret, openHubAccount, sayCredential } from './webhooks-hub.ts';
import type { WebhooksPlan } from './webhooks-plan.ts';
import { policyManifests } from './webhooks-policies.ts';
import { takesPolicies } from './webhooks-preflight.ts';
import { configurationsInTheWay, leftoversOf } from './webhooks-removal.ts';

/** What is about to be applied in a member. */
export interface WebhooksApplication {
  readonly options: InstallOptions & { readonly member: string };
  readonly plan: WebhooksPlan;
  readonly crds: readonly CrdPlan[];
  /** Says how to start the webhooks outside the cluster; nothing where there are pods. */
  readonly announce: () => Promise<void>;
}

/**
 * What answers first, then what asks. Where versions are converted by the webhooks, each step waits until the one before
 * works: with a webhook that does not answer, or is not trusted, nobody reads a stored object in another version.
 */
export async function applyWebhooks(
  deps: InstallDeps,
  client: ClusterClient,
  application: WebhooksApplication,
): Promise<void> {
  const { options, plan, crds } = application;
  const { dryRun } = options;
  const definitions = crds.flatMap(({ manifest }) => manifest ?? []);
  await leaveConversions(deps, client, { definitions, plan, dryRun });
  const serving = [...plan.serving, ...(await applyServing(deps, client, application))];
  const converted = definitions.filter(isConvertedByWebhook);
  const waits = converted.length > 0 && !dryRun;
  if (waits) await awaitAnswering(deps, client, application);
  const others = definitions.filter((crd) => !isConvertedByWebhook(crd));
  await applyAll(deps, client, { manifests: others, dryRun });
  const policies = (await takesPolicies(client)) ? policyManifests(options) : [];
  await removeInstalled(deps, client, { manifests: await configurationsInTheWay(client, plan.asking), dryRun });
  await applyAll(deps, client, { manifests: [...policies, ...plan.asking], dryRun });
  if (waits) await convert(deps, client, { options, converted });
  else await applyAll(deps, client, { manifests: converted, dryRun });
  await removeLeftovers(deps, client, { options, manifests: [...serving, ...policies, ...plan.asking] });
  if (!waits && !dryRun) await application.announce();
}

/** Applies what answers; the result is what of it the plan does not have. */
async function applyServing(
  deps: InstallDeps,
  client: ClusterClient,
  { options, plan }: WebhooksApplication,
): Promise<readonly Manifest[]> {
  const { dryRun, namespace } = options;
  const credential = plan.way.type === 'url' ? undefined : await openHubAccount(deps, options);
  const secrets = credential === undefined ? [] : [credentialSecret(namespace, credential)];
  await applyAll(deps, client, { manifests: [...plan.serving, ...secrets], dryRun });
  if (credential !== undefined) sayCredential(deps, credential);
  return secrets;
}

/** Pods of the present template; somebody who starts the webhooks elsewhere is told how, and waited for later. */
async function awaitAnswering(
  deps: InstallDeps,
  client: ClusterClient,
  { options, plan, announce }: WebhooksApplication,
): Promise<void> {
  const deployment = plan.serving.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) {
    await announce();
    return;
  }
  const path = objectPath(deployment);
  await reach(deps, {
    timeoutMs: options.waitTimeout * 1000,
    look: async () => rolloutOf(await client.get(path)),
    left: `Applied is what answers (account, Service, Deployment), and nothing that asks it. Look at the pods with kubectl get pods -n ${options.namespace}`,
  });
}

interface Conversion {
  readonly options: WebhooksApplication['options'];
  readonly converted: readonly Manifest[];
}

const LEFT = `Applied is all but ${CONVERTED_VERSION}`;

async function convert(deps: InstallDeps, client: ClusterClient, { options, converted }: Conversion): Promise<void> {
  const { namespace, certManagerIssuer, externalAddress } = options;
  const timeoutMs = options.waitTimeout * 1000;
  const trust = {
    namespace,
    hasPods: externalAddress === undefined,
    isCertManaged: certManagerIssuer !== undefined,
  };
  const look = (): Promise<Look<string>> => knownCaBundle(client, trust);
  const caBundle = await reach(deps, { timeoutMs, look, left: LEFT });
  if (externalAddress !== undefined) {
    await reach(deps, { timeoutMs, look: () => outsideLook(namespace, externalAddress, caBundle), left: LEFT });
  }
  const crds = converted.map((crd) => withCaBundle(crd, caBundle));
  await applyAll(deps, client, { manifests: crds, dryRun: false });
  const problem = await confirmConversion(deps, client, { crds, namespace });
  if (problem !== undefined) throw notServed(problem, LEFT);
}

/** Whether webhooks outside the cluster answer, and are those whom the kube-apiserver would trust. */
async function outsideLook(namespace: string, address: string, caBundle: string): Promise<Look<undefined>> {
  const problem = await answerProblem({
    ...parseAddress(address),
    ca: Buffer.from(caBundle, 'base64').toString('utf8'),
    serverName: `${WEBHOOKS_NAME}.${namespace}.svc`,
    path: '/livez',
  });
  if (problem === undefined) return { type: 'reached', value: undefined };
  return { type: 'waiting', reason: `the webhooks at ${address} do not answer this machine: ${problem}` };
}

interface Awaited<T> extends AwaitedState<T> {
  /** What was applied when it is not reached. */
  readonly left: string;
}

async function reach<T>(deps: InstallDeps, { left, ...state }: Awaited<T>): Promise<T> {
  const reached = await awaitState(deps, state);
  if (!reached.ok) throw notServed(reached.error, left);
  return reached.value;
}

function notServed(problem: string, left: string): Error {
  return new Error(
    `${CONVERTED_VERSION} is not served: ${problem}. ${left}; objects are read and written as before. Run install again when that is mended: it goes on from there`,
  );
}

/**
 * Takes the webhook out of definitions before those who ask it are led elsewhere. By a merge: the server owns the
 * caBundle, so that an apply without the webhook would leave the bundle alone behind, which is refused.
 */
async function leaveConversions(
  deps: InstallDeps,
  client: ClusterClient,
  {
    definitions,
    plan,
    dryRun,
  }: { readonly definitions: readonly Manifest[]; readonly plan: WebhooksPlan; readonly dryRun: boolean },
): Promise<void> {
  const found = await Promise.all(
    definitions.map(async (crd) => ({ crd, present: await client.get(objectPath(crd)) })),
  );
  const converted = found.flatMap(({ crd, present }) =>
    present !== undefined && isConvertedByWebhook(present) ? [{ crd, present }] : [],
  );
  const moves = converted.length > 0 && (await movesService(client, plan.serving));
  const left = converted.filter(({ crd }) => moves || !isConvertedByWebhook(crd));
  const stored = left.find(({ present }) => isStoredIn(present, CONVERTED_VERSION));
  if (stored !== undefined) {
    throw new RefusedError(
      `${describeObject(stored.crd)}: objects may be stored as ${CONVERTED_VERSION}, which nobody could read while the webhooks move. Rewrite them first with migrate-storage; nothing was changed`,
    );
  }
  for (const { crd, present } of left) {
    await client.merge(objectPath(crd), withoutWebhook(present), dryRun);
    deps.say(`${describeObject(crd)} converts by itself${dryRun ? ' (dry run)' : ''}`);
  }
}

/** What an earlier run made and this one does not: the other way of being reached, policies not asked for. */
async function removeLeftovers(
  deps: InstallDeps,
  client: ClusterClient,
  { options, manifests }: { readonly options: WebhooksApplication['options']; readonly manifests: readonly Manifest[] },
): Promise<void> {
  const leftovers = await leftoversOf(client, { namespace: options.namespace, kept: manifests });
  await removeInstalled(deps, client, { manifests: leftovers, dryRun: options.dryRun });
}
