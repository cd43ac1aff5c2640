import { activate, type CelActivation, type CelScope } from '../cel/index.ts';
import { celErrorMessage, celMessage } from '../resources/index.ts';
import type { OperatorRuleSet } from './compile.ts';
import type { OperatorRule } from './compile-rule.ts';
import type { RuleQuestion } from './question.ts';

/** What one rule says: nothing when its expression is true. */
export interface RuleAnswer {
  readonly message: string | undefined;
  /** It could not be evaluated; the message says why. */
  readonly isError: boolean;
}

export const NOTHING_SAID: RuleAnswer = { message: undefined, isError: false };

/** Answers of rules to one write: call it with the rules' numbers. */
export function askRules(set: OperatorRuleSet, question: RuleQuestion): (index: number) => RuleAnswer {
  const activations = new Map<CelScope, CelActivation>();
  const activationOf = (scope: CelScope): CelActivation => {
    const activation = activations.get(scope) ?? activate(scope, values);
    activations.set(scope, activation);
    return activation;
  };
  const values = {
    object: () => question.object,
    oldObject: () => question.oldObject,
    request: () => question.request,
    namespaceObject: () => question.namespaceObject,
    clusterset: () => question.clusterset,
    params: () => set.params,
  };
  return (index) => {
    const rule = set.rules[index];
    return rule === undefined ? NOTHING_SAID : answerOf(rule, activationOf(rule.scope), question.namesOthers);
  };
}

function answerOf(rule: OperatorRule, activation: CelActivation, namesOthers: boolean): RuleAnswer {
  const { written, expression, message, tellsOthers } = rule;
  const outcome = expression.evaluate(activation);
  if (outcome.ok && outcome.value === true) return NOTHING_SAID;
  if (!outcome.ok) {
    const error = namesOthers || !tellsOthers.expression ? outcome.error : ERROR_NOT_TOLD;
    return { message: celErrorMessage(written.expression, error), isError: true };
  }
  const fallback = written.message ?? `failed expression: ${written.expression.trim()}`;
  const given = namesOthers || !tellsOthers.message ? message?.evaluate(activation) : undefined;
  return { message: celMessage(given, fallback), isError: false };
}

/** An error may hold what an expression has read. */
const ERROR_NOT_TOLD = 'it is about other clusters and not told here';
