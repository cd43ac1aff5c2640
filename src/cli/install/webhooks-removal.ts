import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { Right } from './access-check.ts';
import { missingRights } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused, warning } from './finding.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { certificatesName, FIELD_MANAGER, HUB_CREDENTIAL_SECRET, WEBHOOKS_NAME } from './names.ts';
import { rightsToRemove } from './needed-rights.ts';
import { everyWebhooksManifest } from './webhooks-plan.ts';
import { installedPolicies } from './webhooks-policies.ts';

/** What was made for the running webhooks, and by them. */
export function serverObjects(namespace: string): readonly Manifest[] {
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: HUB_CREDENTIAL_SECRET, namespace } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: certificatesName(WEBHOOKS_NAME), namespace } },
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: WEBHOOKS_NAME, namespace } },
  ];
}

/** What an earlier run may have made and this one does not: the other way of being reached, policies not asked for. */
export async function leftoversOf(
  client: ClusterClient,
  { namespace, kept }: { readonly namespace: string; readonly kept: readonly Manifest[] },
): Promise<readonly Manifest[]> {
  const paths = new Set(kept.map(objectPath));
  const known = [...everyWebhooksManifest(namespace), ...(await installedPolicies(client))];
  return known.filter((object) => !paths.has(objectPath(object)));
}

/** Because of the caBundle, too, a configuration is made anew when a webhook of it goes, or is reached in the other way. */
export async function configurationsInTheWay(
  client: ClusterClient,
  wanted: readonly Manifest[],
): Promise<readonly Manifest[]> {
  const found = await Promise.all(
    wanted.map(async (configuration) => {
      const ways = new Set(webhookWays(configuration));
      const present = await client.get(objectPath(configuration));
      return present === undefined || webhookWays(present).every((way) => ways.has(way)) ? [] : [configuration];
    }),
  );
  return found.flat();
}

function webhookWays({ webhooks }: JsonObject): readonly string[] {
  const list = isJsonList(webhooks) ? webhooks.filter(isJsonObject) : [];
  return list.map((webhook) => {
    const way = textAt(webhook, 'clientConfig', 'url') === undefined ? 'service' : 'url';
    return `${textAt(webhook, 'name') ?? ''} ${way}`;
  });
}

export interface RemovalQuestion {
  readonly namespace: string;
  /** What is about to be applied; definitions stay. */
  readonly applied: readonly Manifest[];
  readonly asking: readonly Manifest[];
}

/** Whether the caller may take away what this run has to, and later all that it makes. Definitions and objects stay. */
export async function removalFinding(client: ClusterClient, question: RemovalQuestion): Promise<Finding> {
  const { namespace, applied, asking } = question;
  const goes = await Promise.all(
    (await leftoversOf(client, { namespace, kept: applied })).map(async (object) => {
      const present = await client.get(objectPath(object));
      const isOurs = textAt(present, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === FIELD_MANAGER;
      return isOurs ? [object] : [];
    }),
  );
  const now = [...goes.flat(), ...(await configurationsInTheWay(client, asking))];
  const missingNow = await missingRights(client, rightsToRemove(now));
  if (missingNow.length > 0) {
    const why = 'install takes away what an earlier run made and this one does not';
    return refused('removal', `you may not ${unique(missingNow)}: ${why}`);
  }
  const missing = await missingRights(client, uninstallRights(namespace, applied));
  return missing.length === 0
    ? ok('removal', 'everything that uninstall takes away may be deleted')
    : warning('removal', `you may not ${unique(missing)}: install works without, uninstall does not`);
}

function uninstallRights(namespace: string, applied: readonly Manifest[]): readonly Right[] {
  const removed = applied.filter(({ kind }) => kind !== 'CustomResourceDefinition');
  return [
    ...rightsToRemove([...removed, ...serverObjects(namespace)]),
    // The namespace stays while registrations are in it.
    { verb: 'list', group: '', resource: 'secrets', namespace },
  ];
}

function unique(rights: readonly string[]): string {
  return [...new Set(rights)].join(', ');
}
