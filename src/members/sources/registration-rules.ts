import type { ConnectionSettings, KubeconfigPolicy } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';

/** ClusterProfile consumers put a namespace and a prefix in front of the name, and 63 characters must do for all. */
const NAME_CHARACTERS_COMFORTABLE = 52;
/** Of a value of a member that stands in a warning; values may have 128000. */
const QUOTED_CHARACTERS_MAX = 253;

/** Why `name` cannot be registered: it is not a cluster name, it is reserved, or another member has it. */
export function memberNameFault(name: string, taken: (name: ClusterId) => string | undefined): string | undefined {
  const cluster = parseClusterId(name);
  if (!cluster.ok) return cluster.error;
  const holder = taken(cluster.value);
  return holder === undefined ? undefined : `cluster name "${name}" is taken by ${holder}`;
}

/** Why a cluster with this identity (uid of its kube-system namespace) cannot be the member `name`. */
export function fingerprintFault(
  name: ClusterId,
  fingerprint: string,
  members: Iterable<{ readonly name: ClusterId; readonly fingerprint: string | undefined }>,
): string | undefined {
  for (const member of members) {
    if (member.name !== name && member.fingerprint === fingerprint) {
      return `it is the same cluster as member "${member.name}" (uid of namespace kube-system ${fingerprint})`;
    }
  }
  return undefined;
}

/** What an operator should know of a member that is nevertheless registered. */
export interface NamedMember {
  readonly name: ClusterId;
  /** Value of the member's own property cluster.clusterset.k8s.io; undefined if it has none. */
  readonly id: string | undefined;
  /** The other members of its set that claim the same id. */
  readonly sameId: readonly ClusterId[];
  /** Value of the member's own property clusterset.k8s.io; undefined if it has none. */
  readonly set: string | undefined;
  /** The ClusterSet that is served; undefined: all are. */
  readonly served: string | undefined;
}

export function registrationWarnings({ name, id, sameId, set, served }: NamedMember): readonly string[] {
  const warnings: string[] = [];
  if (name.length > NAME_CHARACTERS_COMFORTABLE) {
    warnings.push(
      `cluster name "${name}" is longer than ${NAME_CHARACTERS_COMFORTABLE} characters: names derived from it may not fit`,
    );
  }
  if (id !== undefined && id !== name) {
    warnings.push(`member "${name}" calls itself "${cut(id)}" in its property cluster.clusterset.k8s.io`);
  }
  if (id !== undefined && sameId.length > 0) {
    warnings.push(
      `id "${cut(id)}" of member "${name}" is also claimed by ${sameId.map((other) => `"${other}"`).join(', ')}`,
    );
  }
  if (set !== undefined && served !== undefined && set !== served) {
    warnings.push(
      `member "${name}" belongs to ClusterSet "${cut(set)}" instead of "${served}": its exports do not count here until it has left that set`,
    );
  }
  return warnings;
}

function cut(text: string): string {
  return text.length <= QUOTED_CHARACTERS_MAX ? text : `${text.slice(0, QUOTED_CHARACTERS_MAX)}…`;
}

/** What in ready-made settings the policy forbids; `resolveContext` has refused it already for kubeconfigs. */
export function settingsFault(settings: ConnectionSettings, policy: KubeconfigPolicy): string | undefined {
  if (!settings.server.startsWith('https://')) return 'the server must have an https URL';
  if (settings.exec !== undefined && !policy.allowExec) return 'credential plugins are not allowed here';
  if (settings.insecureSkipTlsVerify && !policy.allowInsecure) return 'insecure-skip-tls-verify is not allowed here';
  const { certificateAuthority, token, clientCertificate } = settings;
  const material = [certificateAuthority, token, clientCertificate?.certificate, clientCertificate?.key];
  if (!policy.allowFiles && material.some((one) => one?.type === 'file')) return 'files are not allowed here';
  return undefined;
}
