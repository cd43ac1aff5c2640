import { CLUSTER_ID_PROPERTY, CLUSTERSET_PROPERTY } from '../../kube/cluster-property.ts';
import { ABOUT_GROUP } from '../../kube/domain.ts';
import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { Finding } from '../install/finding.ts';
import { ok, refused } from '../install/finding.ts';
import { preflightMember } from '../install/member-preflight.ts';

const IDENTITY_PATH = '/api/v1/namespaces/kube-system';
const PROPERTY_VERSIONS = ['v1beta1', 'v1alpha1'];

/** What was seen of a member through a kubeconfig. */
export interface MemberLook {
  readonly name: string;
  /** What of it can be used, whichever cluster it is. */
  readonly findings: readonly Finding[];
  /** undefined: it cannot be reached. */
  readonly identity: SeenIdentity | undefined;
}

export interface SeenIdentity {
  /** uid of its namespace kube-system; undefined: it may not be read. */
  readonly fingerprint: string | undefined;
  readonly isHub: boolean;
  /** Values of its ClusterProperties; undefined: it has none, or they may not be read. */
  readonly id: string | undefined;
  readonly set: string | undefined;
}

export interface LookedAt {
  readonly name: string;
  readonly member: ClusterClient;
}

/** Reads all that is worth knowing before, or when, a member does not work. Changes nothing. */
export async function lookAtMember({ name, member }: LookedAt, hub: ClusterClient): Promise<MemberLook> {
  const reached = await reachFinding(member);
  if (reached.level === 'refused') return { name, findings: [reached], identity: undefined };
  const findings = [reached, ...(await preflightMember(member))];
  return { name, findings, identity: await seeIdentity(member, hub) };
}

/** Which cluster it is, and what it says of itself. */
export async function seeIdentity(member: ClusterClient, hub: ClusterClient): Promise<SeenIdentity> {
  const [fingerprint, hubFingerprint] = await Promise.all([fingerprintOf(member), fingerprintOf(hub)]);
  return {
    fingerprint,
    isHub: fingerprint !== undefined && fingerprint === hubFingerprint,
    id: await propertyOf(member, CLUSTER_ID_PROPERTY),
    set: await propertyOf(member, CLUSTERSET_PROPERTY),
  };
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

async function fingerprintOf(cluster: ClusterClient): Promise<string | undefined> {
  return textAt(await readOrNothing(cluster, IDENTITY_PATH), 'metadata', 'uid');
}

/** The value of a ClusterProperty in whichever version the member serves; undefined if there is none. */
async function propertyOf(member: ClusterClient, name: string): Promise<string | undefined> {
  for (const version of PROPERTY_VERSIONS) {
    const property = await readOrNothing(member, `/apis/${ABOUT_GROUP}/${version}/clusterproperties/${name}`);
    if (property !== undefined) return textAt(property, 'spec', 'value');
  }
  return undefined;
}

/** What cannot be read is told by the finding about rights. */
async function readOrNothing(cluster: ClusterClient, path: string): Promise<JsonObject | undefined> {
  try {
    return await cluster.get(path);
  } catch {
    return undefined;
  }
}
