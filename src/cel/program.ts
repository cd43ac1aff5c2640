import { type CelResult, type CelValue, isCelError, plan } from '@bufbuild/cel';
import type { JsonValue } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import type { CelActivation } from './activation.ts';
import { checkExpression, type Names, namesIn, variablesIn } from './check.ts';
import { countTurns } from './count-turns.ts';
import { ENVIRONMENT } from './environment.ts';
import { errorText } from './error-text.ts';
import type { CelProblem } from './problem.ts';
import type { CelShape } from './shape.ts';
import { parseExpression } from './syntax.ts';
import { unbindJson } from './unbind.ts';

/** An expression that was found good, ready to be evaluated any number of times. */
export interface CelProgram {
  readonly text: string;
  /** What it gives, as far as that is known. */
  readonly result: CelShape;
  /** Names that occur in it, variables of its own macros too. */
  readonly names: ReadonlySet<string>;
  /** Named expressions that it reads itself, as `variables.<name>`; ANY_VARIABLE where that is not known. */
  readonly variables: ReadonlySet<string>;
  /** Its value as JSON, or what went wrong in the words of kube-apiserver. */
  readonly evaluate: (activation: CelActivation) => Outcome<JsonValue, string>;
  /** Its value as part of an evaluation that another expression began. */
  readonly run: (activation: CelActivation) => CelResult;
}

/** Takes in an expression, or says where it is wrong. What is not known is refused here, not when it is evaluated. */
export function compileProgram(text: string, names: Names): Outcome<CelProgram, CelProblem> {
  const syntax = parseExpression(text);
  if (!syntax.ok) return syntax;
  const { root } = syntax.value;
  const checked = checkExpression(syntax.value, names);
  if (!checked.ok) return checked;
  const [found, variables] = [namesIn(root), variablesIn(root)];
  const evaluator = plan(ENVIRONMENT, countTurns(root));
  const run = ({ data }: CelActivation): CelResult => evaluator(data);
  return succeeded({
    ...{ text, result: checked.value, names: found, variables, run },
    evaluate: (activation) => {
      activation.meter.reset();
      return outcomeOf(run(activation));
    },
  });
}

function outcomeOf(result: CelResult): Outcome<JsonValue, string> {
  if (isCelError(result)) return failed(errorText(result));
  return unbound(result);
}

/** A list that is made of a value can be too long to be read. */
function unbound(value: CelValue): Outcome<JsonValue, string> {
  try {
    return succeeded(unbindJson(value));
  } catch (error) {
    return failed(errorText(error));
  }
}
