import type { CelProblem } from './problem.ts';
import { problemAt } from './problem.ts';
import { EXPRESSION_CHARACTERS_MAX, EXPRESSION_NESTING_MAX } from './limits.ts';

const COMMENT = /\/\/[^\n]*/y;
const STRING_START = /(?<prefix>[bB]?[rR]?|[rR][bB])(?<quote>"""|'''|"|')/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPE = /\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;
const OPTIONAL = /\.\?|\[\s*\?|\{\s*\?/y;
const QUOTED_FIELD = /\.\s*`/y;

/** Where the scan of a text stands. */
interface Place {
  readonly text: string;
  readonly offset: number;
}

/**
 * Looks for what the parser takes otherwise than kube-apiserver does, or says badly: escapes that do not exist, optional
 * syntax, quoted fields, and nesting so deep that no recursive parser should see it.
 */
export function scanExpression(text: string): CelProblem | undefined {
  if (text.trim() === '') return problemAt(text, 0, 'the expression is empty');
  if (text.length > EXPRESSION_CHARACTERS_MAX) {
    return problemAt(text, 0, `the expression has more than ${String(EXPRESSION_CHARACTERS_MAX)} characters`);
  }
  let nesting = 0;
  for (let offset = 0; offset < text.length;) {
    const place = { text, offset };
    const literal = matchAt(STRING_START, place);
    const end = literal === undefined ? afterToken(place) : afterString(place, literal);
    if (typeof end !== 'number') return end;
    if (literal === undefined) nesting += nestingOf(text.charAt(offset));
    if (nesting > EXPRESSION_NESTING_MAX) {
      return problemAt(text, offset, `more than ${String(EXPRESSION_NESTING_MAX)} brackets within brackets`);
    }
    offset = end;
  }
  return undefined;
}

function matchAt(pattern: RegExp, { text, offset }: Place): RegExpExecArray | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text) ?? undefined;
}

function nestingOf(character: string): number {
  if (character !== '' && '([{'.includes(character)) return 1;
  return character !== '' && ')]}'.includes(character) ? -1 : 0;
}

function afterToken(place: Place): number | CelProblem {
  const { text, offset } = place;
  if (matchAt(OPTIONAL, place) !== undefined) {
    return problemAt(text, offset, 'optional syntax (.?field, [?key], {?key: value}) is not supported; use has()');
  }
  if (matchAt(QUOTED_FIELD, place) !== undefined) {
    return problemAt(text, offset, "fields in backticks are not supported; write object['field']");
  }
  const skipped = matchAt(COMMENT, place) ?? matchAt(WORD, place);
  return offset + (skipped?.[0].length ?? 1);
}

/** The end of a string literal, or what is wrong in it. What never ends is left to the parser. */
function afterString(place: Place, literal: RegExpExecArray): number | CelProblem {
  const { text } = place;
  const quote = literal.groups?.['quote'] ?? '"';
  const raw = /r/i.test(literal.groups?.['prefix'] ?? '');
  let offset = place.offset + literal[0].length;
  while (offset < text.length && !text.startsWith(quote, offset)) {
    if (raw || text.charAt(offset) !== '\\') {
      offset += 1;
      continue;
    }
    const escape = matchAt(ESCAPE, { text, offset });
    if (escape === undefined) return problemAt(text, offset, `no such escape: ${text.slice(offset, offset + 2)}`);
    offset += escape[0].length;
  }
  return offset + quote.length;
}
