import { isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonValue } from '../../kube/object.ts';
import { CONTROLLERS } from '../../members/index.ts';
import { MEMBER_RESOURCE_RULES } from '../../resources/index.ts';
import type { PathRight, Right } from './access-check.ts';
import { missingRights } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused, warning } from './finding.ts';
import { clockFinding } from './hub-preflight.ts';

/** Groups that every cluster has. */
const BUILT_IN = new Set(['', 'discovery.k8s.io']);
/** What a probe reads. Without it a member is read as well, but nobody is told how its control plane is. */
const HEALTH_RIGHTS: readonly (Right | PathRight)[] = [
  { verb: 'get', path: '/readyz' },
  ...CONTROLLERS.map((name) => ({
    ...{ verb: 'get', group: 'coordination.k8s.io', resource: 'leases' },
    ...{ namespace: 'kube-system', name },
  })),
];
const MEMBER_GROUPS = MEMBER_RESOURCE_RULES.filter(({ group }) => !BUILT_IN.has(group));

/** What the given credentials lack in a member, each with what to do; changes nothing. */
export async function preflightMember(client: ClusterClient): Promise<readonly Finding[]> {
  const version = await client.get('/version');
  return [
    ok('version', `${client.server} is ${textAt(version, 'gitVersion') ?? 'unknown'}`),
    await clockFinding(client),
    ...(await Promise.all(MEMBER_GROUPS.map((group) => definitionFinding(client, group)))),
    await rightsFinding(client),
    await healthRightsFinding(client),
  ];
}

async function definitionFinding(
  client: ClusterClient,
  { group, resource }: { group: string; resource: string },
): Promise<Finding> {
  const found = await client.get(`/apis/${group}`);
  if (found === undefined) {
    const consequence = resource === 'serviceexports' ? 'it exports nothing' : 'its cluster properties are unknown';
    return warning(group, `${resource} is not installed here: until it is, ${consequence}`);
  }
  const versions = Array.isArray(found['versions']) ? (found['versions'] as readonly JsonValue[]) : [];
  const names = versions.flatMap((entry) => (isJsonObject(entry) ? [textAt(entry, 'version') ?? ''] : []));
  return ok(group, `serves ${names.join(', ')}`);
}

async function rightsFinding(client: ClusterClient): Promise<Finding> {
  const rights: readonly Right[] = MEMBER_RESOURCE_RULES.flatMap(({ group, resource, verbs }) =>
    verbs.map((verb) => ({ verb, group, resource })),
  );
  const missing = await missingRights(client, rights);
  return missing.length === 0
    ? ok('rights', 'everything that is read from a member is allowed')
    : refused('rights', `missing: ${missing.join(', ')}; run install --member with an administrator's kubeconfig`);
}

async function healthRightsFinding(client: ClusterClient): Promise<Finding> {
  const missing = await missingRights(client, HEALTH_RIGHTS);
  return missing.length === 0
    ? ok('health', 'everything that tells how its control plane is may be read')
    : warning(
        'health',
        `missing: ${missing.join(', ')}; its health is not or not wholly known. Run install --member again`,
      );
}
