import { ABOUT_GROUP } from '../../kube/domain.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import type { Right } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused, warning } from './finding.ts';
import type { ServedVersion } from './hub-manifests.ts';
import { placeFindings } from './hub-place.ts';
import type { Manifest } from './manifest.ts';
import { ABOUT_COEXISTENCE_GROUP, COEXISTENCE_GROUP, isCoexistence, MEMBER_NAME, NAME } from './names.ts';
import { rightsFinding } from './needed-rights.ts';

const CLOCK_SKEW_SECONDS_MAX = 5;
/** Aggregators before this cannot read our discovery documents. */
const MINOR_MIN = 27;
/** Where kube-apiserver says by which certificates the front proxy is known. */
const FRONT_PROXY_CONFIG = 'extension-apiserver-authentication';

export interface HubTarget {
  readonly namespace: string;
  readonly versions: readonly ServedVersion[];
  /** What will be applied. */
  readonly manifests: readonly Manifest[];
  /** What an earlier run may have made. */
  readonly leftovers: readonly Manifest[];
}

/** Looks whether installing on this hub would work and what it would hide; changes nothing. */
export async function preflightHub(client: ClusterClient, target: HubTarget): Promise<readonly Finding[]> {
  const version = await client.get('/version');
  const anyhow = [versionFinding(client.server, version), await clockFinding(client)];
  const rights = await rightsFinding(client, { ...target, beside: LOOK_RIGHTS });
  // Without them the rest could not even be read.
  if (rights.level === 'refused') return [...anyhow, rights];
  return [
    ...anyhow,
    await aggregationFinding(client),
    ...(await placeFindings(client, target.namespace)),
    ...(await occupationFindings(client, target)),
    ...(await membershipFinding(client, target)),
    rights,
  ];
}

function versionFinding(server: string, version: JsonObject | undefined): Finding {
  const text = textAt(version, 'gitVersion') ?? 'unknown';
  const minor = Number.parseInt(textAt(version, 'minor') ?? '', 10);
  if (Number.isNaN(minor) || minor < MINOR_MIN) {
    return refused('version', `${server} is ${text}; the hub must be Kubernetes 1.${MINOR_MIN} or newer`);
  }
  return ok('version', `${server} is ${text}`);
}

export async function clockFinding(client: ClusterClient): Promise<Finding> {
  const skew = await client.clockSkewSeconds();
  if (skew === undefined) return warning('clock', 'the server sent no Date header, so its clock could not be compared');
  if (Math.abs(skew) > CLOCK_SKEW_SECONDS_MAX) {
    return warning('clock', `its clock is ${skew} s ahead of this machine's: synchronise them, ages decide who wins`);
  }
  return ok('clock', `within ${CLOCK_SKEW_SECONDS_MAX} s of this machine's`);
}

/** Without a front proxy the aggregator cannot tell us who asks. */
async function aggregationFinding(client: ClusterClient): Promise<Finding> {
  const path = `/api/v1/namespaces/kube-system/configmaps/${FRONT_PROXY_CONFIG}`;
  const data = (await client.get(path))?.['data'];
  const fields = isJsonObject(data) ? data : {};
  const frontProxyCa = fields['requestheader-client-ca-file'];
  if (typeof frontProxyCa !== 'string' || frontProxyCa.trim() === '') {
    return refused(
      'aggregation',
      'kube-apiserver has no --requestheader-client-ca-file: the aggregation layer is off (see "Configure the aggregation layer" in the Kubernetes documentation)',
    );
  }
  const anyName = allowedNames(fields['requestheader-allowed-names']).length === 0;
  if (anyName && frontProxyCa.trim() === (textAt(fields, 'client-ca-file') ?? '').trim()) {
    return refused(
      'aggregation',
      'the front-proxy CA is also the client CA and --requestheader-allowed-names is empty: every client certificate could pretend to be anybody',
    );
  }
  return ok('aggregation', 'the front proxy is configured');
}

function allowedNames(text: JsonValue | undefined): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(typeof text === 'string' ? text : '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** An APIService of ours hides whatever CRDs serve in the same group and version. */
async function occupationFindings(client: ClusterClient, target: HubTarget): Promise<readonly Finding[]> {
  const crds = items(await client.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions'));
  return Promise.all(
    target.versions.map(async ({ group, version }) => {
      const name = `${version}.${group}`;
      const hidden = crds.filter((crd) => crdServes(crd, group, version)).map((crd) => crdName(crd));
      const service = serviceOf(await client.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`));
      if (hidden.length > 0) return refused(name, occupiedByCrds(hidden, group));
      if (service !== undefined && service !== `${target.namespace}/${NAME}`) {
        return refused(name, `is served by Service ${service}: uninstall that first, or use ${coexistenceFlag(group)}`);
      }
      return ok(name, service === undefined ? 'is free' : 'is already ours');
    }),
  );
}

function occupiedByCrds(hidden: readonly string[], group: string): string {
  const advice = isCoexistence(group)
    ? 'remove them first'
    : `install with ${coexistenceFlag(group)} to serve beside them`;
  return `the hub's own CRDs serve this version and would be hidden from everybody: ${hidden.join(', ')}; ${advice}`;
}

function coexistenceFlag(group: string): string {
  return group === ABOUT_GROUP ? `--about-api-group=${ABOUT_COEXISTENCE_GROUP}` : `--api-group=${COEXISTENCE_GROUP}`;
}

/**
 * A member's controllers read the ClusterProperties of its own cluster, also where no definition is installed yet: they
 * must not find those of all members under the same names instead.
 */
async function membershipFinding(client: ClusterClient, { versions }: HubTarget): Promise<readonly Finding[]> {
  if (!versions.some(({ group }) => group === ABOUT_GROUP)) return [];
  const account = await client.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${MEMBER_NAME}`);
  if (account === undefined) return [];
  const advice = `install with ${coexistenceFlag(ABOUT_GROUP)}`;
  return [
    refused(ABOUT_GROUP, `this cluster was installed as a member, whose own properties would be hidden: ${advice}`),
  ];
}

function items(list: JsonObject | undefined): readonly JsonObject[] {
  const value = list?.['items'];
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function crdServes(crd: JsonObject, group: string, version: string): boolean {
  const spec = isJsonObject(crd['spec']) ? crd['spec'] : {};
  const versions = Array.isArray(spec['versions']) ? (spec['versions'] as readonly JsonValue[]) : [];
  return (
    spec['group'] === group &&
    versions.some((entry) => isJsonObject(entry) && entry['name'] === version && entry['served'] === true)
  );
}

function crdName(crd: JsonObject): string {
  return textAt(crd, 'metadata', 'name') ?? '';
}

/** `namespace/name` of the Service behind an APIService; undefined when absent or served locally. */
function serviceOf(apiService: JsonObject | undefined): string | undefined {
  const namespace = textAt(apiService, 'spec', 'service', 'namespace');
  const name = textAt(apiService, 'spec', 'service', 'name');
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

/** What installing and serving look at, beside what is applied. */
const LOOK_RIGHTS: readonly Right[] = [
  { verb: 'list', group: 'apiregistration.k8s.io', resource: 'apiservices' },
  { verb: 'list', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { verb: 'get', group: '', resource: 'configmaps', namespace: 'kube-system', names: [FRONT_PROXY_CONFIG] },
  { verb: 'get', group: 'rbac.authorization.k8s.io', resource: 'clusterroles', names: [MEMBER_NAME] },
];
