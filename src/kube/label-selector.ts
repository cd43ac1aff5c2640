import { labelKeyFaults, labelValueFaults } from './label-syntax.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** One term of a label selector; all terms must hold. */
export type LabelRequirement =
  | { readonly type: 'in' | 'notIn'; readonly key: string; readonly values: ReadonlySet<string> }
  | { readonly type: 'exists' | 'doesNotExist'; readonly key: string }
  | { readonly type: 'greaterThan' | 'lessThan'; readonly key: string; readonly bound: bigint };

/** [] selects everything. */
export type LabelSelector = readonly LabelRequirement[];

type Labels = Readonly<Record<string, string>> | undefined;
type Result<T> = Outcome<T, string>;

/** Reads the whole grammar of label selectors; a fault is told in kube-apiserver's words (apimachinery pkg/labels). */
export function parseLabelSelector(text: string): Result<LabelSelector> {
  return parseTerms(scan(text));
}

export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => holds(requirement, labelOf(labels, requirement.key)));
}

/** A label with the one value that the selector demands of it, if there is one. */
export function requiredLabel(selector: LabelSelector): { readonly key: string; readonly value: string } | undefined {
  for (const requirement of selector) {
    if (requirement.type !== 'in' || requirement.values.size !== 1) continue;
    const [value = ''] = requirement.values;
    return { key: requirement.key, value };
  }
  return undefined;
}

function labelOf(labels: Labels, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function holds(requirement: LabelRequirement, value: string | undefined): boolean {
  switch (requirement.type) {
    case 'in':
      return value !== undefined && requirement.values.has(value);
    case 'notIn':
      return value === undefined || !requirement.values.has(value);
    case 'exists':
      return value !== undefined;
    case 'doesNotExist':
      return value === undefined;
    case 'greaterThan':
    case 'lessThan':
      return compares(requirement, value);
  }
}

function compares(requirement: LabelRequirement & { bound: bigint }, text: string | undefined): boolean {
  const value = parseInteger(text ?? '');
  if (value === undefined) return false;
  return requirement.type === 'greaterThan' ? value > requirement.bound : value < requirement.bound;
}

/** strconv.ParseInt in base 10 with 64 bits. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

const OPERATORS = ['!', '=', '==', 'in', '!=', 'notin', '>', '<', '(', ')', ','] as const;
type Operator = (typeof OPERATORS)[number];
type TokenType = Operator | 'identifier' | 'end' | 'error';

interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const END: Token = { type: 'end', text: '' };
const SPACE = /[ \t\r\n]*/y;
const WORD = /[^ \t\r\n=!(),><\0]+/y;
const SYMBOL = /==|!=|[=!(),><]/y;

/** Reads symbols greedily; the words `in` and `notin` are operators only where an operator may stand. */
function scan(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    position += found?.length ?? 0;
    return found;
  };
  for (;;) {
    take(SPACE);
    const word = take(WORD) ?? take(SYMBOL);
    // A NUL ends the text, as it does in kube-apiserver.
    if (word === undefined) return [...tokens, END];
    tokens.push({ type: OPERATORS.find((operator) => operator === word) ?? 'identifier', text: word });
  }
}

/** The tokens from `position` on; past the end it stays at the end. */
interface Cursor {
  readonly tokens: readonly Token[];
  position: number;
}

function peek(cursor: Cursor): Token {
  return asValue(cursor.tokens[cursor.position] ?? END);
}

function next(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.position += 1;
  return token;
}

function asValue(token: Token): Token {
  return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', text: token.text } : token;
}

function parseTerms(tokens: readonly Token[]): Result<LabelSelector> {
  const cursor: Cursor = { tokens, position: 0 };
  const selector: LabelRequirement[] = [];
  for (;;) {
    const { type, text } = peek(cursor);
    if (type === 'end') return succeeded(selector);
    if (type !== 'identifier' && type !== '!') {
      return failed(`found '${text}', expected: !, identifier, or 'end of string'`);
    }
    const requirement = parseRequirement(cursor);
    if (!requirement.ok) return failed(`unable to parse requirement: ${requirement.error}`);
    selector.push(requirement.value);
    const separator = next(cursor);
    if (separator.type === 'end') return succeeded(selector);
    if (separator.type !== ',') return failed(`found '${separator.text}', expected: ',' or 'end of string'`);
    const following = peek(cursor);
    if (following.type !== 'identifier' && following.type !== '!') {
      return failed(`found '${following.text}', expected: identifier after ','`);
    }
  }
}

