import ts from 'typescript';
import { readSourceFiles } from '../architecture/source-files.ts';

/** A named bound of the code: a constant of a module, or a field of a constant whose name ends in LIMITS. */
export interface NamedLimit {
  /** Path from the root of the project. */
  readonly file: string;
  readonly name: string;
  readonly value: number;
  /** The comment above it in one line; '' without one. */
  readonly comment: string;
}

const LIMIT_NAME = /(_MAX|Max|_MS|Ms|_SECONDS|Seconds)$/;
/** Units and facts of formats: nothing that anybody could choose differently. */
const NO_LIMITS = new Set([
  ...['DAY_MS', 'YEAR_MS', 'UNIT_MS', 'REVISIONS_PER_MS', 'UINT64_MAX', 'INT64_MAX'],
  ...['PORT_NUMBER_MAX', 'ROUTE_PARTS_MAX', 'AFFINITY_TIMEOUT_DEFAULT_SECONDS'],
]);

type Numbers = Map<string, number>;

/**
 * Every named bound of the product, by file and then as written. The embedded clusters are for trying the product; their
 * bounds are nobody's business.
 */
export function readNamedLimits(): readonly NamedLimit[] {
  return readSourceFiles(['src', 'apiservice', 'certs', 'webhooks'])
    .filter(({ path, isTest }) => !isTest && !path.startsWith('src/embedded/'))
    .flatMap(({ path, text }) => limitsOf(path, text));
}

function limitsOf(file: string, text: string): readonly NamedLimit[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const known: Numbers = new Map();
  const fieldComments = commentsOfFields(source);
  return declarationsOf(source).flatMap(({ name, initializer, statement }) => {
    const value = evaluate(initializer, known);
    if (value !== undefined) {
      known.set(name, value);
      return isLimit(name) ? [{ file, name, value, comment: commentOf(statement, source) }] : [];
    }
    return name.endsWith('LIMITS') && ts.isObjectLiteralExpression(initializer)
      ? fieldsOf(initializer, known).map((field) => ({
          ...field,
          file,
          comment: fieldComments.get(field.name) ?? '',
        }))
      : [];
  });
}

function isLimit(name: string): boolean {
  return /^[A-Z]/.test(name) && LIMIT_NAME.test(name) && !NO_LIMITS.has(name);
}

interface Declaration {
  readonly name: string;
  readonly initializer: ts.Expression;
  readonly statement: ts.Node;
}

function declarationsOf(source: ts.SourceFile): readonly Declaration[] {
  return source.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap(({ name, initializer }) => {
      if (initializer === undefined || !ts.isIdentifier(name)) return [];
      const inner = ts.isAsExpression(initializer) ? initializer.expression : initializer;
      return [{ name: name.text, initializer: inner, statement }];
    }),
  );
}

/** Fields of a record of limits; those of a record inside it are `outer.inner`. */
function fieldsOf(record: ts.ObjectLiteralExpression, known: Numbers): readonly { name: string; value: number }[] {
  return record.properties.filter(ts.isPropertyAssignment).flatMap((property) => {
    const name = property.name.getText();
    if (ts.isObjectLiteralExpression(property.initializer)) {
      return fieldsOf(property.initializer, known).map((inner) => ({ ...inner, name: `${name}.${inner.name}` }));
    }
    const value = evaluate(property.initializer, known);
    return value === undefined ? [] : [{ name, value }];
  });
}

/** Comments stand at the fields of the interface that describes a record. */
function commentsOfFields(source: ts.SourceFile): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  for (const { name, members } of source.statements.filter(ts.isInterfaceDeclaration)) {
    if (!name.text.endsWith('Limits')) continue;
    for (const member of members) comments.set(member.name?.getText() ?? '', commentOf(member, source));
  }
  return comments;
}

const OPERATIONS: Readonly<Partial<Record<ts.SyntaxKind, (a: number, b: number) => number>>> = {
  [ts.SyntaxKind.AsteriskToken]: (a, b) => a * b,
  [ts.SyntaxKind.SlashToken]: (a, b) => a / b,
  [ts.SyntaxKind.PlusToken]: (a, b) => a + b,
  [ts.SyntaxKind.MinusToken]: (a, b) => a - b,
};

/** The value of arithmetic over numbers and constants above it; undefined for anything else. */
function evaluate(node: ts.Expression, known: Numbers): number | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
  if (ts.isIdentifier(node)) return known.get(node.text);
  if (ts.isParenthesizedExpression(node)) return evaluate(node.expression, known);
  if (ts.isCallExpression(node)) return floorOf(node, known);
  if (!ts.isBinaryExpression(node)) return undefined;
  const left = evaluate(node.left, known);
  const right = evaluate(node.right, known);
  return left === undefined || right === undefined ? undefined : OPERATIONS[node.operatorToken.kind]?.(left, right);
}

function floorOf(call: ts.CallExpression, known: Numbers): number | undefined {
  const [argument] = call.arguments;
  if (call.expression.getText() !== 'Math.floor' || argument === undefined) return undefined;
  const value = evaluate(argument, known);
  return value === undefined ? undefined : Math.floor(value);
}

function commentOf(node: ts.Node, source: ts.SourceFile): string {
  const ranges = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
  const last = ranges.at(-1);
  if (last === undefined) return '';
  return source.text
    .slice(last.pos, last.end)
    .replace(/^\/\*\*?|\*\/$|^\/\/ ?/g, '')
    .replaceAll(/\s*\n\s*\*? ?/g, ' ')
    .trim();
}

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const TIMES: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', SECOND_MS],
];

/** The value as people say it; its unit follows from the name. */
export function formatLimit({ name, value }: Pick<NamedLimit, 'name' | 'value'>): string {
  const words = wordsOf(name);
  if (words.includes('bytes')) return formatBytes(value);
  if (words.includes('ms')) return formatTime(value);
  if (words.includes('seconds')) return formatTime(value * SECOND_MS);
  const unit = words.at(-1) === 'max' ? words.at(-2) : undefined;
  const noun = unit === undefined ? '' : ` ${unit.replace(/^chars$/, 'characters')}`;
  return `${value.toLocaleString('en-US')}${noun.endsWith('s') ? noun : ''}`;
}

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_.]/);
}

function formatBytes(value: number): string {
  if (value >= MIB && value % (MIB / 2) === 0) return `${value / MIB} MiB`;
  if (value >= KIB && value % KIB === 0) return `${value / KIB} KiB`;
  return `${value.toLocaleString('en-US')} bytes`;
}

function formatTime(ms: number): string {
  for (const [unit, size] of TIMES) {
    // 90 s says more than 1.5 min, and 60 s is how everybody says it.
    if (ms % size === 0 && (ms >= 2 * size || size === SECOND_MS || size >= 3_600_000) && ms >= size) {
      return `${(ms / size).toLocaleString('en-US')} ${unit}`;
    }
  }
  return `${ms} ms`;
}
