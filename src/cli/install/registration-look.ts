import { textAt } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { succeeded } from '../../kube/outcome.ts';
import { secretsPath } from '../../members/sources/index.ts';
import { UPSTREAM_GROUPS } from '../../resources/index.ts';
import { identityFindings, knownByServer } from '../members/identity-findings.ts';
import { seeIdentity } from '../members/look.ts';
import type { ShownMember } from '../members/profiles.ts';
import { isRegistration } from '../members/registration.ts';
import { missingRights } from './access-check.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { refused, warning } from './finding.ts';
import { COEXISTENCE_GROUP } from './names.ts';

/** A cluster that is to be known to a hub under a name. */
export interface WantedMember {
  readonly name: string;
  readonly member: ClusterClient;
  readonly hub: ClusterClient;
  /** Ours on the hub. */
  readonly namespace: string;
}

/** Why the hub would not take a registration Secret of this name; nothing where it would. */
export async function secretFindings({ name, hub, namespace }: WantedMember): Promise<readonly Finding[]> {
  const secrets = { group: '', resource: 'secrets', namespace };
  const missing = await missingRights(hub, [
    { verb: 'create', ...secrets },
    ...['get', 'patch'].map((verb) => ({ verb, ...secrets, names: [name] })),
  ]);
  if (missing.length > 0) return [refused('hub', `you may not ${missing.join(', ')} on ${hub.server}`)];
  if (await isWithoutNamespace(hub, namespace)) {
    return [refused('hub', `${hub.server} has no namespace ${namespace}: install there first`)];
  }
  const present = await hub.get(`${secretsPath(namespace)}/${encodeURIComponent(name)}`);
  if (present === undefined || isRegistration(present)) return [];
  return [refused('hub', `Secret ${namespace}/${name} is there and registers no member; it is left alone`)];
}

/** Who may write Secrets there may not be allowed to read the namespace itself; then an answer to the write tells. */
async function isWithoutNamespace(hub: ClusterClient, namespace: string): Promise<boolean> {
  try {
    return (await hub.get(`/api/v1/namespaces/${namespace}`)) === undefined;
  } catch {
    return false;
  }
}

/** Why this cluster cannot have this name, or what to know of it; nothing where all is well. */
export async function clusterFindings(
  { name, member, hub, namespace }: WantedMember,
  shown: Outcome<readonly ShownMember[], string>,
): Promise<readonly Finding[]> {
  const identity = await seeIdentity(member, hub);
  if (identity.fingerprint === undefined) return [];
  if (identity.isHub && !(await servesBeside(hub, namespace))) {
    return [refused('identity', 'it is the hub itself, which may be a member under the coexistence groups only')];
  }
  if (!shown.ok)
    return [warning('hub', `${shown.error}; is ${hub.server} the hub? Who has this name there is not known`)];
  const known = succeeded(knownByServer(shown.value));
  const findings = identityFindings({ name, findings: [], identity }, { known, clusterSet: undefined });
  return findings.filter(({ subject, level }) => subject === 'identity' && level !== 'ok');
}

/** Whether the hub serves under a coexistence group, and under none that hides its own objects. */
async function servesBeside(hub: ClusterClient, namespace: string): Promise<boolean> {
  const serves = async (group: string): Promise<boolean> => {
    const service = await hub.get(`/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.${group}`);
    return textAt(service, 'spec', 'service', 'namespace') === namespace;
  };
  const hiding = await Promise.all(Object.values(UPSTREAM_GROUPS).map(serves));
  return !hiding.includes(true) && serves(COEXISTENCE_GROUP);
}