function parseRequirement(cursor: Cursor): Result<LabelRequirement> {
  const negated = peek(cursor).type === '!';
  if (negated) cursor.position += 1;
  const key = next(cursor);
  if (key.type !== 'identifier') return failed(`found '${key.text}', expected: identifier`);
  const faults = labelKeyFaults(key.text);
  // kube-apiserver names no field here, and its text says so.
  if (faults.length > 0) return failed(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${faults.join('; ')}`);
  if (negated) return succeeded({ type: 'doesNotExist', key: key.text });
  const { type } = peek(cursor);
  if (type === 'end' || type === ',') return succeeded({ type: 'exists', key: key.text });
  return parseComparison(cursor, key.text);
}

const COMPARISONS = new Map<TokenType, 'in' | 'notIn' | 'greaterThan' | 'lessThan'>([
  ['in', 'in'],
  ['notin', 'notIn'],
  ['=', 'in'],
  ['==', 'in'],
  ['!=', 'notIn'],
  ['>', 'greaterThan'],
  ['<', 'lessThan'],
]);

function parseComparison(cursor: Cursor, key: string): Result<LabelRequirement> {
  const operator = cursor.tokens[cursor.position] ?? END;
  cursor.position += 1;
  const type = COMPARISONS.get(operator.type);
  if (type === undefined) return failed(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = operator.type === 'in' || operator.type === 'notin' ? parseValueSet(cursor) : parseValue(cursor);
  return type === 'in' || type === 'notIn' ? inRequirement(type, key, values) : boundRequirement(type, key, values);
}

function inRequirement(type: 'in' | 'notIn', key: string, parsed: Result<readonly string[]>): Result<LabelRequirement> {
  if (!parsed.ok) return parsed;
  const faults = valueFaults(key, parsed.value);
  return faults.length > 0 ? failed(joinFaults(faults)) : succeeded({ type, key, values: new Set(parsed.value) });
}

function boundRequirement(
  type: 'greaterThan' | 'lessThan',
  key: string,
  parsed: Result<readonly string[]>,
): Result<LabelRequirement> {
  if (!parsed.ok) return parsed;
  const [text = ''] = parsed.value;
  const bound = parseInteger(text);
  const faults = valueFaults(key, parsed.value);
  if (bound !== undefined && faults.length === 0) return succeeded({ type, key, bound });
  const notInteger = `values[0]: Invalid value: ${JSON.stringify(text)}: for 'Gt', 'Lt' operators, the value must be an integer`;
  return failed(joinFaults(bound === undefined ? [notInteger, ...faults] : faults));
}

function valueFaults(key: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value, index) => {
    const faults = labelValueFaults(value);
    return faults.length === 0
      ? []
      : [`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${faults.join('; ')}`];
  });
}

function joinFaults(faults: readonly string[]): string {
  return faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`;
}

function parseValue(cursor: Cursor): Result<readonly string[]> {
  const { type, text } = peek(cursor);
  if (type === 'end' || type === ',') return succeeded(['']);
  if (type !== 'identifier') return failed(`found '${text}', expected: identifier`);
  cursor.position += 1;
  return succeeded([text]);
}

/** `(a,b)`; empty places stand for the empty value. The result is sorted and without repetitions. */
function parseValueSet(cursor: Cursor): Result<readonly string[]> {
  const open = next(cursor);
  if (open.type !== '(') return failed(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  let previous: TokenType = '(';
  for (;;) {
    const { type, text } = next(cursor);
    if (type === 'identifier' && previous !== 'identifier') values.add(text);
    else if (type === ',' || type === ')') {
      if (previous !== 'identifier') values.add('');
      if (type === ')') return succeeded([...values].sort());
    } else return failed(valueSetFault(previous, text));
    previous = type;
  }
}

function valueSetFault(previous: TokenType, text: string): string {
  if (previous === '(') return `found '${text}', expected: ',', ')' or identifier`;
  return previous === 'identifier'
    ? `found '${text}', expected: ',' or ')'`
    : `found '${text}', expected: ',', or identifier`;
}
