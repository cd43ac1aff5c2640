import { ANY_OBJECT, type CelScope, DYN, narrowScope, openScope, type VariableProblem } from '../cel/index.ts';
import type { JsonValue } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { celNames, CLUSTERSET_NAME } from '../resources/index.ts';
import { compileRule, type OperatorRule, type RuleProblem, type RuleScopes } from './compile-rule.ts';
import { type PlacedDocument, readDocument } from './read-document.ts';

/** All rules of a file, which share variables and params. */
export interface OperatorRuleSet {
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
  const scope = openScope(celNames(ANY_OBJECT, DYN), document.variables ?? []);
  if (!scope.ok) return failed(variableFault(read.value, scope.error));
  const rules = compileAll(read.value, createScopes(scope.value));
  if (!rules.ok) return rules;
  return succeeded({
    rules: rules.value,
    params: document.params ?? params ?? null,
    readsClusterSet: readsClusterSet(scope.value, rules.value),
  });
}

function compileAll(placed: PlacedDocument, scopes: RuleScopes): Outcome<readonly OperatorRule[], string> {
  const rules: OperatorRule[] = [];
  for (const [index, written] of placed.document.rules.entries()) {
    const rule: Outcome<OperatorRule, RuleProblem> = rules.some((other) => other.written.name === written.name)
      ? failed({ type: 'part', part: 'name', problem: 'the name is taken' })
      : compileRule(written, scopes);
    if (!rule.ok) return failed(ruleFault(placed, index, rule.error));
    rules.push(rule.value);
  }
  return succeeded(rules);
}

/** Rules about one kind share their named expressions, too, so that each is evaluated once for a write. */
function createScopes(any: CelScope): RuleScopes {
  const narrowed = new Map<string, ReturnType<RuleScopes['of']>>();
  return {
    any,
    of: ({ name, shape }) => {
      const scope = narrowed.get(name) ?? narrowScope(any, celNames(shape, DYN));
      narrowed.set(name, scope);
      return scope;
    },
  };
}

function variableFault({ document: { variables = [] }, placeOf }: PlacedDocument, problem: VariableProblem): string {
  const { variable, line, column, message } = problem;
  const index = variables.findIndex(({ name }) => name === variable);
  const where = placeOf(['variables', index, 'expression']);
  return `${where}: variable ${variable}: expression: ${String(line)}:${String(column)}: ${message}`;
}

function ruleFault(placed: PlacedDocument, index: number, problem: RuleProblem): string {
  const name = placed.document.rules[index]?.name ?? '';
  if (problem.type === 'variable') {
    return `${variableFault(placed, problem.problem)} (${problem.kind.name}, in rule ${name})`;
  }
  const where = placed.placeOf(['rules', index, ...problem.part.split('.')]);
  return `${where}: rule ${name}: ${problem.part}: ${problem.problem}`;
}

function readsClusterSet({ variables }: CelScope, rules: readonly OperatorRule[]): boolean {
  const programs = [
    ...variables.map(({ program }) => program),
    ...rules.flatMap(({ expression, message }) => (message === undefined ? [expression] : [expression, message])),
  ];
  return programs.some(({ names }) => names.has(CLUSTERSET_NAME));
}
