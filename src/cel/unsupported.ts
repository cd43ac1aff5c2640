const TWO_VARIABLES = 'macros with two variables are not supported; use one, and the index or key as in list[i]';

/** How many arguments a macro has in its form with two variables. */
const TWO_VARIABLE_FORMS: Readonly<Record<string, readonly number[]>> = {
  all: [3],
  exists: [3],
  existsOne: [3],
  exists_one: [3],
  transformList: [3, 4],
  transformMap: [3, 4],
  transformMapEntry: [3, 4],
};

export interface CallForm {
  readonly name: string;
  readonly hasReceiver: boolean;
  readonly parameters: number;
}

/** Macros of kube-apiserver that the library's parser does not expand. */
const UNSUPPORTED_MACROS: ReadonlySet<string> = new Set(['optMap', 'optFlatMap', 'sortBy']);

/** Why a call that kube-apiserver understands is refused here; undefined for all others. */
export function unsupportedCall({ name, hasReceiver, parameters }: CallForm): string | undefined {
  if (UNSUPPORTED_MACROS.has(name) && hasReceiver && parameters === 2) {
    return `${name}() is not supported here; see docs/cel.md for what is`;
  }
  if (name === 'has' && !hasReceiver) return 'invalid argument to has(): it takes a field, as in has(object.spec)';
  return TWO_VARIABLE_FORMS[name]?.includes(parameters) === true && hasReceiver ? TWO_VARIABLES : undefined;
}
