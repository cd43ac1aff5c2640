import { textAt } from '../../kube/object.ts';
import { missingRights } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused, warning } from './finding.ts';
import { objectPath } from './manifest.ts';
import { HUB_CREDENTIAL_KEY, hubAccountName } from './names.ts';
import { grantedRights, missingToInstall, rightsToRemove } from './needed-rights.ts';
import type { InstallDeps, Target } from './target.ts';
import { openNamedHub } from './target.ts';
import type { HubAccountPart } from './webhooks-hub.ts';
import { credentialSecret, hubAccountManifests } from './webhooks-hub.ts';

export interface HubQuestion extends HubAccountPart {
  /** Of whoever installs; absent: the webhooks keep the credential that they have. */
  readonly hubKubeconfig: string | undefined;
  readonly hubContext: string | undefined;
}

type HubOpener = Pick<InstallDeps, 'open' | 'openText'>;

const ALONE = 'know this cluster only: no conflicts are foreseen, joins are refused';

/** Whether the webhooks of a member can have, or have, what they need on the hub; changes nothing. */
export async function hubFinding(deps: HubOpener, member: ClusterClient, question: HubQuestion): Promise<Finding> {
  const { hubKubeconfig } = question;
  if (hubKubeconfig === undefined) return credentialFinding(deps, member, question);
  return accountFinding(await openNamedHub(deps, question), question);
}

/** Whether whoever installs may make the account, and take it away again. */
async function accountFinding({ client }: Target, part: HubAccountPart): Promise<Finding> {
  const { namespace, member } = part;
  const manifests = hubAccountManifests(part);
  const account = { group: '', resource: 'serviceaccounts', subresource: 'token', namespace };
  const missing = await missingToInstall(client, {
    manifests,
    beside: [
      { verb: 'get', group: '', resource: 'namespaces', names: [namespace] },
      { verb: 'create', ...account, names: [hubAccountName(member)] },
    ],
  });
  if (missing.length > 0) {
    const advice = `use an administrator's kubeconfig of the hub, or install without --hub-kubeconfig`;
    const rights = missing.join(', ');
    return refused(
      'hub',
      `you may not ${rights} on ${client.server}: without their account there webhooks ${ALONE}; ${advice}`,
    );
  }
  if ((await client.get(`/api/v1/namespaces/${namespace}`)) === undefined) {
    return warning(
      'hub',
      `${client.server} has no namespace ${namespace}: install there first, else the webhooks ${ALONE}`,
    );
  }
  const kept = await missingRights(client, rightsToRemove(manifests));
  return kept.length === 0
    ? ok('hub', `the account of the webhooks can be made on ${client.server}`)
    : warning(
        'hub',
        `you may not ${kept.join(', ')} on ${client.server}: uninstall would leave the account of the webhooks there`,
      );
}

/** Whether the credential that the webhooks have is good for what they do with it. */
async function credentialFinding(deps: HubOpener, member: ClusterClient, part: HubAccountPart): Promise<Finding> {
  const secret = await member.get(objectPath(credentialSecret(part.namespace, undefined)));
  const text = textAt(secret, 'data', HUB_CREDENTIAL_KEY);
  if (text === undefined) {
    return warning('hub', `the webhooks have no credential on the hub, and ${ALONE}; --hub-kubeconfig makes them one`);
  }
  try {
    const { client } = await deps.openText(Buffer.from(text, 'base64').toString('utf8'), 'the credential on the hub');
    const missing = await missingRights(client, grantedRights(hubAccountManifests(part)));
    if (missing.length === 0) return ok('hub', `the webhooks may do on ${client.server} what they need there`);
    const rights = missing.join(', ');
    return warning('hub', `the webhooks may not ${rights} on ${client.server}: ${consequences(missing)}; ${MENDED}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return warning('hub', `the hub could not be asked by the credential of the webhooks: ${reason}; ${MENDED}`);
  }
}

const MENDED = 'install with --hub-kubeconfig makes a new account and credential';

/** What does not work without these rights of the account. */
function consequences(missing: readonly string[]): string {
  const [joins, reads] = [
    missing.some((right) => right.startsWith('create ')),
    missing.some((right) => !right.startsWith('create ')),
  ];
  return [
    ...(reads ? ['what other clusters have stays unknown, and no conflict with it is foreseen'] : []),
    ...(joins ? ['joins are refused'] : []),
  ].join(', and ');
}
