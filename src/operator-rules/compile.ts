import {
  ANY_OBJECT,
  BOOL,
  type CelProgram,
  type CelScope,
  compileCel,
  DYN,
  mayBe,
  openScope,
  STRING,
} from '../cel/index.ts';
import type { LabelSelector } from '../kube/label-selector.ts';
import type { JsonValue } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { celNames, CLUSTERSET_NAME } from '../resources/index.ts';
import type { WrittenRule } from './document.ts';
import { type PlacedDocument, readDocument } from './read-document.ts';
import { compileSelector } from './selector.ts';

/** A rule that was found good. */
export interface OperatorRule {
  readonly written: WrittenRule;
  readonly namespaces: LabelSelector;
  readonly objects: LabelSelector;
  readonly expression: CelProgram;
  readonly message: CelProgram | undefined;
}

/** All rules of a file, which share variables and params. */
export interface OperatorRuleSet {
  readonly scope: CelScope;
  readonly params: JsonValue;
  readonly rules: readonly OperatorRule[];
  /** Whether any expression reads `clusterset`. */
  readonly readsClusterSet: boolean;
}

/** The text of a rules file, and of the file of params that it names. */
export interface RulesText {
  readonly rules: string;
  readonly params: JsonValue | undefined;
}

/** Takes in a rules file; the error says where it is wrong, `line:column: ...`. */
export function compileRules({ rules: text, params }: RulesText): Outcome<OperatorRuleSet, string> {
  const read = readDocument(text);
  if (!read.ok) return read;
  const { document, placeOf } = read.value;
  if (document.params !== undefined && document.paramsFile !== undefined) {
    return failed(`${placeOf(['paramsFile'])}: "params" and "paramsFile" exclude each other`);
  }
  const scope = compileVariables(read.value);
  if (!scope.ok) return scope;
  const rules: OperatorRule[] = [];
  for (const [index, written] of document.rules.entries()) {
    const rule = rules.some((other) => other.written.name === written.name)
      ? failed({ part: 'name', problem: 'the name is taken' })
      : compileRule(written, scope.value);
    if (!rule.ok) {
      const { part, problem } = rule.error;
      return failed(`${placeOf(['rules', index, ...part.split('.')])}: rule ${written.name}: ${part}: ${problem}`);
    }
    rules.push(rule.value);
  }
  return succeeded({
    ...{ scope: scope.value, rules },
    params: document.params ?? params ?? null,
    readsClusterSet: readsClusterSet(scope.value, rules),
  });
}

function compileVariables({ document: { variables = [] }, placeOf }: PlacedDocument): Outcome<CelScope, string> {
  const scope = openScope(celNames(ANY_OBJECT, DYN), variables);
  if (scope.ok) return scope;
  const { variable, line, column, message } = scope.error;
  const index = variables.findIndex(({ name }) => name === variable);
  const where = placeOf(['variables', index, 'expression']);
  return failed(`${where}: variable ${variable}: expression: ${String(line)}:${String(column)}: ${message}`);
}

interface RuleProblem {
  readonly part: string;
  readonly problem: string;
}

function compileRule(written: WrittenRule, scope: CelScope): Outcome<OperatorRule, RuleProblem> {
  const { match } = written;
  const namespaces = compileSelector(match.namespaceSelector);
  if (!namespaces.ok) return failed({ part: 'match.namespaceSelector', problem: namespaces.error });
  const objects = compileSelector(match.objectSelector);
  if (!objects.ok) return failed({ part: 'match.objectSelector', problem: objects.error });
  const expression = compilePart({ part: 'expression', text: written.expression, wanted: BOOL }, scope);
  if (!expression.ok) return expression;
  const message = compileMessage(written, scope);
  if (!message.ok) return message;
  return succeeded({
    ...{ written, expression: expression.value, message: message.value },
    ...{ namespaces: namespaces.value, objects: objects.value },
  });
}

function compileMessage(
  { expression, message, messageExpression }: WrittenRule,
  scope: CelScope,
): Outcome<CelProgram | undefined, RuleProblem> {
  if (messageExpression !== undefined) {
    return compilePart({ part: 'messageExpression', text: messageExpression, wanted: STRING }, scope);
  }
  if (message !== undefined || !expression.trim().includes('\n')) return succeeded(undefined);
  return failed({ part: 'expression', problem: 'an expression of several lines needs a "message"' });
}

interface Part {
  readonly part: string;
  readonly text: string;
  readonly wanted: typeof BOOL;
}

function compilePart({ part, text, wanted }: Part, scope: CelScope): Outcome<CelProgram, RuleProblem> {
  const program = compileCel(text, scope);
  if (!program.ok) {
    const { line, column, message } = program.error;
    return failed({ part, problem: `${String(line)}:${String(column)}: ${message}` });
  }
  if (mayBe(program.value.result, wanted)) return program;
  return failed({ part, problem: wanted === BOOL ? 'must give true or false' : 'must give a text' });
}

function readsClusterSet({ variables }: CelScope, rules: readonly OperatorRule[]): boolean {
  const programs = [
    ...variables.map(({ program }) => program),
    ...rules.flatMap(({ expression, message }) => (message === undefined ? [expression] : [expression, message])),
  ];
  return programs.some(({ names }) => names.has(CLUSTERSET_NAME));
}
