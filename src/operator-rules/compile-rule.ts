import {
  BOOL,
  type CelProgram,
  type CelScope,
  type CelShape,
  compileCel,
  mayBe,
  type NarrowedScope,
  problemAmong,
  readsName,
  STRING,
  type VariableProblem,
} from '../cel/index.ts';
import type { LabelSelector } from '../kube/label-selector.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { CLUSTERSET_NAME } from '../resources/index.ts';
import type { WrittenRule } from './document.ts';
import { kindOf, type RuleKind } from './rule-kind.ts';
import { compileSelector } from './selector.ts';

/** A rule that was found good. */
export interface OperatorRule {
  readonly written: WrittenRule;
  readonly namespaces: LabelSelector;
  readonly objects: LabelSelector;
  /** What its expressions read: of an object whose kind is known, the fields of that kind. */
  readonly scope: CelScope;
  readonly expression: CelProgram;
  readonly message: CelProgram | undefined;
  /** What reads `clusterset`, and so could tell of other clusters. */
  readonly tellsOthers: { readonly expression: boolean; readonly message: boolean };
}

export type RuleProblem =
  | { readonly type: 'part'; readonly part: string; readonly problem: string }
  /** A named expression that it reads does not fit the kind that the rule is about. */
  | { readonly type: 'variable'; readonly problem: VariableProblem; readonly kind: RuleKind };

/** What expressions read, for rules about any kind and for rules about one. */
export interface RuleScopes {
  readonly any: CelScope;
  readonly of: (kind: RuleKind) => NarrowedScope;
}

export function compileRule(written: WrittenRule, scopes: RuleScopes): Outcome<OperatorRule, RuleProblem> {
  const { match } = written;
  const namespaces = compileSelector(match.namespaceSelector);
  if (!namespaces.ok) return partFailed('match.namespaceSelector', namespaces.error);
  const objects = compileSelector(match.objectSelector);
  if (!objects.ok) return partFailed('match.objectSelector', objects.error);
  const expressions = compileExpressions(written, scopes);
  if (!expressions.ok) return expressions;
  return succeeded({ ...expressions.value, written, namespaces: namespaces.value, objects: objects.value });
}

type Expressions = Pick<OperatorRule, 'scope' | 'expression' | 'message' | 'tellsOthers'>;

/** First over any object, which tells what they read; then over the fields of the kind, if the rule is about one. */
function compileExpressions(written: WrittenRule, scopes: RuleScopes): Outcome<Expressions, RuleProblem> {
  const untyped = compileBoth(written, scopes.any);
  const kind = kindOf(written.match);
  if (!untyped.ok || kind === undefined) return untyped;
  const { scope, problems } = scopes.of(kind);
  const { expression, message } = untyped.value;
  const problem = problemAmong(problems, expression) ?? (message && problemAmong(problems, message));
  if (problem !== undefined) return failed({ type: 'variable', problem, kind });
  const typed = compileBoth(written, scope);
  if (typed.ok || typed.error.type !== 'part') return typed;
  return partFailed(typed.error.part, `${typed.error.problem} (${kind.name})`);
}

function compileBoth(written: WrittenRule, scope: CelScope): Outcome<Expressions, RuleProblem> {
  const expression = compilePart({ part: 'expression', text: written.expression, wanted: BOOL }, scope);
  if (!expression.ok) return expression;
  const message = compileMessage(written, scope);
  if (!message.ok) return message;
  const tellsOthers = {
    expression: readsName(scope, expression.value, CLUSTERSET_NAME),
    message: message.value !== undefined && readsName(scope, message.value, CLUSTERSET_NAME),
  };
  return succeeded({ scope, expression: expression.value, message: message.value, tellsOthers });
}

function compileMessage(
  { expression, message, messageExpression }: WrittenRule,
  scope: CelScope,
): Outcome<CelProgram | undefined, RuleProblem> {
  if (messageExpression !== undefined) {
    return compilePart({ part: 'messageExpression', text: messageExpression, wanted: STRING }, scope);
  }
  if (message !== undefined || !expression.trim().includes('\n')) return succeeded(undefined);
  return partFailed('expression', 'an expression of several lines needs a "message"');
}

interface Part {
  readonly part: string;
  readonly text: string;
  readonly wanted: CelShape;
}

function compilePart({ part, text, wanted }: Part, scope: CelScope): Outcome<CelProgram, RuleProblem> {
  const program = compileCel(text, scope);
  if (!program.ok) {
    const { line, column, message } = program.error;
    return partFailed(part, `${String(line)}:${String(column)}: ${message}`);
  }
  if (mayBe(program.value.result, wanted)) return program;
  return partFailed(part, wanted === BOOL ? 'must give true or false' : 'must give a text');
}

function partFailed(part: string, problem: string): Outcome<never, RuleProblem> {
  return failed({ type: 'part', part, problem });
}
