import { BUILT_IN_KINDS } from './built-in-kinds.ts';
import { CUSTOM_KINDS } from './custom-kinds.ts';
import type { EmbeddedKind } from './kind.ts';

/** All kinds of an embedded member. */
export const EMBEDDED_KINDS: readonly EmbeddedKind[] = [...BUILT_IN_KINDS, ...CUSTOM_KINDS];

/** By Kind or by plural name. */
export function kindNamed(name: string): EmbeddedKind {
  const kind = EMBEDDED_KINDS.find(({ served: { definition } }) =>
    [definition.kind, definition.resource].includes(name),
  );
  if (kind === undefined) throw new Error(`an embedded member has no kind ${name}`);
  return kind;
}
