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
  /** What stands before the name, where that is no value. */
  readonly space: string | undefined;
  readonly hasReceiver: boolean;
  readonly parameters: number;
}

/** Functions of kube-apiserver that need types or an engine which the library does not offer. */
export const UNSUPPORTED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['quantity', 'isQuantity', 'ip', 'isIP', 'ip.isCanonical', 'cidr', 'isCIDR', 'url', 'isURL', 'semver', 'isSemver'],
  ...['optional.of', 'optional.none', 'optional.ofNonZeroValue', 'format.named', 'jsonpatch.escapeKey'],
  ...['find', 'findAll'],
]);

/** Before the names of formats, such as `format.dns1123Label()`. */
const FORMATS = 'format';

/** Why a call that kube-apiserver understands is refused here; undefined for all others. */
export function unsupportedCall({ name, space, hasReceiver, parameters }: CallForm): string | undefined {
  const qualified = space === undefined ? name : `${space}.${name}`;
  if (space === FORMATS || UNSUPPORTED_FUNCTIONS.has(qualified)) {
    return `${qualified}() is not supported here; see docs/cel.md for what is`;
  }
  if (name === 'has' && !hasReceiver) return 'invalid argument to has(): it takes a field, as in has(object.spec)';
  return TWO_VARIABLE_FORMS[name]?.includes(parameters) === true && hasReceiver ? TWO_VARIABLES : undefined;
}
