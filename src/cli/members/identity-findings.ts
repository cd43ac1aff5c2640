import { CLUSTER_ID_PROPERTY } from '../../kube/cluster-property.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { fingerprintFault, registrationWarnings } from '../../members/sources/index.ts';
import type { Finding } from '../install/finding.ts';
import { ok, refused, warning } from '../install/finding.ts';
import type { MemberLook, SeenIdentity } from './look.ts';
import type { ShownMember } from './profiles.ts';

/** As the uids of namespaces are, which member ids are made of unless others are given. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reasons of Joined with which a member is registered but has neither its cluster nor its id. */
const REFUSED_JOINED = /\((DuplicateMember|IsHub)\)$/;
const REMOVE_FIRST = 'remove that registration first (members remove), and wait until the member has left';

/** Another member, as far as it is known. */
export interface KnownMember {
  readonly name: string;
  readonly fingerprint: string | undefined;
  readonly id: string | undefined;
  readonly set: string | undefined;
}

export interface IdentityContext {
  /** All members that are known, or why none is; the member itself may be among them. */
  readonly known: Outcome<readonly KnownMember[], string>;
  /** The ClusterSet that it should belong to; undefined: any. */
  readonly clusterSet: string | undefined;
}

/** What the server shows: who is a member, and which cluster it is. */
export function knownByServer(shown: readonly ShownMember[]): readonly KnownMember[] {
  return shown
    .filter(({ joined }) => !REFUSED_JOINED.test(joined))
    .map(({ name, memberId, clusterId, clusterSet }) => ({
      name,
      // An id that was given at registration says nothing of the cluster.
      fingerprint: UUID.test(memberId) ? memberId : undefined,
      id: clusterId === '' ? undefined : clusterId,
      set: clusterSet === '' ? undefined : clusterSet,
    }));
}

/** With what was just seen of others: a cluster that the server knows is the member which it is there, and no other. */
export function withSeen(known: readonly KnownMember[], looks: readonly MemberLook[]): readonly KnownMember[] {
  const names = new Set(known.map(({ name }) => name));
  const fingerprints = new Set(known.map(({ fingerprint }) => fingerprint));
  const more = looks.flatMap(({ name, identity }) =>
    identity === undefined || names.has(name) || fingerprints.has(identity.fingerprint)
      ? []
      : [{ name, fingerprint: identity.fingerprint, id: identity.id, set: identity.set }],
  );
  return [...known, ...more];
}

/** Which cluster it is, what it calls itself, and where it belongs; each with what to do. */
export function identityFindings({ name, identity }: MemberLook, context: IdentityContext): readonly Finding[] {
  if (identity === undefined) return [];
  return [
    clusterFinding(name, identity, context),
    ...idFindings(name, identity, context),
    ...setFindings(name, identity, context),
  ];
}

/** The hub itself is no member, one cluster has one name, and one name has one cluster. */
function clusterFinding(name: string, { fingerprint, isHub }: SeenIdentity, { known }: IdentityContext): Finding {
  if (fingerprint === undefined) {
    return refused('identity', 'namespace kube-system cannot be read; run install --member to give that right');
  }
  if (isHub) {
    return warning('identity', 'it is the hub itself, which may be a member under the coexistence groups only');
  }
  const text = `uid of namespace kube-system is ${fingerprint}`;
  if (!known.ok) return ok('identity', `${text}; whether it has another name already is not known: ${known.error}`);
  const fault = fingerprintFault(name, fingerprint, known.value);
  if (fault !== undefined) return refused('identity', `${fault}; ${REMOVE_FIRST}`);
  const before = known.value.find((member) => member.name === name)?.fingerprint;
  if (before === undefined || before === fingerprint) return ok('identity', text);
  return refused(
    'identity',
    `cluster name "${name}" is taken by another cluster: ${text}, and ${before} of that one; ${REMOVE_FIRST}`,
  );
}

function idFindings(name: string, { id, set }: SeenIdentity, { known }: IdentityContext): readonly Finding[] {
  if (id === undefined) {
    const advice = `create the ClusterProperty ${CLUSTER_ID_PROPERTY} there, best with the value "${name}"`;
    return [
      set === undefined ? ok('id', `none: it is called ${name}`) : warning('id', `none, but in a set: ${advice}`),
    ];
  }
  const others = known.ok && set !== undefined ? known.value : [];
  const sameId = others.filter((one) => one.name !== name && one.id === id && one.set === set).map((one) => one.name);
  const warnings = registrationWarnings({ name, id, sameId, set: undefined, served: undefined });
  return warnings.length === 0 ? [ok('id', id)] : warnings.map((text) => warning('id', text));
}

function setFindings(name: string, { set }: SeenIdentity, { clusterSet }: IdentityContext): readonly Finding[] {
  if (set === undefined) {
    return [ok('set', 'none: its exports count. To join one, create the ClusterProperty clusterset.k8s.io there')];
  }
  const warnings = registrationWarnings({ name, id: undefined, sameId: [], set, served: clusterSet });
  const foreign = clusterSet !== undefined && clusterSet !== set ? warnings.slice(-1) : [];
  return foreign.length === 0 ? [ok('set', set)] : foreign.map((text) => warning('set', text));
}
