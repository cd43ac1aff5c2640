/** Characters of one expression; kube-apiserver takes more, but nobody reads such a rule. */
export const EXPRESSION_CHARACTERS_MAX = 16_384;

/** Brackets within brackets in an expression, and levels of the syntax tree that is made of it. */
export const EXPRESSION_NESTING_MAX = 100;

/** Nodes of the syntax tree of one expression, with what macros expand to. */
export const EXPRESSION_NODES_MAX = 10_000;

/** Steps of one evaluation: turns of loops, and items of lists and maps that are looked at one by one. */
export const EVALUATION_STEPS_MAX = 200_000;

/** Characters of a text that an expression makes; what it reads may be longer. */
export const MADE_TEXT_CHARACTERS_MAX = 1_048_576;

/** Items of a list that an expression makes. */
export const MADE_LIST_ITEMS_MAX = 100_000;

/** Digits of a quantity, and its exponent (`1e3`); further ones are no quantities here. */
export const QUANTITY_DIGITS_MAX = 1_000;

/** Parameters of the query of a URL; one with more has none, as in Go. */
export const QUERY_PARAMETERS_MAX = 10_000;
