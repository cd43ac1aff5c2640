import { celString } from './cel-text.ts';
import type { CelRuleSource, CelVariables } from './cel-rule-source.ts';
import type { MemberPolicy, MemberPolicyRule } from './member-policy.ts';

export interface RulePolicyOptions {
  /** Of which rules; they must not read `clusterset` or `params`, which no member has. */
  readonly rules: readonly CelRuleSource[];
  readonly variables: CelVariables;
  readonly operations: MemberPolicy['operations'];
  readonly subresource: string;
  /** By field, a CEL text that gives what is shown of the value there; `null` where it is none. */
  readonly shownValues: Readonly<Record<string, string>>;
}

/** The part of a policy that denies what these rules deny in this process, in the same words. */
export function rulePolicy(options: RulePolicyOptions): Pick<MemberPolicy, 'subresources' | 'variables' | 'rules'> {
  const { rules, variables, subresource } = options;
  return {
    subresources: [subresource],
    variables: [...variables, ...oldVariables(variables)],
    rules: rules
      .filter(({ effect, subresources }) => effect === 'deny' && subresources.includes(subresource))
      .map((source) => policyRule(source, options)),
  };
}

function policyRule(source: CelRuleSource, { operations, shownValues }: RulePolicyOptions): MemberPolicyRule {
  const { name, field, reason, message } = source;
  const messageExpression = `${faultText(source, shownValues)} + ${source.messageExpression ?? celString(message)}`;
  const isAsked = operations.every((operation) => source.operations.includes(operation))
    ? undefined
    : `!(request.operation in [${source.operations.map((operation) => celString(operation)).join(', ')}])`;
  const parts = [isAsked, `(${source.expression})`, forgiven(source, messageExpression)];
  return {
    ...{ name, reason, messageExpression },
    expression: parts.filter((part) => part !== undefined).join(' || '),
    message: `${field}: ${message}`,
  };
}

/** What stands before the detail of a fault: see `celFault`. */
function faultText({ field, reason }: CelRuleSource, shownValues: Readonly<Record<string, string>>): string {
  const shown = shownValues[field] ?? celString('null');
  switch (reason) {
    case 'FieldValueForbidden':
      return celString(`${field}: Forbidden: `);
    case 'FieldValueRequired':
      return celString(`${field}: Required value: `);
    case 'FieldValueInvalid':
      return `${celString(`${field}: Invalid value: `)} + ${shown} + ": "`;
    case 'FieldValueDuplicate':
      return `${celString(`${field}: Duplicate value: `)} + ${shown} + ": "`;
  }
}

/** An update is not denied for what would be said of the old object, too. */
function forgiven(source: CelRuleSource, text: string): string | undefined {
  const judges = source.operations.includes('UPDATE');
  if (!judges || asOld(source.expression) === source.expression || /\boldObject\b/.test(source.expression))
    return undefined;
  return `(request.operation == "UPDATE" && !(${asOld(source.expression)}) && ${text} == ${asOld(text)})`;
}

const OLD = /^old[A-Z]/;

/** The same variables of the old object, as far as there are none of these names. */
function oldVariables(variables: CelVariables): CelVariables {
  const names = new Set(variables.map(({ name }) => name));
  return variables
    .filter(({ name }) => !OLD.test(name) && !names.has(oldName(name)))
    .map(({ name, expression }) => ({ name: oldName(name), expression: asOld(expression) }));
}

/** The expression with the old object in place of the object; settings stay what they are. */
function asOld(expression: string): string {
  return expression
    .replaceAll(/\bobject\./g, 'oldObject.')
    .replaceAll(/\bvariables\.(\w+)/g, (whole, name: string) =>
      OLD.test(name) || SETTINGS.has(name) ? whole : `variables.${oldName(name)}`,
    );
}

const SETTINGS: ReadonlySet<string> = new Set(['standardProperties', 'strictClusterSetNames']);

function oldName(name: string): string {
  return `old${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
}
