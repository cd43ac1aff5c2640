import type { KindDefinition, VersionDefinition } from '../../src/resources/definition.ts';
import type { ServedResource } from '../types.ts';

/** A kind in one of its versions. */
export interface KindInVersion {
  readonly definition: KindDefinition;
  readonly version: VersionDefinition;
}

/** All that one group/version serves, kinds in the order of their plural names. */
export interface ServedVersion {
  readonly group: string;
  readonly name: string;
  readonly kinds: readonly KindInVersion[];
}

export interface ServedGroup {
  readonly name: string;
  /** In order of priority; the first is preferred. */
  readonly versions: readonly ServedVersion[];
}

/** The root of all paths of one group/version, which is also its key in the index of OpenAPI v3. */
export function versionPath({ group, name }: ServedVersion): string {
  return group === '' ? `api/${name}` : `apis/${group}/${name}`;
}

/** The served resources by group and version, both in the order in which the definitions name them first. */
export function groupsOf(served: readonly ServedResource[]): readonly ServedGroup[] {
  const groups = [...new Set(served.map(({ group }) => group))];
  return groups.map((name) => {
    const definitions = served.filter(({ group }) => group === name).map(({ definition }) => definition);
    const versions = [
      ...new Set(definitions.flatMap((definition) => definition.versions.map((version) => version.name))),
    ];
    return { name, versions: versions.map((version) => servedVersion(name, version, definitions)) };
  });
}

function servedVersion(group: string, name: string, definitions: readonly KindDefinition[]): ServedVersion {
  const kinds = definitions.flatMap((definition) =>
    definition.versions.filter((version) => version.name === name).map((version) => ({ definition, version })),
  );
  const byPlural = kinds.toSorted((a, b) => (a.definition.resource < b.definition.resource ? -1 : 1));
  return { group, name, kinds: byPlural };
}
