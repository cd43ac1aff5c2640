import { isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import { UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { Look } from './awaited-state.ts';
import { awaitState } from './awaited-state.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { describeObject, objectPath } from './manifest.ts';
import { CONVERTED_VERSION, isStoredIn, withoutWebhook } from './member-crds.ts';
import type { InstallDeps } from './target.ts';

/** How long a kube-apiserver may take to reach the webhooks under its new definitions before they are put back. */
const CONFIRM_MS = 15_000;
const CONVERSION_FAILED = 'conversion webhook for';

/** The definition as it is applied once it is known whom to trust: without that no stored object could be read. */
export function withCaBundle(crd: Manifest, caBundle: string): Manifest {
  const spec = objectIn(crd, 'spec');
  const conversion = objectIn(spec, 'conversion');
  const webhook = objectIn(conversion, 'webhook');
  const clientConfig = { ...objectIn(webhook, 'clientConfig'), caBundle };
  return { ...crd, spec: { ...spec, conversion: { ...conversion, webhook: { ...webhook, clientConfig } } } };
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

/** Whether a definition is converted by a webhook. */
export function isConvertedByWebhook(crd: JsonObject | undefined): boolean {
  return textAt(crd, 'spec', 'conversion', 'strategy') === 'Webhook';
}

/**
 * Asks the kube-apiserver for a conversion, in a dry run in our own namespace, about which no webhook is asked. Only it
 * knows whether it reaches them: a firewall may stand between. What it cannot use is taken back; the result is why.
 */
export async function confirmConversion(
  deps: Pick<InstallDeps, 'say' | 'monotonic' | 'sleep'>,
  client: ClusterClient,
  { crds, namespace }: { readonly crds: readonly Manifest[]; readonly namespace: string },
): Promise<string | undefined> {
  const confirmed = await awaitState(deps, { timeoutMs: CONFIRM_MS, look: () => conversionLook(client, namespace) });
  if (confirmed.ok) return undefined;
  for (const crd of crds) await takeBack(deps, client, crd);
  return `the kube-apiserver does not reach the webhooks: ${confirmed.error}`;
}

async function conversionLook(client: ClusterClient, namespace: string): Promise<Look<undefined>> {
  const group = UPSTREAM_GROUPS.multicluster;
  const probe = {
    apiVersion: `${group}/${CONVERTED_VERSION}`,
    kind: 'ServiceImport',
    metadata: { name: 'conversion-probe', namespace },
    type: 'ClusterSetIP',
    ports: [],
  };
  const path = `/apis/${group}/${CONVERTED_VERSION}/namespaces/${namespace}/serviceimports`;
  const { status, object } = await client.attempt(path, probe);
  const message = textAt(object, 'message') ?? '';
  // Not found: the new definition was not yet taken up.
  if (status !== 404 && !message.includes(CONVERSION_FAILED)) return { type: 'reached', value: undefined };
  return { type: 'waiting', reason: `a conversion is answered with ${status} ${message}` };
}

async function takeBack(deps: Pick<InstallDeps, 'say'>, client: ClusterClient, crd: Manifest): Promise<void> {
  const present = await client.get(objectPath(crd));
  if (present === undefined) return;
  if (isStoredIn(present, CONVERTED_VERSION)) {
    deps.say(
      `${describeObject(crd)} kept: objects may be stored as ${CONVERTED_VERSION}, which only the webhook can read`,
    );
    return;
  }
  await client.merge(objectPath(crd), withoutWebhook(present), false);
  deps.say(`${describeObject(crd)} converts by itself again`);
}
