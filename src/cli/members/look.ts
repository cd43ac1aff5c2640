import { ABOUT_GROUP } from '../../kube/domain.ts';
import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY } from '../../kube/cluster-property.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import { registrationWarnings } from '../../members/sources/index.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { Finding } from '../install/finding.ts';
import { ok, refused, warning } from '../install/finding.ts';
import { preflightMember } from '../install/member-preflight.ts';

const IDENTITY_PATH = '/api/v1/namespaces/kube-system';
const PROPERTY_VERSIONS = ['v1beta1', 'v1alpha1'];

export interface LookOptions {
  readonly name: string;
  readonly hub: ClusterClient;
  /** The ClusterSet that it should belong to; undefined: any. */
  readonly clusterSet: string | undefined;
}

/** All that is worth knowing before, or when, a member does not work; each with what to do. Changes nothing. */
export async function lookAtMember(member: ClusterClient, options: LookOptions): Promise<readonly Finding[]> {
  const reached = await reachFinding(member);
  if (reached.level === 'refused') return [reached];
  const findings = await preflightMember(member);
  return [reached, ...findings, await identityFinding(member, options), ...(await propertyFindings(member, options))];
}

async function reachFinding(member: ClusterClient): Promise<Finding> {
  try {
    const version = await member.get('/version');
    if (version !== undefined) return ok('reachable', `${member.server} answers`);
    return refused('reachable', `${member.server} is no kube-apiserver: it has no /version`);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return refused('reachable', `${problem}; is the address right, and may this machine reach it?`);
  }
}

/** The hub itself is no member, and one cluster has one name. */
async function identityFinding(member: ClusterClient, { hub }: LookOptions): Promise<Finding> {
  const [uid, hubUid] = await Promise.all([fingerprintOf(member), fingerprintOf(hub)]);
  if (uid === undefined) {
    return refused('identity', 'namespace kube-system cannot be read; run install --member to give that right');
  }
  if (uid === hubUid) {
    return warning('identity', 'it is the hub itself, which may be a member under the coexistence groups only');
  }
  return ok('identity', `uid of namespace kube-system is ${uid}`);
}

async function fingerprintOf(cluster: ClusterClient): Promise<string | undefined> {
  try {
    return textAt(await cluster.get(IDENTITY_PATH), 'metadata', 'uid');
  } catch {
    return undefined;
  }
}

async function propertyFindings(member: ClusterClient, options: LookOptions): Promise<readonly Finding[]> {
  const id = await propertyOf(member, CLUSTER_ID_PROPERTY);
  const set = await propertyOf(member, CLUSTERSET_PROPERTY);
  return [...idFindings(options.name, id, set), ...setFindings(options, set)];
}

function idFindings(name: string, id: string | undefined, set: string | undefined): readonly Finding[] {
  if (id === undefined) {
    const advice = `create the ClusterProperty ${CLUSTER_ID_PROPERTY} there, best with the value "${name}"`;
    return [
      set === undefined ? ok('id', `none: it is called ${name}`) : warning('id', `none, but in a set: ${advice}`),
    ];
  }
  const cluster = parseClusterId(name);
  const warnings = cluster.ok
    ? registrationWarnings({ name: cluster.value, id, sameId: [], set: undefined, served: undefined })
    : [];
  return warnings.length === 0 ? [ok('id', id)] : warnings.map((text) => warning('id', text));
}

function setFindings({ name, clusterSet }: LookOptions, set: string | undefined): readonly Finding[] {
  if (set === undefined) {
    return [ok('set', 'none: its exports count. To join one, create the ClusterProperty clusterset.k8s.io there')];
  }
  const cluster = parseClusterId(name);
  const about = { id: undefined, sameId: [], set, served: clusterSet };
  const warnings = cluster.ok ? registrationWarnings({ ...about, name: cluster.value }) : [];
  const foreign = clusterSet !== undefined && clusterSet !== set ? warnings.slice(-1) : [];
  return foreign.length === 0 ? [ok('set', set)] : foreign.map((text) => warning('set', text));
}

/** The value of a ClusterProperty in whichever version the member serves; undefined if there is none. */
async function propertyOf(member: ClusterClient, name: string): Promise<string | undefined> {
  for (const version of PROPERTY_VERSIONS) {
    const property = await readOrNothing(member, `/apis/${ABOUT_GROUP}/${version}/clusterproperties/${name}`);
    if (property !== undefined) return textAt(property, 'spec', 'value');
  }
  return undefined;
}

/** What cannot be read was told by the finding about rights. */
async function readOrNothing(member: ClusterClient, path: string): Promise<JsonObject | undefined> {
  try {
    return await member.get(path);
  } catch {
    return undefined;
  }
}
