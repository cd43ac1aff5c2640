import { celEnv, celFunc, type CelFunc, CelScalar, listType } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { LISTS } from './library/lists.ts';
import { SETS } from './library/sets.ts';
import { TEXTS } from './library/texts.ts';
import { MADE_TEXT_CHARACTERS_MAX } from './limits.ts';
import { joinLists } from './made-list.ts';

const { DYN, STRING } = CelScalar;
const LIST = listType(DYN);

/** Sums as the library has them, with an upper bound for what doubles and doubles again. */
const SUMS: readonly CelFunc[] = [
  celFunc('_+_', [STRING, STRING], STRING, (left, right) => {
    if (left.length + right.length > MADE_TEXT_CHARACTERS_MAX) {
      throw new Error(`a text of more than ${String(MADE_TEXT_CHARACTERS_MAX)} characters`);
    }
    return left + right;
  }),
  celFunc('_+_', [LIST, LIST], LIST, joinLists),
];

/** Every function that expressions may call. */
export const ENVIRONMENT = celEnv({ funcs: [...strings, ...SUMS, ...TEXTS, ...LISTS, ...SETS] });
