/** ClusterProfile consumers put a namespace and a prefix in front of the name, and 63 characters must do for all. */
const NAME_CHARACTERS_COMFORTABLE = 52;
/** Of a value of a member that stands in a warning; values may have 128000. */
const QUOTED_CHARACTERS_MAX = 253;

/** Why a cluster with this identity (uid of its kube-system namespace) cannot be the member `name`. */
export function fingerprintFault(
  name: string,
  fingerprint: string,
  members: Iterable<{ readonly name: string; readonly fingerprint: string | undefined }>,
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
  readonly name: string;
  /** Value of the member's own property cluster.clusterset.k8s.io; undefined if it has none. */
  readonly id: string | undefined;
  /** The other members of its set that claim the same id. */
  readonly sameId: readonly string[];
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
