import { definitions, groupName, UPSTREAM_GROUPS } from '../../src/resources/index.ts';
import type { ConvertibleKind } from './edits.ts';

/** What CustomResourceDefinitions of members may ask for: they are in the upstream groups, whatever we serve ours as. */
export const CONVERTIBLE_KINDS: readonly ConvertibleKind[] = definitions.map((definition) => ({
  group: groupName(definition.groupRole, UPSTREAM_GROUPS),
  definition,
}));
