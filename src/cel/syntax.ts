import { parse } from '@bufbuild/cel';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { EXPRESSION_NESTING_MAX, EXPRESSION_NODES_MAX } from './limits.ts';
import { type CelProblem, problemAt } from './problem.ts';
import { scanExpression } from './scan.ts';

export type Expr = ReturnType<typeof parse>['expr'];
type ExprKind = Expr['exprKind'];
export type CallExpr = Extract<ExprKind, { case: 'callExpr' }>['value'];
export type Comprehension = Extract<ExprKind, { case: 'comprehensionExpr' }>['value'];
export type SelectExpr = Extract<ExprKind, { case: 'selectExpr' }>['value'];
export type StructExpr = Extract<ExprKind, { case: 'structExpr' }>['value'];
export type Constant = Extract<ExprKind, { case: 'constExpr' }>['value'];

export interface Syntax {
  readonly text: string;
  readonly root: Expr;
  /** The problem at a node. */
  readonly problem: (node: Expr, message: string) => CelProblem;
}

/** The syntax tree of a text, macros expanded; nothing is known yet of names and types in it. */
export function parseExpression(text: string): Outcome<Syntax, CelProblem> {
  const found = scanExpression(text);
  if (found !== undefined) return failed(found);
  try {
    // The parser knows no comment that ends with the text.
    const { expr, sourceInfo } = parse(`${text}\n`);
    const positions = sourceInfo?.positions ?? {};
    const problem = (node: Expr, message: string): CelProblem =>
      problemAt(text, positions[String(node.id)] ?? 0, message);
    const fault = tooLarge(expr);
    return fault === undefined ? succeeded({ text, root: expr, problem }) : failed(problemAt(text, 0, fault));
  } catch (error) {
    return failed(syntaxProblem(text, error));
  }
}

/** What a node is made of. */
export function partsOf({ exprKind }: Expr): readonly Expr[] {
  switch (exprKind.case) {
    case 'callExpr':
      return present([exprKind.value.target, ...exprKind.value.args]);
    case 'selectExpr':
      return present([exprKind.value.operand]);
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap((entry) =>
        present([entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined, entry.value]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}

function present(nodes: readonly (Expr | undefined)[]): readonly Expr[] {
  return nodes.filter((node) => node !== undefined);
}

function tooLarge(root: Expr): string | undefined {
  let nodes = 0;
  // Level by level, so that depth is known without recursion.
  for (let [level, depth]: [readonly Expr[], number] = [[root], 0]; level.length > 0; depth += 1) {
    nodes += level.length;
    if (nodes > EXPRESSION_NODES_MAX) return `the expression has more than ${String(EXPRESSION_NODES_MAX)} parts`;
    if (depth > EXPRESSION_NESTING_MAX) return `the expression is nested deeper than ${String(EXPRESSION_NESTING_MAX)}`;
    level = level.flatMap(partsOf);
  }
  return undefined;
}

function syntaxProblem(text: string, error: unknown): CelProblem {
  const message = error instanceof Error ? error.message : String(error);
  const offset = offsetOf(error);
  // The parser's own text starts with the position, which is told apart from it.
  const said = message.replace(/^<input>:\d+:\d+: /, '').replace(/ but expecting .*$/s, '');
  return problemAt(text, offset, `syntax error: ${said}`);
}

function offsetOf(error: unknown): number {
  const start = memberOf(memberOf(error, 'location'), 'start');
  const offset = memberOf(start, 'offset');
  return typeof offset === 'number' ? offset : 0;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const descriptor = Object.getOwnPropertyDescriptor(value, name);
  return descriptor?.value;
}
