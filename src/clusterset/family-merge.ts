import type { ClusterId } from '../kube/cluster-id.ts';
import type { Constituent } from './constituent.ts';
import type { IpFamily } from './ip-family.ts';

/** How the families of several exports become one list; the KEP leaves the choice to the implementation. */
export type IpFamilyMode = 'intersection' | 'union';

export interface MemberFamilies {
  readonly cluster: ClusterId;
  readonly families: readonly IpFamily[] | undefined;
  /** Its families have nothing in common with those of older exports, so they were left out of the intersection. */
  readonly skipped: boolean;
}

export interface FamilyMerge {
  /** Without duplicates; undefined when no export names a family. */
  readonly families: readonly IpFamily[] | undefined;
  /** The oldest export that names families. */
  readonly setBy: ClusterId | undefined;
  readonly members: readonly MemberFamilies[];
  /** Constituents that can be reached by other ones of the resulting families than `setBy` can. */
  readonly differing: readonly ClusterId[];
}

/**
 * Intersection: the winner's list, narrowed by each next export that leaves something of it. Union: unseen families
 * are appended. There is a conflict exactly when a client that uses a resulting family reaches only some of the
 * backends; then, and only then, `differing` is not empty. Exports without a list are passed over.
 */
export function mergeFamilies(constituents: readonly Constituent[], mode: IpFamilyMode): FamilyMerge {
  const members: MemberFamilies[] = [];
  let result: readonly IpFamily[] | undefined;
  for (const { cluster, families } of constituents) {
    const next = families === undefined ? result : combine(result, families, mode);
    const skipped = next?.length === 0;
    members.push({ cluster, families, skipped });
    if (!skipped) result = next;
  }
  const reference = members.find(({ families }) => families !== undefined);
  return { families: result, setBy: reference?.cluster, members, differing: findDiffering(members, result ?? []) };
}

function combine(
  result: readonly IpFamily[] | undefined,
  next: readonly IpFamily[],
  mode: IpFamilyMode,
): readonly IpFamily[] {
  if (result === undefined) return next;
  if (mode === 'intersection') return result.filter((family) => next.includes(family));
  const unseen = next.filter((family) => !result.includes(family));
  return unseen.length === 0 ? result : [...result, ...unseen];
}

function findDiffering(members: readonly MemberFamilies[], result: readonly IpFamily[]): readonly ClusterId[] {
  const named = members.filter(({ families }) => families !== undefined);
  const reference = named[0]?.families ?? [];
  return named
    .filter(({ families = [] }) => result.some((family) => families.includes(family) !== reference.includes(family)))
    .map(({ cluster }) => cluster);
}
