import { celEnv, celFunc, type CelFunc, CelScalar, listType } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { createRegistry } from '@bufbuild/protobuf';
import { ADDRESS, ADDRESSES } from './library/addresses.ts';
import { FORMAT, FORMATS } from './library/formats.ts';
import { LISTS } from './library/lists.ts';
import { NETWORK, NETWORKS } from './library/networks.ts';
import { OPTIONAL, OPTIONALS } from './library/optionals.ts';
import { PATTERNS } from './library/patterns.ts';
import { QUANTITIES, QUANTITY } from './library/quantities.ts';
import { SEMVER, SEMVERS } from './library/semvers.ts';
import { SETS } from './library/sets.ts';
import { TEXTS } from './library/texts.ts';
import { TIMES } from './library/times.ts';
import { URL_TYPE, URLS } from './library/urls.ts';
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

/** Types of Kubernetes; the library must know them to compare their values. */
const TYPES = [QUANTITY, ADDRESS, NETWORK, URL_TYPE, SEMVER, FORMAT, OPTIONAL].map(({ desc }) => desc);

/** Every function that expressions may call. */
export const ENVIRONMENT = celEnv({
  registry: createRegistry(...TYPES),
  funcs: [
    ...[...strings, ...SUMS, ...TEXTS, ...TIMES, ...LISTS, ...SETS, ...OPTIONALS, ...PATTERNS],
    ...[...QUANTITIES, ...ADDRESSES, ...NETWORKS, ...URLS, ...SEMVERS, ...FORMATS],
  ],
});
