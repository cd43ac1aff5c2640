import type { FieldCause } from '../kube/api-errors.ts';
import { type AdmissionDecision, CAUSES_MAX, celFault, limitWarnings } from '../resources/index.ts';
import type { WrittenRule } from './document.ts';
import type { RuleAnswer } from './evaluate.ts';
import type { RuleQuestion } from './question.ts';

/** What the operators' rules say of one write, beside the rules of the kind. */
export interface OperatorDecision {
  readonly causes: readonly FieldCause[];
  readonly warnings: readonly string[];
  /** Name of the rule, and what it says; for the audit log only. */
  readonly audit: Readonly<Record<string, string>>;
  /** It could not be judged now: 503. */
  readonly unavailable: { readonly because: string; readonly retryAfterSeconds: number } | undefined;
}

export const NO_OBJECTION: OperatorDecision = { causes: [], warnings: [], audit: {}, unavailable: undefined };

/** Where a rule names no field. */
const FIELD_DEFAULT = 'metadata.name';

export interface Answered {
  readonly rule: WrittenRule;
  readonly answer: RuleAnswer;
}

export function decide(answers: readonly Answered[], question: RuleQuestion): OperatorDecision {
  const causes: FieldCause[] = [];
  const warnings: string[] = [];
  const audit: Record<string, string> = {};
  for (const { rule, answer } of answers) {
    const { message } = answer;
    if (message === undefined) continue;
    const { field = FIELD_DEFAULT, reason = 'FieldValueForbidden' } = rule;
    if (rule.action === 'deny')
      causes.push(celFault({ field, reason, message }, question.object ?? question.oldObject));
    else if (rule.action === 'warn') warnings.push(message);
    else audit[rule.name] = message;
  }
  return { causes, warnings, audit, unavailable: undefined };
}

/** One decision of both. The causes of the kind's own rules come first; who is refused hears of all. */
export function mergeDecisions(own: AdmissionDecision, operators: OperatorDecision): AdmissionDecision {
  const { causes, unavailable, audit } = operators;
  const audited = Object.keys(audit).length === 0 ? {} : { auditAnnotations: { ...own.auditAnnotations, ...audit } };
  if (own.type === 'fail') return { ...own, ...audited };
  const warnings = limitWarnings([...own.warnings, ...operators.warnings]);
  if (own.type === 'forbid') return { ...own, warnings, ...audited };
  const all = [...(own.type === 'deny' ? own.causes : []), ...causes].slice(0, CAUSES_MAX);
  if (all.length > 0) return { type: 'deny', causes: all, warnings, ...audited };
  if (own.type === 'allow' && unavailable !== undefined)
    return { type: 'unavailable', ...unavailable, warnings, ...audited };
  return { ...own, warnings, ...audited };
}
