import { celList, type CelFunc, celMethod, CelScalar, listType } from '@bufbuild/cel';
import { RE2JS } from 're2js';

const { INT, STRING } = CelScalar;
const STRINGS = listType(STRING);

/** The regex library of Kubernetes: linear in the text, as RE2 is. */
export const PATTERNS: readonly CelFunc[] = [
  celMethod('find', STRING, [STRING], STRING, function (pattern) {
    return findAll(this, pattern, 1)[0] ?? '';
  }),
  celMethod('findAll', STRING, [STRING], STRINGS, function (pattern) {
    return celList(findAll(this, pattern, -1));
  }),
  celMethod('findAll', STRING, [STRING, INT], STRINGS, function (pattern, limit) {
    return celList(findAll(this, pattern, Number(limit)));
  }),
];

/** Functions whose first argument is a pattern. */
const PATTERN_FUNCTIONS: ReadonlySet<string> = new Set(['matches', 'find', 'findAll']);

/** What is wrong with the constant that a function is given as its pattern. */
export function patternFault(name: string, pattern: string): string | undefined {
  if (!PATTERN_FUNCTIONS.has(name)) return undefined;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A negative limit is none. */
function findAll(text: string, pattern: string, limit: number): readonly string[] {
  if (limit === 0) return [];
  const found: unknown = compile(pattern).re2().findAll(text, limit);
  return Array.isArray(found) ? found.map(String) : [];
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(`Illegal regex: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
