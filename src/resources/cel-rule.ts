import {
  activate,
  BOOL,
  type CelProblem,
  type CelProgram,
  type CelScope,
  type CelShape,
  compileCel,
  DYN,
  mayBe,
  openScope,
  shapeOfKind,
  STRING,
} from '../cel/index.ts';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { type AdmissionContext, type AdmissionRule, allow, denyFor, type Verdict } from './admission.ts';
import { celFault } from './cel-fault.ts';
import { celErrorMessage, celMessage } from './cel-message.ts';
import { celNames, type CelSubject, celValues } from './cel-names.ts';
import type { CelRuleSet, CelRuleSource } from './cel-rule-source.ts';

/** What the expressions of a kind are about. */
export interface CelRuleOptions {
  readonly subject: CelSubject;
  /** Of the version that rules see, as in its definition: fields that it does not have are refused. */
  readonly schema: JsonObject;
  /** What expressions read as `params`; null if not given. */
  readonly params?: { readonly shape: CelShape; readonly value: (context: AdmissionContext) => JsonValue };
}

/** A rule's expressions, ready to be evaluated. */
interface Programs {
  readonly expression: CelProgram;
  readonly message: CelProgram | undefined;
}

/** The rules of a set, evaluated in this process. Throws for an expression that is not right: that is a bug of ours. */
export function celRules(set: CelRuleSet, options: CelRuleOptions): readonly AdmissionRule[] {
  const names = celNames(shapeOfKind(options.schema), options.params?.shape ?? DYN);
  const scope = demanded('a variable', openScope(names, set.variables));
  return set.rules.map((rule) => celRule(rule, scope, options));
}

function celRule(source: CelRuleSource, scope: CelScope, options: CelRuleOptions): AdmissionRule {
  const { name, operations, subresources, effect, messageExpression } = source;
  const programs: Programs = {
    expression: compiled(source, source.expression, { scope, result: BOOL }),
    message:
      messageExpression === undefined ? undefined : compiled(source, messageExpression, { scope, result: STRING }),
  };
  return {
    ...{ name, operations, subresources },
    effects: [effect],
    evaluate: (request, context) => {
      const params = (): JsonValue => options.params?.value(context) ?? null;
      const activation = activate(scope, { ...celValues(request, context, options.subject), params });
      const outcome = programs.expression.evaluate(activation);
      if (outcome.ok && outcome.value === true) return allow();
      const message = outcome.ok
        ? celMessage(programs.message?.evaluate(activation), source.message)
        : celErrorMessage(source.expression, outcome.error);
      return verdictOf(source, message, request.object ?? request.oldObject);
    },
  };
}

function verdictOf({ effect, field, reason }: CelRuleSource, message: string, object: unknown): Verdict {
  return effect === 'warn' ? allow(message) : denyFor([celFault({ field, reason, message }, object)]);
}

interface Wanted {
  readonly scope: CelScope;
  readonly result: CelShape;
}

function compiled({ name }: CelRuleSource, text: string, { scope, result }: Wanted): CelProgram {
  const program = demanded(name, compileCel(text, scope));
  if (!mayBe(program.result, result)) throw new Error(`admission rule ${name}: ${text}: gives the wrong type`);
  return program;
}

function demanded<T>(what: string, outcome: Outcome<T, CelProblem>): T {
  if (outcome.ok) return outcome.value;
  const { line, column, message } = outcome.error;
  throw new Error(`admission rule ${what}: ${String(line)}:${String(column)}: ${message}`);
}
